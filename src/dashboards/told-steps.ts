// The steps of a widget's past that a watcher has been told, by the name of the field: those that are different now are told again.
import { isBucketChanged, type WindowBucket } from '../windows/window-value.ts';

export class ToldSteps {
  // By start; by the field's name in the answer.
  readonly #told = new Map<string, Map<number, WindowBucket>>();

  /**
   * Of all steps there are now, the `last` newest and those that are new or different; all of them where `last` is null, or nothing was told. All count as
   * told then.
   */
  take(field: string, all: readonly WindowBucket[], last: number | null): readonly WindowBucket[] {
    const told = this.#told.get(field);
    this.#told.set(field, new Map(all.map((step) => [step.start, step])));
    if (told === undefined || last === null) return all;
    return all.filter((step, i) => i >= all.length - last || isBucketChanged(told.get(step.start), step));
  }

  /** What was told counts no more. */
  forget(): void {
    this.#told.clear();
  }
}
