// The two forms of a subscription: both must be valid, and the second must go on from a cursor.
import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { resumable } from '../../src/client/resumable.ts';
import { schema } from '../../src/schema/schema.ts';

function errorsOf(query: string): string[] {
  return validate(schema, parse(query)).map(({ message }) => message);
}

test.each([
  'subscription { dataUpdates(entityType: "a") { points { data } } }',
  'subscription { dataUpdates(entityType: "a", last: 3) { cursor skipped } }',
  'subscription A($t: String!, $n: Int) { mine: dataUpdates(entityType: $t, last: $n) { at: cursor points { ...P } } } fragment P on DataPoint { data }',
  'subscription ($after: Cursor) { dataUpdates(entityType: "a", after: $after) { skipped } }',
])('%s is valid in both forms', (query) => {
  const forms = resumable(query);
  expect(errorsOf(forms?.first ?? '')).toEqual([]);
  expect(errorsOf(forms?.resumed ?? '')).toEqual([]);
  expect(forms?.resumed).toContain(`after: $${forms?.variable}`);
  expect(forms?.resumed).not.toContain('last:');
});

test('the cursor is found under the names that the query gives it', () => {
  const query = 'subscription { mine: dataUpdates(entityType: "a") { at: cursor } }';
  expect(resumable(query)).toMatchObject({ field: 'mine', cursor: 'at' });
});

test('queries, and subscriptions without cursors, are left alone', () => {
  expect(resumable('{ status { ready } }')).toBeNull();
  expect(resumable('subscription { status { ready } }')).toBeNull();
});
