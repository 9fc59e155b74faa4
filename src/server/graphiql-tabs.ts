// What GraphiQL opens with: operations that run unchanged on the demo's data.

export interface GraphiqlTab {
  readonly title: string;
  readonly query: string;
  /** As JSON. */
  readonly variables?: string;
}

export const graphiqlTabs: readonly GraphiqlTab[] = [
  {
    title: 'Points, live',
    query: `# Orders of the shop as they come: press play.
subscription Points {
  dataUpdates(
    entityType: "demo_orders"
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
      entityType: "demo_orders"
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
    title: 'History',
    query: `# What the shop took in, in twelve steps of the last hour; then the steps that change.
# Any other stretch of the past: query { kpiHistory }.
subscription LastHour {
  kpi(
    query: {
      entityType: "demo_orders"
      aggregation: { function: SUM, field: "amount" }
      timeWindow: { size: 1, unit: HOUR }
      filters: [{ field: "status", op: EQ, values: ["paid"] }]
    }
    history: 12
    every: { size: 5, unit: SECOND }
  ) {
    buckets { start end value count }
    value { value previous changePercent }
  }
}
`,
  },
  {
    title: 'Resume with a cursor',
    query: `# Watch, stop, and put the last cursor into the variables below: { "after": "…" }.
# Play again: first comes what you missed, each point once, then it goes on live.
subscription Resume($after: Cursor) {
  dataUpdates(entityType: "demo_orders", frequency: REALTIME, after: $after) {
    points { timestamp serviceId data }
    cursor
    gap { reason skipped }
  }
}
`,
    variables: '{ "after": null }\n',
  },
  {
    title: 'A dashboard made',
    query: `# A dashboard with one KPI: the payments that failed in the last five minutes, by service.
mutation MakeDashboard {
  createDashboard(
    input: {
      name: "Payments"
      refreshInterval: { size: 2, unit: SECOND }
      widgets: [
        {
          name: "Failed payments"
          type: BAR
          query: {
            entityType: "demo_orders"
            aggregation: { function: COUNT }
            timeWindow: { size: 5, unit: MINUTE }
            filters: [{ field: "status", op: EQ, values: ["failed"] }]
            groupBy: ["serviceId"]
          }
        }
      ]
    }
  ) {
    ... on Dashboard { id version widgets { id name value { value groups { key { value } value } } } }
    ... on UserError { code message }
  }
}
`,
  },
  {
    title: 'Insights',
    query: `# What is unusual in the shop's numbers, found without a rule, and what watches them.
# As they come: subscription { insights }.
query Insights {
  insights(first: 5) {
    totalCount
    edges {
      node {
        title
        description
        severity
        state
        evidence { observed expected lower upper changePercent }
        life { at kind severity }
        recommendations
      }
    }
  }
  analyzers { name type sensitivity isActive }
}
`,
  },
  {
    title: 'Status',
    query: `# How the server is doing, and what has been sent to it.
query Status {
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
