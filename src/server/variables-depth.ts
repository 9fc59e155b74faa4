// How deep variables may nest: whoever reads them recurses, and must not run out of stack. Counted with a stack of its own.
import { GraphQLError } from 'graphql';

// Far more than a condition (8 parts deep) or the data of a point (16) can have.
export const maxVariablesDepth = 100;

/** What is too deep, or undefined. */
export function depthIssue(variables: Readonly<Record<string, unknown>> | null | undefined): GraphQLError | undefined {
  for (const [name, value] of Object.entries(variables ?? {})) {
    if (!isTooDeep(value)) continue;
    const text = `$${name} nests more than ${maxVariablesDepth} deep; conditions nest at most 8 deep, data of points 16`;
    return new GraphQLError(text, { extensions: { code: 'BAD_USER_INPUT' } });
  }
  return undefined;
}

/** Whether a JSON value nests deeper than anything that is of use. */
export function isTooDeep(value: unknown): boolean {
  const open: { value: unknown; depth: number }[] = [{ value, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth >= maxVariablesDepth) return true;
    for (const inner of Object.values(next.value)) open.push({ value: inner, depth: next.depth + 1 });
  }
  return false;
}
