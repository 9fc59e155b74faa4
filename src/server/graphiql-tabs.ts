// What GraphiQL opens with: operations that run unchanged on the demo's data.

export const graphiqlTabs: readonly { readonly title: string; readonly query: string }[] = [
  {
    title: 'Points, live',
    query: `# Orders of the shop as they come: press play.
subscription Points {
  dataUpdates(
    entityType: "orders"
    frequency: REALTIME
    last: 3
  ) {
    points { timestamp serviceId data }
    skipped
    cursor
  }
}
`,
  },
  {
    title: 'A KPI, live',
    query: `# The last five minutes' orders by country.
subscription OrdersByCountry {
  kpi(
    query: {
      entityType: "orders"
      aggregation: { function: COUNT }
      timeWindow: { size: 5, unit: MINUTE }
      groupBy: ["country"]
      top: 5
    }
  ) {
    isSnapshot
    value { value changePercent groups { key { value } value isOther } windowStart windowEnd }
  }
}
`,
  },
  {
    title: 'Status',
    query: `query Status {
  status {
    version
    uptimeSeconds
    series
    storage
    performance { processedEvents eventRate averageProcessingTime p99ProcessingTime memoryBytes }
  }
  series { entityType serviceId pointCount fields { name kind } }
}
`,
  },
];
