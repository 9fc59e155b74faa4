// What the README asks, on the points of the demo.
import { type FieldNode, type OperationDefinitionNode, parse, type ValueNode, valueFromASTUntyped } from 'graphql';
import { createClient } from 'graphql-sse';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { WidgetInput } from '../src/dashboards/edit-dashboard.ts';
import { demoState, demoTick } from '../src/sources/demo.ts';
import { ann, startWorld } from './engine/engine-world.ts';
import { blocks } from './support/docs-blocks.ts';
import { startServer } from './support/start-server.ts';

interface Answer {
  readonly data?: Record<string, unknown>;
  readonly errors?: unknown;
}

async function ask(url: string, text: string, variables: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ query: text, variables });
  return (await (await fetch(`${url}/graphql`, { method: 'POST', headers, body })).json()) as Answer;
}

async function firstOf(url: string, text: string): Promise<Answer> {
  const client = createClient({ url: `${url}/graphql` });
  for await (const answer of client.iterate({ query: text })) return answer as Answer;
  throw new Error('it ended without an update');
}

describe('what the README asks', () => {
  test('is answered on the points of the demo, and nothing of it is an error', async () => {
    const { url } = await startServer({ source: 'demo' });
    let variables: Record<string, string> = { from: new Date(Date.now() - 7_200_000).toISOString() };
    const answers: [name: string, answer: Answer][] = [];
    for (const document of blocks('README.md', 'graphql')) {
      const [, kind = '', name = ''] = /^(\w+) (\w+)/.exec(document) ?? [];
      // Of alerts and insights there are none before something happens.
      if (kind === 'subscription' && /Alerts|Insights/.test(name)) continue;
      const answer: Answer =
        kind === 'subscription' ? await firstOf(url, document) : await ask(url, document, variables);
      answers.push([name, answer]);
      const id = (answer.data?.['createDashboard'] as { id?: string } | undefined)?.id;
      if (id !== undefined) variables = { ...variables, dashboardId: id };
    }
    expect(answers.filter(([, { data, errors }]) => errors !== undefined || data == null)).toEqual([]);
    const text = JSON.stringify(answers);
    expect(text).not.toContain('"message"');
    const byName = Object.fromEntries(answers);
    expect(byName).toMatchObject({
      LargeOrders: { data: { dataUpdates: { points: [{ amount: expect.any(Number) }, {}, {}] } } },
      RevenueByCountry: { data: { kpi: { value: { value: expect.any(Number) } } } },
      MakeDashboard: { data: { createDashboard: { widgets: [{ value: { value: expect.any(Number) } }, {}] } } },
      WatchFailures: { data: { addWidget: { alertRules: [{}] } } },
    });
    const steps = (byName['LastDay']?.data?.['kpiHistory'] ?? []) as { value: number }[];
    expect(steps.some(({ value }) => value > 100)).toBe(true);
  });

  test('fires an alert at the first incident of the demo', async () => {
    const { engine, clock, send } = await startWorld();
    onTestFinished(() => engine.stop());
    const document = blocks('README.md', 'graphql').find((text) => text.includes('mutation WatchFailures')) ?? '';
    const [{ selectionSet }] = parse(document).definitions as unknown as [OperationDefinitionNode];
    const [field] = selectionSet.selections as FieldNode[];
    const widget = valueFromASTUntyped(
      field?.arguments?.find(({ name }) => name.value === 'widget')?.value as ValueNode,
    ) as WidgetInput;
    await engine.createDashboard(ann, { name: 'Shop', widgets: [widget] });
    const demo = demoState(1, clock.now());
    for (let second = 0; second < 120 && engine.status().alertsFiring === 0; second += 1) {
      await clock.advance(1000);
      await send(demoTick(demo, clock.now()));
    }
    expect(engine.status().alertsFiring).toBe(1);
  });
});
