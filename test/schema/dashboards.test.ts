// Dashboards over the API: made, changed under versions, listed in pages, watched; what was expected to fail comes back as data.
import { describe, expect, test } from 'vitest';
import { FakeClock } from '../support/fake-clock.ts';
import { ingest, query, SseConnection, WsConnection } from '../support/graphql.ts';
import { startServer } from '../support/start-server.ts';

interface Widget {
  readonly id: string;
  readonly name: string;
  readonly position: object;
}

interface Dashboard {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly widgets: readonly Widget[];
  readonly isHome: boolean;
}

const widgetFields = `id name type visualization position { x y width height }
  query { entityType serviceId aggregation { function field quantile } timeWindow { size unit } filters { field op values }
    where { all { field op values } any { field op values } not { field op values } field op values } groupBy top }`;
const dashboardFields = `id name description owner version isActive isHome createdAt updatedAt updatedBy
  layout { columns rows responsive theme } refreshInterval { size unit } widgets { ${widgetFields} }`;
const errorFields = `... on InvalidInputError { code message issues { path message } }`;
const limitFields = '... on LimitExceededError { code limit message }';
const missingFields = '... on NotFoundError { code id message }';
const conflictFields = '... on ConflictError { code currentVersion message }';

const operations = {
  create: `mutation ($input: CreateDashboardInput!) { result: createDashboard(input: $input) { ... on Dashboard { ${dashboardFields} } ${errorFields} ${limitFields} } }`,
  update: `mutation ($input: UpdateDashboardInput!) { result: updateDashboard(input: $input) { ... on Dashboard { ${dashboardFields} } ${errorFields} ${missingFields} ${conflictFields} } }`,
  remove: `mutation ($id: ID!) { result: deleteDashboard(id: $id) { ... on DeletedDashboard { __typename id } ${missingFields} } }`,
  addWidget: `mutation ($id: ID!, $widget: WidgetInput!, $version: Int) { result: addWidget(dashboardId: $id, widget: $widget, version: $version) {
    ... on Widget { ${widgetFields} dashboard { version widgets { id } } } ${errorFields} ${limitFields} ${missingFields} ${conflictFields} } }`,
  updateWidget: `mutation ($id: ID!, $widget: WidgetInput!, $version: Int) { result: updateWidget(id: $id, widget: $widget, version: $version) {
    ... on Widget { ${widgetFields} dashboard { version widgets { id } } } ${errorFields} ${missingFields} ${conflictFields} } }`,
  removeWidget: `mutation ($id: ID!, $version: Int) { result: removeWidget(id: $id, version: $version) { ... on Dashboard { version widgets { id } } ${missingFields} ${conflictFields} } }`,
  updateLayout: `mutation ($id: ID!, $positions: [WidgetPositionInput!]!, $version: Int) { result: updateLayout(dashboardId: $id, positions: $positions, version: $version) {
    ... on Dashboard { version widgets { id position { x y width height } } } ${errorFields} ${missingFields} ${conflictFields} } }`,
};

async function change<T = Dashboard>(
  url: string,
  operation: keyof typeof operations,
  variables: object,
  clientId = 'ann',
): Promise<T> {
  const { result } = await query<{ result: T }>(
    url,
    operations[operation],
    { ...variables },
    { 'x-client-id': clientId },
  );
  return result;
}

const countOrders = { entityType: 'orders', aggregation: { function: 'COUNT' }, timeWindow: { size: 1, unit: 'HOUR' } };
const sumOrders = { ...countOrders, aggregation: { function: 'SUM', field: 'total' } };
const widget = (name: string, more: object = {}) => ({ name, type: 'NUMBER', query: countOrders, ...more });

const create = (url: string, input: object = {}, clientId = 'ann') =>
  change(
    url,
    'create',
    {
      input: {
        name: 'Shop',
        widgets: [widget('Orders'), widget('Sales', { type: 'LINE', query: sumOrders })],
        ...input,
      },
    },
    clientId,
  );

