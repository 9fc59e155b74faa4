// The event of a subscription that a transport has begun.
import { type ExecutionArgs, getOperationAST, Kind, type SelectionSetNode } from 'graphql';
import type { Transport } from '../engine/connections.ts';
import type { Engine } from '../engine/engine.ts';
import { nameOf } from './operation.ts';

interface Origin {
  readonly connectionId: string;
  readonly transport: Transport;
  readonly args: ExecutionArgs;
  readonly viewer: { readonly id: string };
}

export function emitCreated({ events }: Engine, { connectionId, transport, args, viewer }: Origin): void {
  const operationName = nameOf(args);
  events.emit('subscription:created', {
    connectionId,
    transport,
    clientId: viewer.id,
    field: fieldOf(args),
    operationName: operationName === '' ? null : operationName,
  });
}

/** The one field of a valid subscription, which may stand in fragments. */
function fieldOf({ document, operationName }: ExecutionArgs): string {
  let selections: SelectionSetNode | undefined = getOperationAST(document, operationName)?.selectionSet;
  for (;;) {
    const selection: SelectionSetNode['selections'][number] | undefined = selections?.selections[0];
    if (selection === undefined) return '';
    if (selection.kind === Kind.FIELD) return selection.name.value;
    if (selection.kind === Kind.INLINE_FRAGMENT) selections = selection.selectionSet;
    else {
      const { value } = selection.name;
      const fragment = document.definitions.find(
        (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === value,
      );
      selections = fragment?.kind === Kind.FRAGMENT_DEFINITION ? fragment.selectionSet : undefined;
    }
  }
}
