// Which operations need the window before.
import { type FragmentDefinitionNode, Kind, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { comparesPrevious } from '../../src/schema/asked-fields.ts';
import { ingest, query } from '../support/graphql.ts';
import { startServer } from '../support/start-server.ts';

function compares(text: string): boolean {
  const { definitions } = parse(text);
  const operation = definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('there is an operation');
  const named = definitions.filter((one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION);
  const fragments = Object.fromEntries(named.map((fragment) => [fragment.name.value, fragment]));
  return comparesPrevious({ operation, fragments });
}

describe('an operation needs the window before', () => {
  test.each([
    ['previous', '{ kpi { value previous } }'],
    ['changePercent under another name', '{ kpi { change: changePercent } }'],
    ['that of a group', 'subscription { dashboardUpdates { widgets { value { groups { previous } } } } }'],
    ['in an inline fragment', '{ kpi { ... on WidgetValue { previous } } }'],
    ['in a fragment of a fragment', '{ kpi { ...A } } fragment A on WidgetValue { ...B } fragment B on X { previous }'],
  ])('where it selects %s', (_, text) => {
    expect(compares(text)).toBe(true);
  });

  test.each([
    ['the value', '{ kpi { value count groups { value } } }'],
    ['a page', '{ points { pageInfo { hasPreviousPage } } }'],
    [
      'a fragment that it does not use',
      '{ kpi { value ...A } } fragment A on X { count } fragment B on X { previous }',
    ],
    ['fragments in a circle', '{ kpi { ...A } } fragment A on X { ...B } fragment B on X { ...A }'],
  ])('not where it selects only %s', (_, text) => {
    expect(compares(text)).toBe(false);
  });

  test('and has it, whichever operation has asked for the window first', async () => {
    const { url } = await startServer();
    const timestamp = (backMs: number) => new Date(Date.now() - backMs).toISOString();
    const points = [90_000, 70_000, 10_000].map((backMs) => ({
      entityType: 'orders',
      serviceId: 'web',
      timestamp: timestamp(backMs),
      data: {},
    }));
    await ingest(url, points);
    const kpi =
      'kpi(query: {entityType: "orders", aggregation: {function: COUNT}, timeWindow: {size: 1, unit: MINUTE}})';
    expect(await query(url, `{ ${kpi} { value } }`)).toEqual({ kpi: { value: 1 } });
    expect(await query(url, `{ ${kpi} { value previous changePercent } }`)).toEqual({
      kpi: { value: 1, previous: 2, changePercent: -50 },
    });
  });
});
