// A sum with the rounding errors carried along: improved Kahan–Babuška summation, A. Neumaier, ZAMM 54 (1974) 39–51.
// The error of the result does not grow with the number of terms.

export class ExactSum {
  #sum = 0;
  #lost = 0;

  add(term: number): void {
    const sum = this.#sum + term;
    this.#lost += Math.abs(this.#sum) >= Math.abs(term) ? this.#sum - sum + term : term - sum + this.#sum;
    this.#sum = sum;
  }

  merge(other: ExactSum): void {
    this.add(other.#sum);
    this.#lost += other.#lost;
  }

  get total(): number {
    // Past the largest double the compensation is NaN; the sum itself then says which infinity.
    return Number.isFinite(this.#sum) ? this.#sum + this.#lost : this.#sum;
  }
}
