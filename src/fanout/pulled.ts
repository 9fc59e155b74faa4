// Any async iterable as a live iterator: for sources that somebody has wrapped on their way. It is asked for the next value once the one before
// was taken.
import { LiveIterator } from '../base/live-iterator.ts';

export function pulled<T>(iterable: AsyncIterable<T>): LiveIterator<T> {
  const values = iterable[Symbol.asyncIterator]();
  let next: { readonly value: T } | null = null;
  let isAsking = false;
  const ask = () => {
    if (isAsking) return;
    isAsking = true;
    values.next().then(
      (result) => {
        isAsking = false;
        if (result.done === true) return live.end();
        next = { value: result.value };
        return live.wake();
      },
      (error) => live.fail(error),
    );
  };
  const take = () => {
    const taken = next;
    next = null;
    if (taken === null) ask();
    return taken?.value;
  };
  const live = new LiveIterator<T>({ take, close: () => void values.return?.() });
  return live;
}
