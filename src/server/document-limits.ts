// How large a document may be, the same on every transport: depth, aliases, directives, and its cost with the sizes of lists.
// Tokens are bounded by the parser. What it says is what the document may cost at most, before anything of it is run.
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLOutputType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  getNullableType,
  getVariableValues,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
  visit,
} from 'graphql';
import { type TimeSpanInput, timeSpan } from '../base/time-span.ts';
import { maxSteps } from '../engine/kpis.ts';

export interface DocumentLimits {
  readonly maxTokens: number;
  readonly maxDepth: number;
  readonly maxAliases: number;
  readonly maxDirectives: number;
  readonly maxCost: number;
  /** Whether clients may look around: introspection, names suggested where one is wrong. */
  readonly isDevelopment: boolean;
}

export interface CostRequest {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  /** The log's clock, for stretches that end now. */
  readonly now: number;
}

/** Sizes of lists whose field has no argument that says so; those not named here count as ten. */
const listSizes: Readonly<Record<string, number>> = {
  'DataUpdate.points': 50,
  'Dashboard.widgets': 20,
  'DashboardUpdate.widgets': 20,
  'WidgetValue.groups': 50,
  // A step of the past is shown as a line or a stack, which has few groups.
  'WidgetBucket.groups': 10,
  'GroupValue.key': 2,
  'KpiUpdate.buckets': 60,
  'Query.series': 200,
  'Query.connections': 100,
  'Series.fields': 20,
  'Prediction.predictedValues': 100,
  'PredictionRealized.steps': 100,
  'Prediction.models': 6,
};
const otherListSize = 10;
const defaultPage = 50;
/** Arguments that say how long a list is at most, or the `edges` of a connection; of several the largest counts. */
const sizeArguments = ['first', 'last', 'buckets'];
/** Lists whose length follows from several arguments. */
const sizeFunctions: Readonly<Record<string, (args: Readonly<Record<string, unknown>>, now: number) => number>> = {
  'Query.kpiHistory': historySteps,
};
const defaultSteps = 60;

/** What there is too much of in a document, valid or not, or undefined: to ask before it is validated, which costs more. */
export function countIssue(document: DocumentNode, limits: DocumentLimits): GraphQLError | undefined {
  const { aliases, directives } = countNodes(document);
  if (aliases > limits.maxAliases) return tooMuch('aliases', aliases, limits.maxAliases);
  if (directives > limits.maxDirectives) return tooMuch('directives', directives, limits.maxDirectives);
  return undefined;
}

/** What is too much of a valid document with these variables, or undefined. */
export function costIssue(request: CostRequest, limits: DocumentLimits): GraphQLError | undefined {
  const measured = new Measure(request, limits).measure();
  if (measured.depth > limits.maxDepth) return tooMuch('depth', measured.depth, limits.maxDepth);
  if (measured.cost > limits.maxCost) return tooMuch('cost', measured.cost, limits.maxCost);
  return undefined;
}

function tooMuch(what: string, found: number, limit: number): GraphQLError {
  const value = Number.isFinite(found) ? String(found) : 'more than can be counted';
  const text = `the document's ${what} is ${value}, at most ${limit} is run; ask for less at a time`;
  return new GraphQLError(text, { extensions: { code: 'LIMIT_EXCEEDED', limit } });
}

function countNodes(document: DocumentNode): { aliases: number; directives: number } {
  let aliases = 0;
  let directives = 0;
  visit(document, {
    Field: ({ alias }) => {
      if (alias !== undefined) aliases += 1;
    },
    SelectionSet: (set) => {
      aliases += repeatsIn(set);
    },
    Directive: () => {
      directives += 1;
    },
  });
  return { aliases, directives };
}

// A field that is written again is checked against each of its like.
function repeatsIn({ selections }: SelectionSetNode): number {
  const names = new Set<string>();
  let fields = 0;
  for (const selection of selections) {
    if (selection.kind !== Kind.FIELD || selection.alias !== undefined) continue;
    names.add(selection.name.value);
    fields += 1;
  }
  return fields - names.size;
}

interface Size {
  readonly depth: number;
  readonly cost: number;
}

const nothing: Size = { depth: 0, cost: 0 };

class Measure {
  readonly #request: CostRequest;
  readonly #limits: DocumentLimits;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  // Of fragments that have been measured at a type and page size; one that is being measured counts nothing again.
  readonly #known = new Map<string, Size>();

  constructor(request: CostRequest, limits: DocumentLimits) {
    this.#request = request;
    this.#limits = limits;
    for (const one of request.document.definitions) {
      if (one.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(one.name.value, one);
    }
  }

  measure(): Size {
    const operation = this.#operation();
    const type = operation === undefined ? undefined : this.#request.schema.getRootType(operation.operation);
    if (operation === undefined || type == null) return nothing;
    return this.#selections(operation.selectionSet, type, defaultPage, 1);
  }

  #operation(): OperationDefinitionNode | undefined {
    const { document, operationName } = this.#request;
    const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
    return operationName == null ? operations[0] : operations.find(({ name }) => name?.value === operationName);
  }

