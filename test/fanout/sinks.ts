// Who is subscribed, in tests: notes what comes, and reads or does not.
import type { Payload } from '../../src/fanout/payload.ts';
import type { Sink } from '../../src/fanout/sink.ts';

export class NotedSink implements Sink {
  isFull = false;
  isDrained = true;
  readonly results: { data: Record<string, unknown>; errors?: { message: string }[] }[] = [];
  readonly payloads: Payload[] = [];
  readonly failures: unknown[] = [];
  completions = 0;
  #waiting: (() => void)[] = [];

  send(payload: Payload): void {
    this.payloads.push(payload);
    this.results.push(JSON.parse(payload.json));
  }

  whenRoom(resume: () => void): void {
    this.#waiting.push(resume);
  }

  complete(): void {
    this.completions += 1;
  }

  fail(errors: readonly unknown[]): void {
    this.failures.push(...errors);
  }

  stall(): void {
    this.isFull = true;
    this.isDrained = false;
  }

  read(): void {
    this.isFull = false;
    this.isDrained = true;
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
