// A series as models are fitted to it: gaps are filled by what was there a season before, and values that are wild beside the season are replaced.
// What is shown is never this.

// So many robust deviations from what was there a season before, and a season after, are wild.
const wild = 12;
// Wherever it is, and without a season. What is one comes three times.
const wildest = 30;
const mostWild = 2;
const leastValues = 20;
// Only what a forecast goes on from is looked at: further back it is what the series is like.
const recent = 2;
// A level has moved where so many values in a row are so many robust deviations away.
const leastMoved = 8;
const moved = 4;
const deviations = 1.4826;

/**
 * Gaps instead of single values that are farther from both neighbours than anything usual, where they are so few that they are no season: they
 * would hide it, and what a level is.
 */
export function withoutWild(raw: Float64Array): Float64Array {
  if (raw.length < leastValues) return raw;
  const places: number[] = [];
  for (let t = 0; t < raw.length; t += 1) if (!Number.isNaN(raw[t] as number)) places.push(t);
  const known = Float64Array.from(places, (t) => raw[t] as number);
  const distance = (a: number, b: number) => Math.abs((known[a] as number) - (known[b] as number));
  const usual = deviations * medianOf(known.subarray(1).map((_, i) => distance(i, i + 1)));
  if (usual === 0) return raw;
  const isWild = (_: number, i: number) =>
    i > 0 &&
    i < known.length - 1 &&
    Math.min(distance(i, i - 1), distance(i, i + 1)) > wildest * usual &&
    distance(i - 1, i + 1) <= wildest * usual;
  const wildOnes = places.filter(isWild);
  if (wildOnes.length === 0 || wildOnes.length > mostWild) return raw;
  const calm = raw.slice();
  for (const t of wildOnes) calm[t] = Number.NaN;
  return calm;
}

/** Values that are not numbers are gaps. None is left, where there is any value. */
export function filled(series: Float64Array, season: number): Float64Array {
  const whole = series.slice();
  let last = -1;
  for (let t = 0; t < whole.length; t += 1) {
    if (Number.isNaN(whole[t] as number)) continue;
    if (last < t - 1) fillBetween(whole, last, t, season);
    last = t;
  }
  if (last >= 0 && last < whole.length - 1) fillBetween(whole, last, whole.length, season);
  return whole;
}

/** From the value at `from` to that at `to`, which are there, or an end. */
function fillBetween(series: Float64Array, from: number, to: number, season: number): void {
  const left = from < 0 ? (series[to] as number) : (series[from] as number);
  const right = to >= series.length ? left : (series[to] as number);
  const shape = season > 1 && from - season >= 0 ? shapeBefore(series, from, to, season) : null;
  for (let t = from + 1; t < to; t += 1) {
    const share = from < 0 || to >= series.length ? 0 : (t - from) / (to - from);
    // The season's shape on the line between the ends.
    series[t] = left + share * (right - left) + (shape?.(t, share) ?? 0);
  }
}

/** How far the last season before a gap was from its own line or, where the gap is longer than it, from its own mean. */
function shapeBefore(
  series: Float64Array,
  from: number,
  to: number,
  season: number,
): (t: number, share: number) => number {
  if (to - from <= season) {
    const [begin, end] = [series[from - season] as number, series[to - season] as number];
    return (t, share) => (series[t - season] as number) - begin - share * (end - begin);
  }
  let mean = 0;
  for (let t = from - season + 1; t <= from; t += 1) mean += (series[t] as number) / season;
  return (t) => (series[t - season * Math.ceil((t - from) / season)] as number) - mean;
}

/** Single values that are far from those a season before and after are put between them. */
export function tamed(series: Float64Array, season: number): Float64Array {
  if (series.length < Math.max(leastValues, 2 * season + 2)) return series;
  const differences = Float64Array.from({ length: series.length - season }, (_, i) =>
    Math.abs((series[i + season] as number) - (series[i] as number)),
  );
  const usual = deviations * medianOf(differences);
  if (usual === 0) return series;
  const calm = series.slice();
  for (let t = Math.max(0, series.length - Math.max(leastMoved, recent * season)); t < series.length; t += 1) {
    const before = t >= season ? (calm[t - season] as number) : null;
    const after = t + season < series.length ? (series[t + season] as number) : null;
    const sides = [before, after].filter((one) => one !== null);
    const value = series[t] as number;
    if (sides.length === 0 || !sides.every((one) => Math.abs(value - one) > wild * usual)) continue;
    // Where both sides are as far from each other it is a level that has moved.
    const [a, b] = [before ?? after ?? value, after ?? before ?? value];
    if (Math.abs(a - b) <= wild * usual && isAlone(series, t, value, usual)) calm[t] = (a + b) / 2;
  }
  return calm;
}

/**
 * A level that has moved within the last season, and stayed: what was before is put on it. Every value since is far above, or below, the one a
 * season before.
 */
export function levelled(series: Float64Array, season: number): Float64Array {
  const { length } = series;
  if (season < leastMoved || length < 3 * season) return series;
  const difference = (t: number) => (series[t] as number) - (series[t - season] as number);
  const before = Float64Array.from({ length: length - 2 * season }, (_, i) => difference(season + i));
  const middle = medianOf(before);
  const usual = deviations * medianOf(before.map((one) => Math.abs(one - middle)));
  const far = (t: number) => Math.abs(difference(t) - middle) > moved * usual;
  const sign = Math.sign(difference(length - 1) - middle);
  let begin = length;
  while (begin > length - season && far(begin - 1) && Math.sign(difference(begin - 1) - middle) === sign) begin -= 1;
  if (usual === 0 || length - begin < leastMoved) return series;
  const shift = medianOf(Float64Array.from({ length: length - begin }, (_, i) => difference(begin + i)));
  return series.map((value, t) => (t < begin ? value + shift : value));
}

/** What its neighbours are like too is no single value. */
function isAlone(series: Float64Array, t: number, value: number, usual: number): boolean {
  return [t - 1, t + 1].every((at) => {
    const beside = series[at];
    return beside === undefined || Math.abs(beside - value) > (wild / 2) * usual;
  });
}

function medianOf(values: Float64Array): number {
  const sorted = values.slice().sort();
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
