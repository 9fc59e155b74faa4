// A subscription in two forms: as it was written, and as it goes on after a broken connection, from the cursor of the last
// update that came. Only fields that take `after` and give `cursor` can be resumed.
import { type ArgumentNode, type DocumentNode, type FieldNode, Kind, parse, print, visit } from 'graphql';

export interface Resumable {
  /** As written, with a cursor selected. */
  readonly first: string;
  /** Goes on from `variable`. */
  readonly resumed: string;
  readonly variable: string;
  /** Where an update has its cursor: the field's name in the answer, then the cursor's. */
  readonly field: string;
  readonly cursor: string;
  /** Whether the query itself did not select it. */
  readonly cursorWasAdded: boolean;
}

const resumableFields = new Set(['dataUpdates', 'insights', 'alerts']);
const variable = 'pulseqlAfter';
const cursorAlias = 'pulseqlCursor';

/** Null for what is no subscription to such a field: it is subscribed to anew after a broken connection. */
export function resumable(query: string): Resumable | null {
  const document = parse(query);
  const field = onlyField(document);
  if (field === null || !resumableFields.has(field.name.value)) return null;
  const selected = field.selectionSet?.selections.find((one) => one.kind === Kind.FIELD && one.name.value === 'cursor');
  const cursor = selected?.kind === Kind.FIELD ? nameOf(selected) : cursorAlias;
  const withCursor = selected === undefined ? change(document, field, addCursor) : document;
  return {
    first: print(withCursor),
    resumed: print(addVariable(change(withCursor, onlyField(withCursor) ?? field, addAfter))),
    variable,
    field: nameOf(field),
    cursor,
    cursorWasAdded: selected === undefined,
  };
}

function onlyField(document: DocumentNode): FieldNode | null {
  const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  const [operation] = operations;
  if (operations.length !== 1 || operation?.operation !== 'subscription') return null;
  const [field] = operation.selectionSet.selections;
  return field?.kind === Kind.FIELD ? field : null;
}

function nameOf({ alias, name }: FieldNode): string {
  return (alias ?? name).value;
}

function change(document: DocumentNode, field: FieldNode, edit: (field: FieldNode) => FieldNode): DocumentNode {
  return visit(document, { Field: (node) => (node === field ? edit(node) : undefined) });
}

function addCursor(field: FieldNode): FieldNode {
  const cursor: FieldNode = {
    kind: Kind.FIELD,
    alias: { kind: Kind.NAME, value: cursorAlias },
    name: { kind: Kind.NAME, value: 'cursor' },
  };
  const selections = [...(field.selectionSet?.selections ?? []), cursor];
  return { ...field, selectionSet: { kind: Kind.SELECTION_SET, selections } };
}

// `last` says where to begin, and it has begun: together with `after` it would be refused.
function addAfter(field: FieldNode): FieldNode {
  const kept = (field.arguments ?? []).filter(({ name }) => name.value !== 'after' && name.value !== 'last');
  const after: ArgumentNode = {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: 'after' },
    value: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: variable } },
  };
  return { ...field, arguments: [...kept, after] };
}

/** Declares the cursor's variable, and drops those that only `after` or `last` used: unused ones are refused. */
function addVariable(document: DocumentNode): DocumentNode {
  const used = new Set<string>();
  visit(document, { VariableDefinition: () => false, Variable: ({ name }) => void used.add(name.value) });
  const [declaration] = definitionsOf(`subscription ($${variable}: Cursor!) { x }`);
  return visit(document, {
    OperationDefinition: (node) => {
      const kept = (node.variableDefinitions ?? []).filter((one) => used.has(one.variable.name.value));
      return { ...node, variableDefinitions: declaration === undefined ? kept : [...kept, declaration] };
    },
  });
}

function definitionsOf(query: string) {
  const [operation] = parse(query).definitions;
  return operation?.kind === Kind.OPERATION_DEFINITION ? (operation.variableDefinitions ?? []) : [];
}
