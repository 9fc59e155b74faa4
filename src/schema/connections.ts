// Who is connected, for operators.
import type { ConnectionView } from '../engine/connections.ts';
import { builder } from './builder.ts';

const ConnectionOperations = builder
  .objectRef<readonly [name: string, count: number]>('ConnectionOperations')
  .implement({
    description: 'Operations of one name that are open on a connection.',
    fields: (t) => ({
      name: t.string({
        nullable: true,
        description: 'As in the document; null: they have none.',
        resolve: ([name]) => (name === '' ? null : name),
      }),
      count: t.int({ description: 'How many.', resolve: ([, count]) => count }),
    }),
  });

const TransportEnum = builder.enumType('Transport', {
  description: 'How a client is connected.',
  values: {
    WEBSOCKET: { description: 'graphql-transport-ws.' },
    EVENT_STREAM: { description: 'Server-sent events.' },
    MULTIPART: { description: 'Parts of one answer.' },
  } as const,
});

const ConnectionType = builder.objectRef<ConnectionView>('Connection').implement({
  description: 'Somebody who is connected: a WebSocket, or an answer that goes on.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Of a WebSocket, as in its connection_ack.' }),
    transport: t.expose('transport', { type: TransportEnum, description: 'How.' }),
    viewer: t.exposeString('viewerId', { nullable: true, description: 'His id; null: he has not said yet.' }),
    openedAt: t.expose('openedAt', { type: 'DateTime', description: 'Since when.' }),
    queuedBytes: t.exposeFloat('queuedBytes', { description: 'Bytes that wait, for they are not read.' }),
    operations: t.field({
      type: [ConnectionOperations],
      description: 'What is open on it, by name.',
      resolve: ({ operations }) => [...operations],
    }),
  }),
});

builder.queryField('connections', (t) =>
  t.field({
    type: [ConnectionType],
    description: 'Who is connected, oldest first; for operators: who may not change dashboards may not see it.',
    resolve: (_, _args, { engine, viewer }) => engine.connectionsFor(viewer),
  }),
);
