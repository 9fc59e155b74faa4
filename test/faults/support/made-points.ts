// Points that attacks need: many groups over many days, and points of a megabyte.

const dayMs = 86_400_000;

/** Points spread evenly over the last days, group by group, with values over nine decades. */
export function* groupedPoints(count: number, groups: number, days: number): Generator<string> {
  const end = Date.now();
  for (let i = 0; i < count; i += 1) {
    const timestamp = new Date(end - days * dayMs + (i * days * dayMs) / count).toISOString();
    // Steps of the golden ratio spread the values without chance.
    const value = 10 ** (9 * ((i * 0.618_033_988_75) % 1));
    yield `{"entityType":"orders","serviceId":"s","timestamp":"${timestamp}","data":{"group":"g${i % groups}","value":${value}}}`;
  }
}

/** Points whose text has about a megabyte, each another one. */
export function* largePoints(count: number, textBytes = 1_000_000): Generator<string> {
  const text = 'a'.repeat(textBytes);
  for (let i = 0; i < count; i += 1) {
    yield `{"entityType":"large","serviceId":"s","data":{"n":${i},"text":"${i}-${text}"}}`;
  }
}
