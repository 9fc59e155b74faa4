// JSON of any layout to one value a line, for any chunks of the same bytes.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonValueSplitter } from '../../src/points/json-values.ts';
import { chunksOf, cuts } from '../support/chunks.ts';

function split(chunks: readonly Buffer[]): { lines: string[]; end: string | undefined } {
  const splitter = new JsonValueSplitter();
  const text = Buffer.concat(chunks.map((chunk) => Buffer.from(splitter.push(chunk)))).toString();
  return { lines: text === '' ? [] : text.replace(/\n$/, '').split('\n'), end: splitter.finish() };
}

function splitText(text: string) {
  return split([Buffer.from(text)]);
}

const texts = fc.string({ unit: fc.constantFrom(...'a"\\{}[],:\n\r\t é🚲/') });
// Without quotes and backslashes: having read {"\\":…}, JSON.parse of Node.js 24.21 (V8 13.6) takes the key of {"\"":…} for a backslash too.
const keys = fc.string({ unit: fc.constantFrom(...'a{}[],:\n\r\t é🚲/') });
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(texts, fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const objects = fc.array(fc.dictionary(keys, value, { maxKeys: 4, noNullPrototype: true }), { maxLength: 6 });
const layouts = fc.constantFrom('', ' ', '\t', '  ');

describe('values of JSON', () => {
  test('in an array of any layout come one a line', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 6 }), layouts, cuts, (values, layout, at) => {
        const { lines, end } = split(chunksOf(Buffer.from(`\n ${JSON.stringify(values, null, layout)}\r\n`), at));
        expect(end).toBeUndefined();
        expect(lines.map((line) => JSON.parse(line))).toEqual(values);
      }),
    );
  });

  test('one after the other, over any number of lines, come one a line', () => {
    const separators = fc.constantFrom('\n', '', ' ', '\r\n\r\n');
    fc.assert(
      fc.property(objects, layouts, separators, cuts, (values, layout, separator, at) => {
        const body = values.map((value) => JSON.stringify(value, null, layout)).join(separator);
        const { lines, end } = split(chunksOf(Buffer.from(body), at));
        expect(end).toBeUndefined();
        expect(lines.map((line) => JSON.parse(line))).toEqual(values);
      }),
    );
  });

  test('are the same lines for any chunks of the same bytes, be they JSON or not', () => {
    const bodies = fc.string({ unit: fc.constantFrom(...'[]{}",:\\ \n1a') });
    fc.assert(
      fc.property(bodies, cuts, (body, at) => {
        expect(split(chunksOf(Buffer.from(body), at))).toEqual(splitText(body));
      }),
      { numRuns: 500 },
    );
  });

  test('that are no JSON are not mended', () => {
    const broken = ['{"a": 1 2}', '{"a":tr ue}', '{"a":"x\ny"}', '{"a":"x\r\ny"}', '{"a" "b"}', '{1 : 2}'];
    for (const body of [...broken, ...broken.map((one) => `[${one}]`)]) {
      const { lines, end } = splitText(body);
      expect(end).toBeUndefined();
      expect(lines).toHaveLength(1);
      expect(() => JSON.parse(lines[0] ?? '')).toThrow();
    }
  });

  test('have one space where there were several', () => {
    expect(splitText('{\r\n\t"a  b":  [ 1,\n\n 2 ]\n}').lines).toEqual(['{ "a  b": [ 1, 2 ] }']);
  });

  test('keep a bad one apart from the good ones around it', () => {
    expect(splitText('{"a":1}\n}\n{\n"b": 2\n}\noops\n{"c":3}').lines).toEqual([
      '{"a":1}',
      '}',
      '{ "b": 2 }',
      'oops',
      '{"c":3}',
    ]);
  });

  test('of an empty body or array are none', () => {
    for (const body of ['', ' \n', '[]', ' [ \n ] ']) expect(splitText(body)).toEqual({ lines: [], end: undefined });
  });
});

describe('the end of the body', () => {
  test.each([
    ['inside a text', '[{"a":"b', 'the body ends inside a text'],
    ['behind a backslash', '"b\\"', 'the body ends inside a text'],
    ['inside of brackets', '{"a":[1,{', 'the body ends with 3 brackets open'],
    ['inside its array', '[{"a":1},', 'the body ends before the closing ] of its array'],
    ['after its array has ended', '[{"a":1}] {"a":2}', 'the body goes on after the closing ] of its array'],
  ])('%s is told', (_, body, message) => {
    expect(splitText(body).end).toBe(message);
  });

  test('gives no value that stands behind the array', () => {
    expect(splitText('[{"a":1}]\n[{"a":2}]').lines).toEqual(['{"a":1}']);
  });
});
