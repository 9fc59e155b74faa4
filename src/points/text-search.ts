// Whether a text contains another, in time linear in the text: D. E. Knuth, J. H. Morris, V. R. Pratt, "Fast pattern matching
// in strings", SIAM J. Comput. 6 (1977) 323–350. The engine's own search takes text times needle in the worst case.
import { limitExceeded } from '../base/errors.ts';

/** Only so much of the beginning of a text is looked at, in characters. */
export const maxSearchedLength = 65_536;
// Up to this product of the two lengths the engine's own search is faster, however bad the texts are.
const smallProduct = 2000;
// Of the budget of a block: half a millisecond.
const smallShare = 500_000;
/** Characters that the live filters of one kind may search in the points of one block: some tens of milliseconds. */
export const maxSearchedPerBlock = 32_000_000;

/** What searching in one block of points may cost, for all filters together. */
export class SearchBudget {
  #left = maxSearchedPerBlock;
  #block = 0;

  /** Which block of points it is. */
  get block(): number {
    return this.#block;
  }

  /** A new block of points begins. */
  renew(): void {
    this.#left = maxSearchedPerBlock;
    this.#block += 1;
  }

  /**
   * `own`: what this part of a filter has searched in this block, with these. Errors: LIMIT_EXCEEDED where the block's budget is used up; parts that
   * have searched little go on all the same, for it is not they who use it up.
   */
  spend(characters: number, own: number): void {
    this.#left -= characters;
    if (this.#left >= 0 || own <= smallShare) return;
    const remedy = 'filter by EQ or STARTS_WITH, or by shorter texts';
    const message = `filters with CONTAINS would search more than ${maxSearchedPerBlock} characters of one block of points; ${remedy}`;
    throw limitExceeded(message, maxSearchedPerBlock);
  }
}

/** Whether the first `maxSearchedLength` characters of a text contain `needle`. */
export function compileContains(needle: string, budget: SearchBudget | null): (text: string) => boolean {
  const borders = bordersOf(needle);
  let block = -1;
  let own = 0;
  return (text) => {
    const length = Math.min(text.length, maxSearchedLength);
    if (length * needle.length <= smallProduct) return text.includes(needle);
    if (budget !== null) {
      own = budget.block === block ? own + length : length;
      block = budget.block;
      budget.spend(length, own);
    }
    return contains(text, length, needle, borders);
  };
}

function contains(text: string, length: number, needle: string, borders: Uint16Array): boolean {
  let matched = 0;
  for (let at = 0; at < length; at += 1) {
    const unit = text.charCodeAt(at);
    while (matched > 0 && needle.charCodeAt(matched) !== unit) matched = borders[matched - 1] as number;
    if (needle.charCodeAt(matched) === unit) matched += 1;
    if (matched === needle.length) return true;
  }
  return needle.length === 0;
}

/** For each prefix the length of its longest proper prefix that is also its suffix. */
function bordersOf(needle: string): Uint16Array {
  const borders = new Uint16Array(needle.length);
  let length = 0;
  for (let at = 1; at < needle.length; at += 1) {
    const unit = needle.charCodeAt(at);
    while (length > 0 && needle.charCodeAt(length) !== unit) length = borders[length - 1] as number;
    if (needle.charCodeAt(length) === unit) length += 1;
    borders[at] = length;
  }
  return borders;
}
