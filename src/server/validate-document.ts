// Validation, the same on every transport. Outside development a server tells nobody of names that he does not know: neither
// by introspection nor by suggestions.
import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  validate,
} from 'graphql';

const rulesOutsideDevelopment = [...specifiedRules, NoSchemaIntrospectionCustomRule];
// An error may be a hundred times as long as what caused it.
export const maxErrors = 8;

export function validateDocument(
  schema: GraphQLSchema,
  document: DocumentNode,
  isDevelopment: boolean,
): readonly GraphQLError[] {
  const rules = isDevelopment ? specifiedRules : rulesOutsideDevelopment;
  return validate(schema, document, rules, { maxErrors, hideSuggestions: !isDevelopment });
}
