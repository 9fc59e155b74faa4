// The schema as a document: everything in it is explained, and the file in the repository is the one that the code prints.
import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { expect, test } from 'vitest';
import { printedSchema, schema } from '../../src/schema/schema.ts';
import { settings } from '../../src/settings/rows.ts';

interface Described {
  readonly place: string;
  readonly description: string | null | undefined;
}

/** A type and everything in it that can have a description. */
function partsOf(type: GraphQLNamedType): Described[] {
  const parts: Described[] = [{ place: type.name, description: type.description }];
  if (isEnumType(type)) {
    for (const { name, description } of type.getValues()) parts.push({ place: `${type.name}.${name}`, description });
  }
  if (isInputObjectType(type)) {
    for (const { name, description } of Object.values(type.getFields()))
      parts.push({ place: `${type.name}.${name}`, description });
  }
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const { name, description, args } of Object.values(type.getFields())) {
      parts.push({ place: `${type.name}.${name}`, description });
      parts.push(...args.map((arg) => ({ place: `${type.name}.${name}(${arg.name})`, description: arg.description })));
    }
  }
  return parts;
}

const own = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
);

test('every type, field, argument and value of the schema has a description', () => {
  const parts = own.flatMap(partsOf);
  expect(parts.length).toBeGreaterThan(300);
  expect(parts.filter(({ description }) => (description ?? '').trim() === '').map(({ place }) => place)).toEqual([]);
});

test('a field without a description would be found', () => {
  const bare = buildSchema('"A." type A { "b." b("c." c: Int, d: Int): Int e: Int } "F." enum F { G }');
  const parts = Object.values(bare.getTypeMap())
    .filter(({ name }) => /^[AF]$/.test(name))
    .flatMap(partsOf);
  expect(parts.filter(({ description }) => description == null).map(({ place }) => place)).toEqual([
    'A.b(d)',
    'A.e',
    'F.G',
  ]);
});

test('schema/schema.graphql is what the code prints (npm run schema writes it)', () => {
  const file = new URL('../../schema/schema.graphql', import.meta.url);
  expect(readFileSync(file, 'utf8')).toBe(printedSchema());
});

test('the printed schema can be read back', () => {
  const names = Object.keys(buildSchema(printedSchema()).getTypeMap());
  expect(names).toEqual(expect.arrayContaining(own.map(({ name }) => name)));
});

test('what a flag changes is printed as its default, with the flag', () => {
  const defaults = new Map<string, unknown>(settings.map((row) => [row.name, row.default]));
  const text = printedSchema().replace(/\s+/g, ' ');
  const found = [...text.matchAll(/([\d,]+) by default \(--([\w-]+)\)/g)];
  const names = ['max-page', 'default-page', 'batch-size', 'max-widgets', 'max-analyzers', 'training-days'];
  expect(new Set(found.map(([, , name]) => name))).toEqual(new Set([...names, 'insight-retention-days']));
  for (const [, number = '', name = ''] of found) {
    expect([name, Number(number.replace(',', ''))]).toEqual([name, defaults.get(name)]);
  }
  expect(text).not.toMatch(/\d by default(?! \(--)/);
});
