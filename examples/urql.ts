// A dashboard made, then its number as it changes, by urql: node examples/urql.ts [address] [updates]
import { Client, type ExecutionResult, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import { KpiDocument, type KpiQueryInput, MakeDashboardDocument } from './generated/graphql.ts';

const [address = 'http://127.0.0.1:4000', count = '5'] = process.argv.slice(2);
const socket = createClient({ url: `${address.replace(/^http/, 'ws')}/graphql` });
const client = new Client({
  url: `${address}/graphql`,
  preferGetMethod: false,
  exchanges: [
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query = '', variables }) => ({
        subscribe: ({ next, error, complete }) => ({
          unsubscribe: socket.subscribe(
            { query, variables: { ...variables } },
            { next: (result) => next(result as ExecutionResult), error, complete },
          ),
        }),
      }),
    }),
  ],
});

const revenue: KpiQueryInput = {
  entityType: 'demo_orders',
  aggregation: { function: 'SUM', field: 'amount' },
  timeWindow: { size: 1, unit: 'HOUR' },
};
const input = { name: 'Sales', widgets: [{ name: 'Revenue', type: 'NUMBER' as const, query: revenue }] };
const { data, error } = await client.mutation(MakeDashboardDocument, { input }).toPromise();
if (error !== undefined) throw error;
const made = data?.createDashboard;
console.log(made?.__typename === 'Dashboard' ? `${made.name} is ${made.id}` : made);

const done = Promise.withResolvers<void>();
let left = Number(count);
const { unsubscribe } = client
  .subscription(KpiDocument, { query: revenue })
  .subscribe(({ data: update, error: failed }) => {
    if (failed !== undefined) return done.reject(failed);
    console.log('revenue of the last hour:', update?.kpi.value.value ?? 0);
    left -= 1;
    if (left === 0) done.resolve();
  });
await done.promise;
unsubscribe();
await socket.dispose();
