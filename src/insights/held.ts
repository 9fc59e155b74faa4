// Values within what can be squared and summed: 1e300 is a number, its square is none.

const greatest = 1e140;

export function held(value: number): number {
  return Math.max(-greatest, Math.min(greatest, value));
}
