// A KPI that stays up to date, as a React hook on pulseql/client, and a component that shows it. Broken connections are the
// client's affair: what is shown stays until the next value is there.
import { print } from 'graphql';
import type { PulseClient } from 'pulseql/client';
import { useEffect, useState } from 'react';
import { KpiDocument, type KpiQueryInput, type KpiSubscription } from './generated/graphql.ts';

interface KpiState {
  /** Not there until the first value has come. */
  readonly kpi?: KpiSubscription['kpi']['value'];
  readonly error?: Error;
}

export function useKpi(client: PulseClient, query: KpiQueryInput): KpiState {
  const [state, setState] = useState<KpiState>({});
  // A query written in a render is a new object each time: what counts is what it says.
  const asked = JSON.stringify(query);
  useEffect(() => {
    const updates = client.subscribe<KpiSubscription>(print(KpiDocument), { query: JSON.parse(asked) });
    show(updates, setState);
    return () => void updates.return?.();
  }, [client, asked]);
  return state;
}

async function show(updates: AsyncIterable<KpiSubscription>, setState: (state: KpiState) => void): Promise<void> {
  try {
    for await (const { kpi } of updates) setState({ kpi: kpi.value });
  } catch (error) {
    setState({ error: error as Error });
  }
}

export function OrdersByCountry({ client }: { readonly client: PulseClient }) {
  const { kpi, error } = useKpi(client, {
    entityType: 'demo_orders',
    aggregation: { function: 'COUNT' },
    timeWindow: { size: 5, unit: 'MINUTE' },
    groupBy: ['country'],
    top: 5,
  });
  if (error !== undefined) return <p role="alert">{error.message}</p>;
  if (kpi === undefined) return <p>Connecting …</p>;
  return (
    <section>
      <h2>{kpi.value} orders</h2>
      <ul>
        {kpi.groups.map(({ key, value, isOther }) => (
          <li key={JSON.stringify(key)}>
            {isOther ? 'others' : key[0]?.value} {value}
          </li>
        ))}
      </ul>
    </section>
  );
}
