// The least of a function of few numbers, without its derivative: Nelder and Mead, "A simplex method for function minimization",
// Computer Journal 7 (1965) 308–313.

export interface SearchLimits {
  readonly step: number;
  readonly iterations: number;
  /** It ends where the values of the simplex are as near to one another, as a share. */
  readonly tolerance: number;
}

interface Vertex {
  readonly at: readonly number[];
  readonly value: number;
}

export function minimise(
  of: (at: readonly number[]) => number,
  start: readonly number[],
  { step, iterations, tolerance }: SearchLimits,
): readonly number[] {
  const vertex = (at: readonly number[]): Vertex => {
    const value = of(at);
    return { at, value: Number.isFinite(value) ? value : Number.MAX_VALUE };
  };
  const simplex = [vertex(start), ...start.map((_, i) => vertex(start.map((x, j) => (i === j ? x + step : x))))];
  for (let i = 0; i < iterations; i += 1) {
    simplex.sort((a, b) => a.value - b.value);
    const [best, worst] = [simplex[0] as Vertex, simplex.at(-1) as Vertex];
    if (worst.value - best.value <= tolerance * (Math.abs(best.value) + 1e-12)) break;
    improve(simplex, vertex);
  }
  return simplex.reduce((a, b) => (b.value < a.value ? b : a)).at;
}

function improve(simplex: Vertex[], vertex: (at: readonly number[]) => Vertex): void {
  const last = simplex.length - 1;
  const worst = simplex[last] as Vertex;
  const second = simplex[last - 1] as Vertex;
  const best = simplex[0] as Vertex;
  const centre = best.at.map(
    (_, j) => simplex.slice(0, last).reduce((sum, { at }) => sum + (at[j] as number), 0) / last,
  );
  const along = (by: number) => vertex(centre.map((c, j) => c + by * ((worst.at[j] as number) - c)));
  const reflected = along(-1);
  if (reflected.value < best.value) {
    const expanded = along(-2);
    simplex[last] = expanded.value < reflected.value ? expanded : reflected;
  } else if (reflected.value < second.value) simplex[last] = reflected;
  else {
    const contracted = along(reflected.value < worst.value ? -0.5 : 0.5);
    if (contracted.value < Math.min(worst.value, reflected.value)) simplex[last] = contracted;
    else {
      for (let i = 1; i <= last; i += 1) {
        simplex[i] = vertex((simplex[i] as Vertex).at.map((x, j) => (x + (best.at[j] as number)) / 2));
      }
    }
  }
}
