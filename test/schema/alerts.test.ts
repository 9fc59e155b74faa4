// Alerts through the API: rules on widgets, their states read, watched, acknowledged, previewed.
import { describe, expect, test } from 'vitest';
import { ask, ingest, query, WsConnection } from '../support/graphql.ts';
import { startServer } from '../support/start-server.ts';
import { webhookSecret } from '../support/webhook-server.ts';

const kpi = {
  entityType: 'orders',
  aggregation: { function: 'SUM', field: 'amount' },
  timeWindow: { size: 1, unit: 'HOUR' },
  groupBy: ['country'],
};
const rule = { name: 'Too much', condition: 'ABOVE', threshold: 100, severity: 'HIGH' };
const order = (amount: number, country = 'NO') => ({
  entityType: 'orders',
  serviceId: 'web',
  data: { amount, country },
});
const ruleFields = `id name on minCount within { size } condition threshold thresholdUpper severity for { size unit }
  keepFiringFor { size unit } onNoData webhooks`;
const alertFields =
  'id rule { id name } dashboardId widgetId group { field value } state value firedAt resolvedAt acknowledgedBy cursor';

interface Alert {
  readonly id: string;
  readonly state: string;
  readonly value: number | null;
  readonly cursor: string;
  readonly group: readonly { readonly value: string | null }[];
  readonly acknowledgedBy: string | null;
}

async function makeDashboard(url: string, alerts: readonly object[] = [rule]) {
  const text = `mutation ($input: CreateDashboardInput!) { createDashboard(input: $input) {
    ... on Dashboard { id widgets { id alertRules { ${ruleFields} } alerts { id } } }
    ... on InvalidInputError { issues { path message } }
  } }`;
  const input = { name: 'Shop', widgets: [{ name: 'Revenue', type: 'NUMBER', query: kpi, alerts }] };
  const { createDashboard } = await query<{
    createDashboard: {
      id: string;
      widgets: { id: string; alertRules: Record<string, unknown>[] }[];
      issues?: { path: string[] }[];
    };
  }>(url, text, { input });
  return createDashboard;
}

const readAlerts = `query ($dashboardId: ID, $state: AlertState, $first: Int, $after: String) {
  alerts(dashboardId: $dashboardId, state: $state, first: $first, after: $after) {
    totalCount edges { node { ${alertFields} } } pageInfo { hasNextPage endCursor }
  }
}`;

interface Alerts {
  readonly alerts: {
    readonly totalCount: number;
    readonly edges: readonly { readonly node: Alert }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
  };
}

test('a rule is kept as it was given, what was left out with its usual meaning', async () => {
  const { url } = await startServer({ 'webhook-secret': webhookSecret });
  const whole = { ...rule, for: { size: 5, unit: 'MINUTE' }, minCount: 3, webhooks: ['https://example.com/hook'] };
  const { widgets } = await makeDashboard(url, [whole]);
  expect(widgets[0]?.alertRules).toEqual([
    {
      ...whole,
      id: expect.stringMatching(/^rule_/),
      on: 'VALUE',
      within: null,
      thresholdUpper: null,
      keepFiringFor: null,
      onNoData: false,
    },
  ]);
});

test('a rule that is not right is refused with its path', async () => {
  const { url } = await startServer();
  const { issues } = await makeDashboard(url, [
    { ...rule, condition: 'INSIDE' },
    { ...rule, webhooks: ['https://example.com'] },
  ]);
  expect(issues?.map(({ path }) => path.join('.'))).toEqual([
    'widgets.0.alerts.0.thresholdUpper',
    'widgets.0.alerts.1.webhooks',
  ]);
});