describe('a dashboard', () => {
  test('has defaults for what is left out, and widgets each in a place of its own', async () => {
    const { url } = await startServer();
    const made = await create(url);
    expect(made).toMatchObject({
      id: expect.stringMatching(/^dash_[\w-]{22}$/),
      name: 'Shop',
      description: '',
      owner: 'ann',
      updatedBy: 'ann',
      version: 1,
      isActive: true,
      isHome: false,
      layout: { columns: 12, rows: 8, responsive: true, theme: 'LIGHT' },
      refreshInterval: { size: 5, unit: 'SECOND' },
    });
    expect(made.widgets).toMatchObject([
      {
        id: expect.stringMatching(/^wid_/),
        name: 'Orders',
        type: 'NUMBER',
        visualization: {},
        position: { x: 0, y: 0, width: 3, height: 2 },
      },
      { name: 'Sales', type: 'LINE', position: { x: 3, y: 0, width: 6, height: 3 } },
    ]);
    expect(await query(url, `query ($id: ID!) { dashboard(id: $id) { ${dashboardFields} } }`, { id: made.id })).toEqual(
      { dashboard: made },
    );
  });

  test('refuses keys of a visualization that objects have by themselves, in variables and in the document', async () => {
    const { url } = await startServer();
    const asked =
      'createDashboard(input: { name: "D", widgets: [{ name: "a", type: NUMBER, query: $query, visualization: VALUE }] })';
    const result = '{ __typename ... on InvalidInputError { issues { path message } } }';
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const refused = {
        createDashboard: {
          __typename: 'InvalidInputError',
          issues: [
            {
              path: ['widgets', '0', 'visualization', 'a', key],
              message: expect.stringMatching(/must not have a key __proto__/),
            },
          ],
        },
      };
      const literal = `mutation ($query: KpiQueryInput!) { ${asked.replace('VALUE', `{ a: { ${key}: 1 } }`)} ${result} }`;
      expect(await query(url, literal, { query: countOrders })).toMatchObject(refused);
      const variable = `mutation ($query: KpiQueryInput!, $value: JSONObject) { ${asked.replace('VALUE', '$value')} ${result} }`;
      const value = JSON.parse(`{"a":{"${key}":{"b":1}}}`);
      expect(await query(url, variable, { query: countOrders, value })).toMatchObject(refused);
    }
  });

  test('keeps all that it is given', async () => {
    const { url } = await startServer();
    const kpi = {
      entityType: 'orders',
      serviceId: 'web',
      aggregation: { function: 'QUANTILE', field: 'order.total', quantile: 0.95 },
      timeWindow: { size: 90, unit: 'MINUTE' },
      filters: [{ field: 'status', op: 'IN', values: ['paid', 3, true] }],
      where: {
        any: [
          { field: 'a', op: 'GT', values: [1.5] },
          { field: 'b', op: 'EXISTS', values: [] },
        ],
      },
      groupBy: ['country', 'serviceId'],
      top: 5,
    };
    const made = await create(url, {
      description: 'What is sold.',
      layout: { columns: 24, theme: 'DARK', responsive: false },
      refreshInterval: { size: 1, unit: 'MINUTE' },
      widgets: [
        widget('P95', {
          query: kpi,
          type: 'TABLE',
          visualization: { unit: 'kr', colors: ['#fff'] },
          position: { x: 20, y: 90, width: 4, height: 9 },
        }),
      ],
    });
    expect(made).toMatchObject({
      description: 'What is sold.',
      layout: { columns: 24, rows: 8, responsive: false, theme: 'DARK' },
      refreshInterval: { size: 1, unit: 'MINUTE' },
      widgets: [
        {
          query: kpi,
          visualization: { unit: 'kr', colors: ['#fff'] },
          position: { x: 20, y: 90, width: 4, height: 9 },
        },
      ],
    });
  });

  test('is changed in what is given and left in the rest, by whoever does so', async () => {
    const { url } = await startServer();
    const made = await create(url);
    const changed = await change(
      url,
      'update',
      { input: { id: made.id, name: 'Store', layout: { rows: 4 }, description: null, version: 1 } },
      'bob',
    );
    expect(changed).toMatchObject({
      ...made,
      name: 'Store',
      version: 2,
      owner: 'ann',
      updatedBy: 'bob',
      updatedAt: expect.any(String),
      layout: { columns: 12, rows: 4 },
    });
    const again = await change(url, 'update', {
      input: { id: made.id, isActive: false, refreshInterval: { size: 10, unit: 'SECOND' } },
    });
    expect(again).toMatchObject({
      name: 'Store',
      version: 3,
      isActive: false,
      refreshInterval: { size: 10, unit: 'SECOND' },
    });
  });

  test('is home where somebody says so, and no other is', async () => {
    const { url } = await startServer();
    const [a, b] = [await create(url), await create(url)];
    const homes = async () =>
      (
        await query<{ dashboards: { edges: { node: Dashboard }[] } }>(
          url,
          '{ dashboards { edges { node { id isHome } } } }',
        )
      ).dashboards.edges
        .filter(({ node }) => node.isHome)
        .map(({ node }) => node.id);
    expect(await homes()).toEqual([]);
    expect((await change(url, 'update', { input: { id: a.id, isHome: true } })).isHome).toBe(true);
    expect(await homes()).toEqual([a.id]);
    await change(url, 'update', { input: { id: b.id, isHome: true } });
    expect(await homes()).toEqual([b.id]);
    await change(url, 'update', { input: { id: b.id, isHome: false } });
    expect(await homes()).toEqual([]);
  });

  test('is gone once it is deleted, and so are its widgets', async () => {
    const { url, engine } = await startServer();
    const made = await create(url);
    expect(await change(url, 'remove', { id: made.id })).toEqual({ __typename: 'DeletedDashboard', id: made.id });
    const ids = { dashboard: made.id, widget: made.widgets[0]?.id };
    expect(
      await query(
        url,
        'query ($dashboard: ID!, $widget: ID!) { dashboard(id: $dashboard) { id } node(id: $widget) { id } }',
        ids,
      ),
    ).toEqual({ dashboard: null, node: null });
    expect(await change(url, 'remove', { id: made.id })).toMatchObject({ code: 'NOT_FOUND', id: made.id });
    expect(engine.status().dashboards).toBe(0);
  });

  test('is found as a node under its id, as its widgets are', async () => {
    const { url } = await startServer();
    const made = await create(url);
    const node =
      'query ($id: ID!) { node(id: $id) { __typename id ... on Dashboard { name } ... on Widget { title: name dashboard { id version } } } }';
    expect(await query(url, node, { id: made.id })).toEqual({
      node: { __typename: 'Dashboard', id: made.id, name: 'Shop' },
    });
    const id = made.widgets[1]?.id;
    expect(await query(url, node, { id })).toEqual({
      node: { __typename: 'Widget', id, title: 'Sales', dashboard: { id: made.id, version: 1 } },
    });
  });
});

