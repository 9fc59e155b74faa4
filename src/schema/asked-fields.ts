// Which fields an operation asks for, where leaving them out saves work.
import { type FragmentDefinitionNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';

// Of WidgetValue and GroupValue: they need the window before.
const comparing: ReadonlySet<string> = new Set(['previous', 'changePercent']);

const known = new WeakMap<object, boolean>();

/** Whether the operation may show anything of the window before a window. */
export function comparesPrevious({
  operation,
  fragments,
}: Pick<GraphQLResolveInfo, 'operation' | 'fragments'>): boolean {
  let compares = known.get(operation);
  if (compares === undefined) {
    compares = selects(operation.selectionSet, fragments, new Set());
    known.set(operation, compares);
  }
  return compares;
}

function selects(
  { selections }: SelectionSetNode,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
  seen: Set<string>,
): boolean {
  return selections.some((selection) => {
    if (selection.kind === Kind.FIELD) {
      const { name, selectionSet } = selection;
      return comparing.has(name.value) || (selectionSet !== undefined && selects(selectionSet, fragments, seen));
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) return selects(selection.selectionSet, fragments, seen);
    const { value } = selection.name;
    const fragment = seen.has(value) ? undefined : fragments[value];
    seen.add(value);
    return fragment !== undefined && selects(fragment.selectionSet, fragments, seen);
  });
}
