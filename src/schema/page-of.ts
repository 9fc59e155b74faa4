// A page of a list that is in memory, by id: what comes behind `after` or before `before`, also where that one is gone.
import { badUserInput } from '../base/errors.ts';
import { shown } from '../base/json.ts';

interface PageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** Items come in the order of their places, 16 digits, a blank and an id, which their cursors name. Errors: BAD_USER_INPUT. */
export function pageOf<Item>(
  items: readonly Item[],
  placeOf: (item: Item) => string,
  { first, after, last, before }: PageArgs,
  { defaultPage, maxPage }: { readonly defaultPage: number; readonly maxPage: number },
) {
  if (first != null && last != null) throw badUserInput('give first or last, not both');
  const size = first ?? last ?? defaultPage;
  const name = last == null ? 'first' : 'last';
  if (size < 0 || size > maxPage) throw badUserInput(`${name} must be from 0 to ${maxPage}, not ${size}`);
  const [from, to] = [after == null ? null : readCursor(after), before == null ? null : readCursor(before)];
  const behind = from === null ? items : items.filter((item) => placeOf(item) > from);
  const within = to === null ? behind : behind.filter((item) => placeOf(item) < to);
  const page = last == null ? within.slice(0, size) : within.slice(Math.max(0, within.length - size));
  const edges = page.map((node) => ({ node, cursor: Buffer.from(placeOf(node)).toString('base64url') }));
  const isShort = page.length < within.length;
  return {
    edges,
    totalCount: items.length,
    pageInfo: {
      hasNextPage: last == null ? isShort : within.length < behind.length || before != null,
      hasPreviousPage: last == null ? after != null : isShort,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** Of what has a place in a change log: the later its last change, the earlier its place here. */
export function latestFirst({ revision, id }: { readonly revision: number; readonly id: string }): string {
  return `${String(Number.MAX_SAFE_INTEGER - revision).padStart(16, '0')} ${id}`;
}

function readCursor(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (!/^\d{16} /.test(text))
    throw badUserInput(`${shown(cursor)} is no cursor of this list; pass one back as it was given`);
  return text;
}