describe('widgets', () => {
  test('are added, changed and removed, each a version further', async () => {
    const { url } = await startServer();
    const made = await create(url);
    const added = await change<Widget & { dashboard: Dashboard }>(url, 'addWidget', {
      id: made.id,
      widget: widget('Third', { type: 'PIE' }),
      version: 1,
    });
    expect(added).toMatchObject({
      name: 'Third',
      position: { x: 0, y: 3, width: 6, height: 3 },
      dashboard: { version: 2 },
    });
    expect(added.dashboard.widgets.map(({ id }) => id)).toEqual([...made.widgets.map(({ id }) => id), added.id]);

    const changed = await change<Widget>(url, 'updateWidget', {
      id: added.id,
      widget: widget('Renamed', { type: 'BAR', query: sumOrders }),
      version: 2,
    });
    expect(changed).toMatchObject({
      id: added.id,
      name: 'Renamed',
      type: 'BAR',
      position: added.position,
      dashboard: { version: 3 },
    });

    const left = await change(url, 'removeWidget', { id: made.widgets[0]?.id, version: 3 });
    expect(left).toEqual({ version: 4, widgets: [{ id: made.widgets[1]?.id }, { id: added.id }] });
  });

  test('are moved all or none', async () => {
    const { url } = await startServer();
    const made = await create(url);
    const [first, second] = made.widgets;
    const positions = [
      { widgetId: first?.id, position: { x: 6, y: 1, width: 6, height: 2 } },
      { widgetId: second?.id, position: { x: 0, y: 1, width: 6, height: 2 } },
    ];
    const moved = await change(url, 'updateLayout', { id: made.id, positions, version: 1 });
    expect(moved).toEqual({
      version: 2,
      widgets: positions.map(({ widgetId, position }) => ({ id: widgetId, position })),
    });
    const bad = [positions[1], { widgetId: 'wid_no', position: { x: 10, y: -1, width: 3, height: 0 } }];
    expect(await change(url, 'updateLayout', { id: made.id, positions: bad })).toMatchObject({
      code: 'INVALID_INPUT',
      issues: [
        { path: ['positions', '1', 'widgetId'], message: 'there is no widget "wid_no" on this dashboard' },
        { path: ['positions', '1', 'position', 'y'] },
        {
          path: ['positions', '1', 'position', 'width'],
          message: 'x + width must be at most 12 and width at least 1, not 10 + 3',
        },
        { path: ['positions', '1', 'position', 'height'] },
      ],
    });
    const { dashboard } = await query<{ dashboard: Dashboard }>(
      url,
      'query ($id: ID!) { dashboard(id: $id) { version widgets { id position { x y width height } } } }',
      { id: made.id },
    );
    expect(dashboard).toEqual(moved);
  });

  test('have a value and a past', async () => {
    const { url } = await startServer();
    await ingest(
      url,
      [1, 2, 3].map((total) => ({ entityType: 'orders', serviceId: 'web', data: { total } })),
    );
    const made = await create(url);
    const text = `query ($id: ID!) { dashboard(id: $id) { widgets { value { value count } history(buckets: 6) { start end value } newest: history(last: 1) { value } } } }`;
    const { dashboard } = await query<{
      dashboard: {
        widgets: { value: object; history: { value: number | null }[]; newest: { value: number | null }[] }[];
      };
    }>(url, text, { id: made.id });
    expect(dashboard.widgets.map(({ value }) => value)).toEqual([
      { value: 3, count: 3 },
      { value: 6, count: 3 },
    ]);
    for (const { history } of dashboard.widgets) {
      expect(history.length).toBeGreaterThanOrEqual(6);
      expect(history.length).toBeLessThanOrEqual(8);
    }
    const sums = dashboard.widgets.map(({ history }) => history.reduce((sum, { value }) => sum + (value ?? 0), 0));
    expect(sums).toEqual([3, 6]);
    for (const { newest } of dashboard.widgets) expect(newest).toHaveLength(1);
  });
});

