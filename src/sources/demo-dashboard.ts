// The dashboard on the demo's points, as plain data in the shape of the API's CreateDashboardInput; the grid is 12 by 8.

export const demoDashboard = {
  name: 'Shop',
  description: 'A made-up shop and its machines. Every quarter of an hour the checkout has a bad minute.',
  refreshInterval: { size: 2, unit: 'SECOND' },
  widgets: [
    {
      name: 'Revenue',
      type: 'NUMBER',
      query: {
        entityType: 'demo_orders',
        aggregation: { function: 'SUM', field: 'amount' },
        timeWindow: { size: 1, unit: 'HOUR' },
        filters: [{ field: 'status', op: 'EQ', values: ['paid'] }],
      },
      visualization: { unit: 'EUR', decimals: 0, better: 'UP' },
      position: { x: 0, y: 0, width: 3, height: 2 },
    },
    {
      name: 'Orders a second',
      type: 'NUMBER',
      query: {
        entityType: 'demo_orders',
        aggregation: { function: 'RATE' },
        timeWindow: { size: 1, unit: 'MINUTE' },
      },
      visualization: { unit: '/s', decimals: 2, better: 'UP' },
      position: { x: 3, y: 0, width: 3, height: 2 },
    },
    {
      name: 'Failed payments',
      type: 'NUMBER',
      query: {
        entityType: 'demo_orders',
        aggregation: { function: 'COUNT' },
        timeWindow: { size: 5, unit: 'MINUTE' },
        filters: [{ field: 'status', op: 'EQ', values: ['failed'] }],
      },
      visualization: {
        better: 'DOWN',
        thresholds: [
          { at: 60, level: 'warning' },
          { at: 80, level: 'critical' },
        ],
      },
      alerts: [
        {
          name: 'Payments fail',
          condition: 'ABOVE',
          threshold: 80,
          severity: 'HIGH',
          keepFiringFor: { size: 10, unit: 'SECOND' },
        },
      ],
      position: { x: 6, y: 0, width: 3, height: 2 },
    },
    {
      name: 'Average order',
      type: 'NUMBER',
      query: {
        entityType: 'demo_orders',
        aggregation: { function: 'AVG', field: 'amount' },
        timeWindow: { size: 15, unit: 'MINUTE' },
      },
      visualization: { unit: 'EUR', decimals: 2, better: 'UP' },
      position: { x: 9, y: 0, width: 3, height: 2 },
    },
    {
      name: 'Latency, slowest of twenty',
      type: 'LINE',
      query: {
        entityType: 'demo_requests',
        aggregation: { function: 'QUANTILE', field: 'latency', quantile: 0.95 },
        timeWindow: { size: 15, unit: 'MINUTE' },
        groupBy: ['serviceId'],
      },
      visualization: { unit: 'ms', decimals: 0, better: 'DOWN', thresholds: [{ at: 400, level: 'warning' }] },
      alerts: [{ name: 'Slow', condition: 'ABOVE', threshold: 400, for: { size: 5, unit: 'SECOND' }, minCount: 50 }],
      position: { x: 0, y: 2, width: 8, height: 3 },
    },
    {
      name: 'Revenue by country',
      type: 'BAR',
      query: {
        entityType: 'demo_orders',
        aggregation: { function: 'SUM', field: 'amount' },
        timeWindow: { size: 1, unit: 'HOUR' },
        filters: [{ field: 'status', op: 'EQ', values: ['paid'] }],
        groupBy: ['country'],
        top: 5,
      },
      visualization: { unit: 'EUR', decimals: 0 },
      position: { x: 8, y: 2, width: 4, height: 3 },
    },
    {
      name: 'Requests by status',
      type: 'PIE',
      query: {
        entityType: 'demo_requests',
        aggregation: { function: 'COUNT' },
        timeWindow: { size: 15, unit: 'MINUTE' },
        groupBy: ['status'],
      },
      visualization: {},
      position: { x: 0, y: 5, width: 4, height: 3 },
    },
    {
      name: 'Routes',
      type: 'TABLE',
      query: {
        entityType: 'demo_requests',
        aggregation: { function: 'AVG', field: 'latency' },
        timeWindow: { size: 15, unit: 'MINUTE' },
        groupBy: ['route'],
      },
      visualization: { unit: 'ms', decimals: 0 },
      position: { x: 4, y: 5, width: 5, height: 3 },
    },
    {
      name: 'Warehouse',
      type: 'GAUGE',
      query: {
        entityType: 'demo_sensors',
        serviceId: 'warehouse-1',
        aggregation: { function: 'LAST', field: 'temperature' },
        timeWindow: { size: 5, unit: 'MINUTE' },
      },
      visualization: {
        unit: '°C',
        decimals: 1,
        min: 10,
        max: 30,
        thresholds: [
          { at: 24, level: 'warning' },
          { at: 27, level: 'critical' },
        ],
      },
      position: { x: 9, y: 5, width: 3, height: 3 },
    },
  ],
} as const;