  #selections(set: SelectionSetNode, type: GraphQLOutputType, page: number, depth: number): Size {
    // Deeper than is allowed is too deep already: nothing is gained by looking at the rest.
    if (depth > this.#limits.maxDepth + 1) return { depth, cost: 0 };
    let deepest = depth;
    let cost = 0;
    for (const selection of set.selections) {
      const size =
        selection.kind === Kind.FIELD
          ? this.#field(selection, type, page, depth)
          : selection.kind === Kind.INLINE_FRAGMENT
            ? this.#selections(
                selection.selectionSet,
                this.#typeOf(selection.typeCondition?.name.value, type),
                page,
                depth,
              )
            : this.#fragment(selection.name.value, page, depth);
      deepest = Math.max(deepest, size.depth);
      cost += size.cost;
    }
    return { depth: deepest, cost };
  }

  #fragment(name: string, page: number, depth: number): Size {
    const key = `${name}/${page}/${depth}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, nothing);
    const fragment = this.#fragments.get(name);
    const type = this.#request.schema.getType(fragment?.typeCondition.name.value ?? '');
    if (fragment === undefined || !isCompositeType(type)) return nothing;
    const size = this.#selections(fragment.selectionSet, type, page, depth);
    this.#known.set(key, size);
    return size;
  }

  #field(node: FieldNode, parent: GraphQLOutputType, page: number, depth: number): Size {
    const named = getNamedType(parent);
    const name = node.name.value;
    // Introspection has a rule of its own in every validation: lists in it may nest three deep.
    if (name.startsWith('__')) return { depth, cost: 1 };
    const field = isObjectType(named) || isInterfaceType(named) ? named.getFields()[name] : undefined;
    if (field === undefined) return { depth, cost: 1 };
    const asked = this.#computedSize(`${named.name}.${name}`, node, field) ?? this.#askedSize(node, field);
    const size = isListType(getNullableType(field.type)) ? this.#listSize(`${named.name}.${name}`, asked, page) : 1;
    if (node.selectionSet === undefined) return { depth, cost: 1 };
    const inner = this.#selections(
      node.selectionSet,
      getNamedType(field.type) as GraphQLOutputType,
      asked ?? defaultPage,
      depth + 1,
    );
    return { depth: inner.depth, cost: 1 + size * inner.cost };
  }

  #listSize(coordinate: string, asked: number | undefined, page: number): number {
    if (asked !== undefined) return asked;
    if (coordinate.endsWith('Connection.edges')) return page;
    return listSizes[coordinate] ?? otherListSize;
  }

  /** What the arguments say of the length: of the list itself, or of the connection's page. */
  #askedSize(node: FieldNode, field: GraphQLField<unknown, unknown>): number | undefined {
    const sizes = (node.arguments ?? [])
      .filter(({ name }) => sizeArguments.includes(name.value))
      .map(({ value }) => this.#numberOf(value))
      .filter((size) => size !== undefined && Number.isFinite(size)) as number[];
    const takesBuckets = field.args.some(({ name }) => name === 'buckets');
    if (takesBuckets && !node.arguments?.some(({ name }) => name.value === 'buckets')) sizes.push(defaultSteps);
    return sizes.length === 0 ? undefined : Math.max(0, ...sizes);
  }

  #computedSize(coordinate: string, node: FieldNode, field: GraphQLField<unknown, unknown>): number | undefined {
    const sizeOf = sizeFunctions[coordinate];
    if (sizeOf === undefined) return undefined;
    try {
      const operation = this.#operation();
      const definitions = operation?.variableDefinitions ?? [];
      const { schema, variables, now } = this.#request;
      const { variableValues } = getVariableValues(schema, definitions, variables ?? {});
      return sizeOf(getArgumentValues(field, node, variableValues), now);
    } catch {
      // What is wrong with the arguments is said when they are used.
      return defaultSteps;
    }
  }

  /** Undefined where it is no number; a variable that is not given has its default. */
  #numberOf(value: ValueNode): number | undefined {
    if (value.kind === Kind.INT) return Number(value.value);
    if (value.kind !== Kind.VARIABLE) return undefined;
    const name = value.name.value;
    const given = this.#request.variables?.[name];
    if (given !== undefined) return typeof given === 'number' ? given : undefined;
    const definition = this.#operation()?.variableDefinitions?.find(({ variable }) => variable.name.value === name);
    return definition?.defaultValue?.kind === Kind.INT ? Number(definition.defaultValue.value) : undefined;
  }

  #typeOf(name: string | undefined, otherwise: GraphQLOutputType): GraphQLOutputType {
    const type = name === undefined ? undefined : this.#request.schema.getType(name);
    return type !== undefined && isCompositeType(type) ? type : otherwise;
  }
}

/** Steps of `kpiHistory`, as its arguments say; by default a step is a 60th of the stretch. */
function historySteps({ from, to, step }: Readonly<Record<string, unknown>>, now: number): number {
  if (step == null) return defaultSteps;
  const { size, unit } = step as TimeSpanInput;
  const steps = Math.ceil((Number(to ?? now) - Number(from)) / timeSpan(size, unit).ms);
  // More are refused when they are asked for.
  return steps >= 0 ? Math.min(steps, maxSteps) : defaultSteps;
}
