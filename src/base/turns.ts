// Work in the background takes turns: one piece of it in each turn of the event loop. Node.js runs all immediates that wait in one go, so that
// many pieces, each short, would hold the loop for as long as all of them together.

const waiting: (() => void)[] = [];
let isScheduled = false;
// Whether somebody has had a turn since the event loop last turned.
let isTaken = false;

/** Resolves once everybody who asked before has had a turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    schedule();
  });
}

/** The same, but at once (undefined) where nobody has had this turn of the event loop. */
export function ownTurn(): Promise<void> | undefined {
  if (isTaken || waiting.length > 0) return nextTurn();
  isTaken = true;
  setImmediate(() => {
    isTaken = false;
  });
  return undefined;
}

/** How many wait for their turn. */
export function turnsWaiting(): number {
  return waiting.length;
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(() => {
    isScheduled = false;
    waiting.shift()?.();
    if (waiting.length > 0) schedule();
  });
}
