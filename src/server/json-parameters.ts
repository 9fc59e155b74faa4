// Parameters of a GET request that must be JSON.
import type { IncomingMessage } from 'node:http';

/** What is wrong with a parameter of the address that must be JSON, or undefined. */
export function unreadableParameter({ url = '/' }: IncomingMessage): string | undefined {
  const parameters = new URL(url, 'http://localhost').searchParams;
  for (const name of ['variables', 'extensions']) {
    const text = parameters.get(name);
    if (text === null || text === '') continue;
    try {
      JSON.parse(text);
    } catch (error) {
      return `${name} must be a JSON object: ${(error as Error).message}`;
    }
  }
  return undefined;
}