describe('what was expected to fail is data', () => {
  test('an input that is not right, with the path of everything that is wrong; nothing is made', async () => {
    const { url, engine } = await startServer();
    const refused = await create(url, {
      name: '',
      layout: { columns: 49 },
      refreshInterval: { size: 0, unit: 'SECOND' },
      widgets: [
        widget('x'.repeat(201)),
        widget('b', { query: { ...countOrders, aggregation: { function: 'SUM' } } }),
        widget('c', { position: { x: 12, y: 0, width: 1, height: 1 } }),
      ],
    });
    expect(refused).toMatchObject({
      code: 'INVALID_INPUT',
      issues: [
        { path: ['name'], message: 'must have 1 to 200 characters, not 0' },
        { path: ['layout', 'columns'], message: 'must be from 1 to 48, not 49' },
        { path: ['refreshInterval'], message: 'must be 1 to 3600 seconds long, not 0 SECOND' },
        { path: ['widgets', '0', 'name'], message: 'must have 1 to 200 characters, not 201' },
        {
          path: ['widgets', '1', 'query', 'aggregation', 'field'],
          message: expect.stringMatching(/is needed for SUM/),
        },
      ],
    });
    expect(engine.status().dashboards).toBe(0);
  });

  test('one dashboard, or one widget, too many', async () => {
    const { url } = await startServer({ 'max-dashboards': '2', 'max-widgets': '3' });
    expect(await create(url, { widgets: [1, 2, 3, 4].map((n) => widget(`w${n}`)) })).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      limit: 3,
    });
    // All at once, so that no count is taken before another has been made.
    const made = await Promise.all([1, 2, 3, 4].map(() => create(url)));
    expect(made.filter(({ id }) => id !== undefined)).toHaveLength(2);
    expect(made.filter((one) => 'limit' in one)).toMatchObject(
      [1, 2].map(() => ({ code: 'LIMIT_EXCEEDED', limit: 2, message: expect.stringContaining('2 dashboards') })),
    );
    const id = made.find((one) => one.id !== undefined)?.id;
    expect(await change(url, 'addWidget', { id, widget: widget('third') })).toMatchObject({ name: 'third' });
    expect(await change(url, 'addWidget', { id, widget: widget('fourth') })).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      limit: 3,
    });
    await change(url, 'remove', { id });
    expect((await create(url)).version).toBe(1);
  });

  test('a dashboard or a widget that is not there', async () => {
    const { url } = await startServer();
    const missing = { code: 'NOT_FOUND', id: 'dash_no', message: 'there is no dashboard "dash_no"' };
    expect(await change(url, 'update', { input: { id: 'dash_no', name: 'x' } })).toEqual(missing);
    expect(await change(url, 'addWidget', { id: 'dash_no', widget: widget('x') })).toEqual(missing);
    expect(await change(url, 'updateLayout', { id: 'dash_no', positions: [] })).toEqual(missing);
    const missingWidget = { code: 'NOT_FOUND', id: 'wid_no', message: 'there is no widget "wid_no"' };
    expect(await change(url, 'updateWidget', { id: 'wid_no', widget: widget('x') })).toEqual(missingWidget);
    expect(await change(url, 'removeWidget', { id: 'wid_no' })).toEqual(missingWidget);
  });

  test('a change that was made on an old version, with the version that there is', async () => {
    const { url } = await startServer();
    const made = await create(url);
    await change(url, 'update', { input: { id: made.id, name: 'Second', version: 1 } });
    const id = made.widgets[0]?.id;
    const position = { x: 0, y: 0, width: 1, height: 1 };
    for (const refused of [
      await change(url, 'update', { input: { id: made.id, name: 'Third', version: 1 } }),
      await change(url, 'addWidget', { id: made.id, widget: widget('x'), version: 1 }),
      await change(url, 'updateWidget', { id, widget: widget('x'), version: 1 }),
      await change(url, 'removeWidget', { id, version: 1 }),
      await change(url, 'updateLayout', { id: made.id, positions: [{ widgetId: id, position }], version: 1 }),
    ]) {
      expect(refused).toMatchObject({
        code: 'CONFLICT',
        currentVersion: 2,
        message: expect.stringMatching(/has version 2, not 1: read it again/),
      });
    }
  });

  test('of many who change the same version one wins; without a version all are made, one after the other', async () => {
    const { url } = await startServer();
    const made = await create(url);
    const guarded = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => change(url, 'update', { input: { id: made.id, name: `n${n}`, version: 1 } })),
    );
    expect(guarded.filter(({ version }) => version === 2)).toHaveLength(1);
    expect(guarded.filter((one) => 'currentVersion' in one)).toHaveLength(4);
    const free = await Promise.all(
      [1, 2, 3, 4, 5].map((n) =>
        change<{ dashboard?: Dashboard }>(url, 'addWidget', { id: made.id, widget: widget(`w${n}`) }),
      ),
    );
    expect(free.map(({ dashboard }) => dashboard?.version).sort()).toEqual([3, 4, 5, 6, 7]);
  });
});

