// A progress bar on a terminal; nothing where standard error is none.
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  update(done: number, points: number): void;
  stop(): void;
}

/** `total` null: how far it is is not known. */
export function progressBar(total: number | null): Progress {
  if (!process.stderr.isTTY || total === null) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    { format: '{bar} {percentage} %  {points} points  {eta_formatted} left', stream: process.stderr, hideCursor: true },
    Presets.shades_classic,
  );
  bar.start(total, 0, { points: 0 });
  return { update: (done, points) => bar.update(done, { points }), stop: () => bar.stop() };
}
