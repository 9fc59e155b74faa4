// Outside development a server names nothing of its schema that the client has not written: graphql's messages name required
// arguments and fields, and the types that it expected.
import {
  GraphQLError,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { placeOf } from './format-error.ts';

// Every schema has them.
const openTypes = ['Query', 'Mutation', 'Subscription'];
const nameToken = /[_A-Za-z]\w*/g;
const hidden = '…';

/** Takes names out of errors about documents and variables: all of the schema's that the document does not have. */
export class HiddenNames {
  readonly #types = new Set<string>();
  readonly #names = new Set<string>();

  constructor(schema: GraphQLSchema) {
    for (const type of Object.values(schema.getTypeMap())) {
      if (isSpecifiedScalarType(type) || openTypes.includes(type.name)) continue;
      if (!type.name.startsWith('__')) this.#types.add(type.name);
    }
    for (const type of Object.values(schema.getTypeMap())) {
      if (isEnumType(type)) for (const { name } of type.getValues()) this.#names.add(name);
      if (isInputObjectType(type)) for (const name of Object.keys(type.getFields())) this.#names.add(name);
      if (!isObjectType(type) && !isInterfaceType(type)) continue;
      for (const { name, args } of Object.values(type.getFields())) {
        this.#names.add(name);
        for (const arg of args) this.#names.add(arg.name);
      }
    }
  }

  /** The same error with a message that names only what its document does. */
  without(error: GraphQLError): GraphQLError {
    const written = new Set((error.source ?? error.nodes?.[0]?.loc?.source)?.body.match(nameToken));
    const quoted = error.message.replace(/"[^"]*"/g, (text) => replaceNames(text, [this.#types, this.#names], written));
    // Where a client's own quotes stand in a message, what is quoted begins elsewhere.
    const message = replaceNames(quoted, [this.#types], written);
    if (message === error.message) return error;
    return new GraphQLError(message, { ...placeOf(error), extensions: error.extensions });
  }
}

function replaceNames(text: string, names: readonly ReadonlySet<string>[], written: ReadonlySet<string>): string {
  return text.replace(nameToken, (name) =>
    !written.has(name) && names.some((some) => some.has(name)) ? hidden : name,
  );
}
