// A response whose body nobody reads yet. fetch cancels the body of a response that is garbage: it is held until the test ends.
import { onTestFinished } from 'vitest';

export async function fetchUnread(url: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, init);
  onTestFinished(async () => {
    if (!response.body?.locked) await response.body?.cancel().catch(() => undefined);
  });
  return response;
}
