// Who asks the same: the same document, however it is written, under the same name, with the same variables and rights. Where a subscription begins
// (`after`, `last`) is each one's own, and so is who asks, where no field that is selected depends on it.
import {
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  print,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/** Of a document and the operation in it. */
interface Form {
  readonly text: string;
  /** Of the operation; null: it has none. */
  readonly name: string | null;
  /** Names of the variables that it depends on, sorted. */
  readonly variables: readonly string[];
  readonly dependsOnViewer: boolean;
}

export interface ShareKeyOptions {
  readonly args: ExecutionArgs;
  readonly viewer: { readonly id: string; readonly rights: object };
}

const catchUp = new Set(['after', 'last']);
/** Name of the extension of a field whose value depends on who asks, beyond his rights. */
export const dependsOnViewer = 'dependsOnViewer';

export class ShareKeys {
  // Documents are the same object for the same text.
  readonly #forms = new WeakMap<DocumentNode, Map<string, Form>>();

  keyOf({ args, viewer }: ShareKeyOptions): string {
    const { text, name, variables, dependsOnViewer: isOwn } = this.#formOf(args);
    const values = variables.map((name) => sorted(args.variableValues?.[name]));
    return JSON.stringify([text, name, values, viewer.rights, isOwn ? viewer.id : null]);
  }

  #formOf({ schema, document, operationName }: ExecutionArgs): Form {
    const forms = this.#forms.get(document) ?? new Map<string, Form>();
    this.#forms.set(document, forms);
    const name = operationName ?? '';
    const form = forms.get(name) ?? formOf(schema, document, operationName);
    forms.set(name, form);
    return form;
  }
}

function formOf(schema: GraphQLSchema, document: DocumentNode, operationName: string | null | undefined): Form {
  const operation = getOperationAST(document, operationName);
  const info = new TypeInfo(schema);
  let isOwn = false;
  const stripped = visit(
    document,
    visitWithTypeInfo(info, {
      Field(node) {
        if (info.getFieldDef()?.extensions[dependsOnViewer] === true) isOwn = true;
        if (info.getParentType() !== schema.getSubscriptionType()) return undefined;
        return { ...node, arguments: (node.arguments ?? []).filter(({ name }) => !catchUp.has(name.value)) };
      },
    }),
  );
  const used = new Set<string>();
  visit(stripped, {
    VariableDefinition: () => false,
    Variable: ({ name }) => {
      used.add(name.value);
    },
  });
  const declared = operation?.variableDefinitions?.map(({ variable }) => variable.name.value) ?? [];
  const text = print(
    visit(stripped, {
      [Kind.VARIABLE_DEFINITION]: (node) => (used.has(node.variable.name.value) ? undefined : null),
    }),
  );
  const name = operation?.name?.value ?? null;
  return { text, name, variables: declared.filter((name) => used.has(name)).sort(), dependsOnViewer: isOwn };
}

/** The same value whatever the order of its keys; undefined: it is not given, which is not null. */
function sorted(value: unknown): unknown {
  if (value === undefined) return [];
  return [
    JSON.parse(
      JSON.stringify(value, (_, one) => (isPlain(one) ? Object.fromEntries(Object.entries(one).sort()) : one)),
    ),
  ];
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