describe('an alert that fires', () => {
  test('is told to who watches, is in the lists and found by its id, and may be acknowledged', async () => {
    const { url } = await startServer();
    const { id: dashboardId, widgets } = await makeDashboard(url);
    const connection = new WsConnection(url, { connectionParams: { clientId: 'ann' } });
    const watch = connection.subscribe<{ alerts: Alert }>(`subscription { alerts { ${alertFields} } }`);
    await ingest(url, [order(500), order(5, 'SE')]);
    const { alerts: told } = await watch.next();
    expect(told).toMatchObject({
      id: expect.stringMatching(/^alert_/),
      rule: { name: 'Too much' },
      dashboardId,
      widgetId: widgets[0]?.id,
      group: [{ field: 'country', value: 'NO' }],
      state: 'FIRING',
      value: 500,
      resolvedAt: null,
      acknowledgedBy: null,
    });
    expect((await query<Alerts>(url, readAlerts, { dashboardId })).alerts.edges.map(({ node }) => node)).toEqual([
      told,
    ]);
    expect((await query<Alerts>(url, readAlerts, { state: 'INACTIVE' })).alerts.totalCount).toBe(0);
    const { node } = await query<{ node: Alert }>(
      url,
      `query ($id: ID!) { node(id: $id) { ... on Alert { ${alertFields} } } }`,
      {
        id: told.id,
      },
    );
    expect(node).toEqual(told);
    const acknowledge = `mutation ($id: ID!) { acknowledgeAlert(id: $id) {
      ... on Alert { id acknowledgedBy } ... on NotFoundError { id code }
    } }`;
    const headers = { 'x-client-id': 'bob' };
    expect(await query(url, acknowledge, { id: told.id }, headers)).toEqual({
      acknowledgeAlert: { id: told.id, acknowledgedBy: 'bob' },
    });
    expect((await watch.next()).alerts).toMatchObject({ id: told.id, state: 'FIRING', acknowledgedBy: 'bob' });
    expect(await query(url, acknowledge, { id: 'alert_no' })).toEqual({
      acknowledgeAlert: { id: 'alert_no', code: 'NOT_FOUND' },
    });
    const { status } = await query<{ status: object }>(url, '{ status { alertsFiring } }');
    expect(status).toEqual({ alertsFiring: 1 });
  });

  test('is told from a cursor on, and lists come in pages', async () => {
    const { url } = await startServer();
    await makeDashboard(url);
    const connection = new WsConnection(url);
    const watch = connection.subscribe<{ alerts: Alert }>(`subscription { alerts { ${alertFields} } }`);
    await ingest(url, [order(500)]);
    const { cursor } = (await watch.next()).alerts;
    await ingest(
      url,
      ['SE', 'DK', 'FI'].map((country) => order(200, country)),
    );
    const behind = connection.subscribe<{ alerts: Alert }>(
      `subscription ($after: Cursor) { alerts(after: $after) { ${alertFields} } }`,
      { after: cursor },
    );
    const countries = [];
    for (let n = 0; n < 3; n += 1) countries.push((await behind.next()).alerts.group[0]?.value);
    expect(countries.sort()).toEqual(['DK', 'FI', 'SE']);
    const first = await query<Alerts>(url, readAlerts, { first: 3 });
    expect([first.alerts.totalCount, first.alerts.edges.length, first.alerts.pageInfo.hasNextPage]).toEqual([
      4,
      3,
      true,
    ]);
    const rest = await query<Alerts>(url, readAlerts, { after: first.alerts.pageInfo.endCursor });
    expect(rest.alerts.edges.map(({ node }) => node.group[0]?.value)).toEqual(['NO']);
  });
});

test('a preview says what a rule would have done, and what is wrong with one', async () => {
  const { url } = await startServer();
  const now = Date.now();
  const at = (secondsAgo: number, amount: number) => ({
    ...order(amount),
    timestamp: new Date(now - secondsAgo * 1000).toISOString(),
  });
  await ingest(url, [at(100, 500), at(50, 1)]);
  const text = `query ($rule: AlertRuleInput!, $from: DateTime!) {
    alertPreview(
      query: { entityType: "orders", aggregation: { function: MAX, field: "amount" }, timeWindow: { size: 20, unit: SECOND } }
      rule: $rule, from: $from
    ) { transitions { at group { value } from to value } firings firingSeconds truncated }
  }`;
  const from = new Date(now - 200_000).toISOString();
  const { alertPreview } = await query<{ alertPreview: { firingSeconds: number } }>(url, text, { rule, from });
  expect(alertPreview).toMatchObject({
    transitions: [
      { group: [], from: 'INACTIVE', to: 'FIRING', value: 500 },
      { group: [], from: 'FIRING', to: 'INACTIVE' },
    ],
    firings: 1,
    truncated: null,
  });
  expect(Math.abs(alertPreview.firingSeconds - 20)).toBeLessThan(2);
  const { errors } = await ask(url, text, { rule: { ...rule, condition: 'OUTSIDE' }, from });
  expect(errors).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT', issues: [{ path: ['rule', 'thresholdUpper'] }] } },
  ]);
});