describe('the list of dashboards', () => {
  const list = `query ($first: Int, $after: String, $last: Int, $before: String, $owner: String) {
    dashboards(first: $first, after: $after, last: $last, before: $before, owner: $owner) {
      edges { cursor node { name owner } } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }`;
  interface List {
    readonly edges: readonly { readonly cursor: string; readonly node: { readonly name: string } }[];
    readonly totalCount: number;
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly hasPreviousPage: boolean;
      readonly startCursor: string | null;
      readonly endCursor: string | null;
    };
  }
  const pageOf = async (url: string, variables: object) =>
    (await query<{ dashboards: List }>(url, list, { ...variables })).dashboards;
  const names = ({ edges }: List) => edges.map(({ node }) => node.name);

  test('goes in pages both ways, and by owner', async () => {
    const { url } = await startServer();
    for (let n = 0; n < 7; n += 1) await create(url, { name: `d${n}`, widgets: [] }, n % 2 === 0 ? 'ann' : 'bob');
    const all = await pageOf(url, {});
    expect([...names(all)].sort()).toEqual(['d0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6']);
    expect(all.totalCount).toBe(7);
    const first = await pageOf(url, { first: 3 });
    expect(names(first)).toEqual(names(all).slice(0, 3));
    expect(first).toMatchObject({ totalCount: 7, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    const second = await pageOf(url, { first: 10, after: first.pageInfo.endCursor });
    expect(names(second)).toEqual(names(all).slice(3));
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const last = await pageOf(url, { last: 2 });
    expect(names(last)).toEqual(names(all).slice(5));
    expect(last.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const before = await pageOf(url, { last: 10, before: last.pageInfo.startCursor });
    expect(names(before)).toEqual(names(all).slice(0, 5));
    expect(before.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const bobs = await pageOf(url, { owner: 'bob' });
    expect([[...names(bobs)].sort(), bobs.totalCount]).toEqual([['d1', 'd3', 'd5'], 3]);
  });

  test('goes on from a dashboard that has been deleted meanwhile', async () => {
    const { url } = await startServer();
    for (let n = 0; n < 4; n += 1) await create(url, { name: `d${n}`, widgets: [] });
    const all = await pageOf(url, {});
    const { dashboards } = await query<{ dashboards: { edges: { cursor: string; node: { id: string } }[] } }>(
      url,
      '{ dashboards(first: 2) { edges { cursor node { id } } } }',
    );
    const second = dashboards.edges[1];
    await change(url, 'remove', { id: second?.node.id });
    expect(names(await pageOf(url, { after: second?.cursor }))).toEqual(names(all).slice(2));
  });
});

describe('a dashboard that is watched', () => {
  interface Update {
    readonly dashboardUpdates: {
      readonly isSnapshot: boolean;
      readonly at: string;
      readonly dashboard: { readonly version: number; readonly name: string };
      readonly widgets: readonly {
        readonly name: string;
        readonly value: { readonly value: number | null; readonly windowEnd: string };
      }[];
    };
  }
  const watchText = `subscription ($id: ID!, $every: TimeSpanInput = { size: 1, unit: SECOND }, $widgetIds: [ID!]) {
    dashboardUpdates(id: $id, every: $every, widgetIds: $widgetIds) {
      isSnapshot at dashboard { version name } widgets { name value { value windowEnd } history(buckets: 3) { value } }
    }
  }`;
  const order = (total: number, entityType = 'orders') => ({ entityType, serviceId: 'web', data: { total } });
  const valuesIn = ({ dashboardUpdates }: Update) =>
    dashboardUpdates.widgets.map(({ name, value }) => [name, value.value]);

  test('has every step of the past that has changed, however long an update takes', async () => {
    interface Step {
      readonly start: string;
      readonly end: string;
      readonly value: number | null;
    }
    interface Stepped {
      readonly dashboardUpdates: {
        readonly isSnapshot: boolean;
        readonly widgets: readonly { readonly history: Step[] }[];
      };
    }
    const clock = new FakeClock();
    const { url } = await startServer({}, clock);
    const made = await create(url, { widgets: [widget('Orders')] });
    const text = `subscription ($id: ID!) {
      dashboardUpdates(id: $id, every: { size: 5, unit: MINUTE }) { isSnapshot widgets { history(last: 2) { start end value } } }
    }`;
    const watch = new WsConnection(url).subscribe<Stepped>(text, { id: made.id });
    const known = new Map<string, Step>();
    const take = ({ dashboardUpdates: { widgets } }: Stepped) => {
      for (const step of widgets[0]?.history ?? []) known.set(step.start, step);
      return widgets[0]?.history.length ?? 0;
    };
    const whole = take(await watch.next());
    for (let update = 0; update < 3; update += 1) {
      // A step is a minute long.
      for (let minute = 0; minute < 5; minute += 1) {
        await ingest(url, [order(1)]);
        await clock.advance(60_000);
      }
      const changed = take(await watch.next());
      expect(changed).toBeLessThan(whole);
      const { dashboard } = await query<{ dashboard: { widgets: { history: Step[] }[] } }>(
        url,
        'query ($id: ID!) { dashboard(id: $id) { widgets { history { start end value } } } }',
        { id: made.id },
      );
      const now = dashboard.widgets[0]?.history ?? [];
      expect(now.map((step) => known.get(step.start))).toEqual(now);
    }
  });

  test('comes as a snapshot, then with the widgets whose value changed, and as a snapshot when it is defined anew', async () => {
    const server = await startServer();
    const { url } = server;
    const visits = widget('Visits', { query: { ...countOrders, entityType: 'visits' } });
    const made = await create(url, { widgets: [widget('Orders'), visits] });
    const watch = new WsConnection(url).subscribe<Update>(watchText, { id: made.id });
    const first = await watch.next();
    expect(first.dashboardUpdates).toMatchObject({ isSnapshot: true, dashboard: { version: 1 } });
    expect(valuesIn(first)).toEqual([
      ['Orders', 0],
      ['Visits', 0],
    ]);
    expect(first.dashboardUpdates.widgets.every(({ value }) => value.windowEnd === first.dashboardUpdates.at)).toBe(
      true,
    );

    await ingest(url, [order(1)]);
    const second = await watch.next();
    expect(second.dashboardUpdates.isSnapshot).toBe(false);
    expect(valuesIn(second)).toEqual([['Orders', 1]]);

    await change(url, 'update', { input: { id: made.id, name: 'Renamed' } });
    const third = await watch.next();
    expect(third.dashboardUpdates).toMatchObject({ isSnapshot: true, dashboard: { version: 2, name: 'Renamed' } });
    expect(valuesIn(third)).toEqual([
      ['Orders', 1],
      ['Visits', 0],
    ]);

    await change(url, 'addWidget', { id: made.id, widget: widget('Sales', { query: sumOrders }) });
    expect(valuesIn(await watch.next())).toEqual([
      ['Orders', 1],
      ['Visits', 0],
      ['Sales', 1],
    ]);

    await ingest(url, [order(7)]);
    expect(valuesIn(await watch.next())).toEqual([
      ['Orders', 2],
      ['Sales', 8],
    ]);

    await change(url, 'remove', { id: made.id });
    expect(await watch.rest()).toEqual([]);
    await server.subscriptions(0);
  });

  test('comes with the widgets that are asked for alone', async () => {
    const { url } = await startServer();
    const made = await create(url);
    const ids = made.widgets.map(({ id }) => id);
    const connection = new SseConnection(url);
    const watch = connection.subscribe<Update>(watchText, { id: made.id, widgetIds: [ids[1]] });
    expect(valuesIn(await watch.next())).toEqual([['Sales', null]]);
    await ingest(url, [order(7)]);
    expect(valuesIn(await watch.next())).toEqual([['Sales', 7]]);
    expect(
      await connection.subscribe(watchText, { id: made.id, widgetIds: [ids[0], 'wid_no'] }).failure(),
    ).toMatchObject([
      { message: 'there is no widget on that dashboard "wid_no"', extensions: { code: 'NOT_FOUND', id: 'wid_no' } },
    ]);
  });

  test('is quiet while it is inactive, still answers queries, and goes on with a snapshot', async () => {
    const { url } = await startServer();
    const made = await create(url, { widgets: [widget('Orders')] });
    await change(url, 'update', { input: { id: made.id, isActive: false } });
    const connection = new WsConnection(url);
    const watch = connection.subscribe<Update>(watchText, { id: made.id });
    expect(valuesIn(await watch.next())).toEqual([['Orders', 0]]);
    await ingest(url, [order(1)]);
    // Another dashboard with the same widget is told at its next tick: the inactive one was not, at that tick or before.
    const other = await create(url, { widgets: [widget('Orders')] });
    const active = connection.subscribe<Update>(watchText, { id: other.id });
    await active.next();
    await ingest(url, [order(2)]);
    expect(valuesIn(await active.next())).toEqual([['Orders', 2]]);
    expect(watch.size).toBe(0);
    const { dashboard } = await query<{ dashboard: { widgets: object[] } }>(
      url,
      'query ($id: ID!) { dashboard(id: $id) { widgets { value { value } } } }',
      { id: made.id },
    );
    expect(dashboard.widgets).toEqual([{ value: { value: 2 } }]);
    await change(url, 'update', { input: { id: made.id, isActive: true } });
    const next = await watch.next();
    expect(next.dashboardUpdates.isSnapshot).toBe(true);
    expect(valuesIn(next)).toEqual([['Orders', 2]]);
  });
});
