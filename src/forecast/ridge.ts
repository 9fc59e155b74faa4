// Weighted least squares with a ridge: the normal equations, solved by Cholesky's method.

/** Grows row by row; nothing of the rows is kept but their products. */
export class NormalEquations {
  readonly size: number;
  readonly #products: Float64Array;
  readonly #targets: Float64Array;
  #rows = 0;

  constructor(size: number) {
    this.size = size;
    this.#products = new Float64Array(size * size);
    this.#targets = new Float64Array(size);
  }

  /** How many rows there are. */
  get rows(): number {
    return this.#rows;
  }

  add(row: Float64Array, target: number, weight: number): void {
    const { size } = this;
    this.#rows += 1;
    for (let i = 0; i < size; i += 1) {
      const scaled = weight * (row[i] as number);
      if (scaled === 0) continue;
      const place = i * size;
      for (let j = 0; j <= i; j += 1)
        this.#products[place + j] = (this.#products[place + j] as number) + scaled * (row[j] as number);
      this.#targets[i] = (this.#targets[i] as number) + scaled * target;
    }
  }

  /** The coefficients, each diagonal entry times one plus its ridge; null where there is no solution. */
  solve(ridge: Float64Array): Float64Array | null {
    const { size } = this;
    const lower = this.#products.slice();
    let greatest = 0;
    for (let i = 0; i < size; i += 1) greatest = Math.max(greatest, lower[i * size + i] as number);
    for (let i = 0; i < size; i += 1) {
      const place = i * size + i;
      lower[place] = (lower[place] as number) * (1 + (ridge[i] as number)) + 1e-12 * greatest;
    }
    return factor(lower, size) ? substitute(lower, this.#targets, size) : null;
  }
}

/** The lower triangle becomes its Cholesky factor; false where it is not positive. */
function factor(lower: Float64Array, size: number): boolean {
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = lower[i * size + j] as number;
      for (let k = 0; k < j; k += 1) sum -= (lower[i * size + k] as number) * (lower[j * size + k] as number);
      if (i !== j) lower[i * size + j] = sum / (lower[j * size + j] as number);
      else if (sum > 0) lower[i * size + i] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}

function substitute(lower: Float64Array, targets: Float64Array, size: number): Float64Array {
  const solution = targets.slice();
  for (let i = 0; i < size; i += 1) {
    let sum = solution[i] as number;
    for (let k = 0; k < i; k += 1) sum -= (lower[i * size + k] as number) * (solution[k] as number);
    solution[i] = sum / (lower[i * size + i] as number);
  }
  for (let i = size - 1; i >= 0; i -= 1) {
    let sum = solution[i] as number;
    for (let k = i + 1; k < size; k += 1) sum -= (lower[k * size + i] as number) * (solution[k] as number);
    solution[i] = sum / (lower[i * size + i] as number);
  }
  return solution;
}
