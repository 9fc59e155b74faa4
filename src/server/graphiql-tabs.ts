// What GraphiQL opens with: operations that run unchanged on the demo's data.

export const graphiqlTabs: readonly { readonly title: string; readonly query: string }[] = [
  {
    title: 'Points, live',
    query: `# Press the play button: points of the shop as they come.
subscription Points {
  dataUpdates(entityType: "orders", frequency: REALTIME, last: 3) {
    points { timestamp serviceId data }
    skipped
    cursor
  }
}
`,
  },
  {
    title: 'A KPI, live',
    query: `# Orders a minute by country over the last five minutes, as they change.
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
    query: `{
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
