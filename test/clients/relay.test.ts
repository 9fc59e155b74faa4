// Relay: its own environment, network and store, with artifacts as its compiler writes them, over HTTP and graphql-ws.
import { createClient } from 'graphql-ws';
import {
  type ConcreteRequest,
  commitMutation,
  Environment,
  fetchQuery,
  type GraphQLResponse,
  Network,
  type NormalizationSelection,
  Observable,
  type ReaderSelection,
  RecordSource,
  requestSubscription,
  Store,
} from 'relay-runtime';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import WebSocket from 'ws';
import {
  AmountInbox,
  type Amounts,
  amountsText,
  type Made,
  makeText,
  openShop,
  refusedCode,
  refusedText,
  type Shop,
  type Status,
  sellAcrossCut,
  statusText,
} from './shop.ts';

let shop: Shop;
let environment: Environment;

beforeEach(async () => {
  shop = await openShop();
  environment = environmentOf(shop);
});

function environmentOf({ http, ws }: Shop): Environment {
  const socket = createClient({ url: ws, webSocketImpl: WebSocket, retryWait: async () => undefined });
  onTestFinished(() => socket.dispose());
  const network = Network.create(
    async ({ text }, variables) => {
      const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };
      const body = JSON.stringify({ query: text, variables });
      const response = await fetch(http, { method: 'POST', headers, body });
      return (await response.json()) as GraphQLResponse;
    },
    ({ text }, variables) =>
      Observable.create((sink) =>
        socket.subscribe(
          { query: text ?? '', variables },
          {
            next: (result) => sink.next(result as GraphQLResponse),
            error: (error) => sink.error(error as Error),
            complete: () => sink.complete(),
          },
        ),
      ),
  );
  return new Environment({ network, store: new Store(new RecordSource()) });
}

type Selection = ReaderSelection & NormalizationSelection;
type Kind = 'query' | 'mutation' | 'subscription';

const scalar = (name: string, args: readonly object[] | null = null) =>
  ({ kind: 'ScalarField', alias: null, args, name, storageKey: null }) as unknown as Selection;
const linked = (name: string, type: string, selections: readonly Selection[], more: object = {}) =>
  ({
    kind: 'LinkedField',
    alias: null,
    args: null,
    concreteType: type,
    name,
    plural: false,
    selections,
    storageKey: null,
    ...more,
  }) as unknown as Selection;
const literal = (name: string, value: unknown) => ({ kind: 'Literal', name, value });
const variable = (name: string) => ({ kind: 'Variable', name, variableName: name });

/** What the compiler makes of an operation. */
function artifact(operationKind: Kind, text: string, selections: readonly Selection[], names: readonly string[] = []) {
  const name = /\w+ (\w+)/.exec(text)?.[1] ?? '';
  const argumentDefinitions = names.map((one) => ({ kind: 'LocalArgument', name: one, defaultValue: null }));
  const type = operationKind.replace(/^./, (letter) => letter.toUpperCase());
  return {
    kind: 'Request',
    fragment: { kind: 'Fragment', argumentDefinitions, metadata: null, name, selections, type, abstractKey: null },
    operation: { kind: 'Operation', argumentDefinitions, name, selections },
    params: { cacheID: name, id: null, metadata: {}, name, operationKind, text },
  } as unknown as ConcreteRequest;
}

const status = artifact('query', statusText, [linked('status', 'EngineStatus', [scalar('ready')])]);
const make = artifact(
  'mutation',
  makeText,
  [linked('createDashboard', 'Dashboard', [scalar('name')], { args: [variable('name')] })],
  ['name'],
);
const amountsOf = artifact('subscription', amountsText, [
  linked('dataUpdates', 'DataUpdate', [
    linked('points', 'DataPoint', [scalar('number', [literal('field', 'amount')])], { plural: true }),
  ]),
]);
const refused = artifact('subscription', refusedText, [
  linked('dashboardUpdates', 'DashboardUpdate', [scalar('at')], { args: [literal('id', 'dash_none')] }),
]);

test('asks and changes', async () => {
  expect(await fetchQuery(environment, status, {}).toPromise()).toEqual({ status: { ready: true } } satisfies Status);
  const made = await new Promise((resolve, reject) => {
    commitMutation(environment, {
      mutation: make,
      variables: { name: 'Sales' },
      onCompleted: resolve,
      onError: reject,
    });
  });
  expect(made).toEqual({ createDashboard: { name: 'Sales' } } satisfies Made);
});

test('watches, and goes on by itself after a broken connection', async () => {
  const amounts = new AmountInbox();
  const { dispose } = requestSubscription(environment, {
    subscription: amountsOf,
    variables: {},
    onNext: (update) => amounts.add(update as Amounts),
    onError: (error) => amounts.fail(error),
  });
  await sellAcrossCut(shop, amounts);
  dispose();
  await shop.server.subscriptions(0);
});

test('hears why a subscription is refused', async () => {
  const error = await new Promise((resolve) => {
    requestSubscription(environment, { subscription: refused, variables: {}, onError: resolve });
  });
  expect(error).toMatchObject([{ extensions: { code: refusedCode } }]);
});
