// What is refused as a point, and that each refusal names the path, the value and what would be right.
import { describe, expect, test } from 'vitest';
import { defaultPointRules, revivePoint, validatePoint } from '../../src/points/validate-point.ts';

const now = Date.UTC(2026, 10, 24, 12);
const good = { entityType: 'orders', serviceId: 'web', timestamp: '2026-11-24T11:59:00.000Z', data: { amount: 5 } };

function validate(value: unknown) {
  return validatePoint(value, now, defaultPointRules);
}

/** What is said of a good point with these fields instead. */
function refusal(fields: Record<string, unknown>) {
  return validate({ ...good, ...fields });
}

/** What is said of a good point with this JSON as its data. */
function refusalOfData(json: string) {
  return refusal({ data: JSON.parse(json) });
}

describe('a valid point', () => {
  test('has its time in milliseconds, and null where metadata and key were left out', () => {
    expect(validate(good)).toEqual({
      entityType: 'orders',
      serviceId: 'web',
      timestamp: Date.UTC(2026, 10, 24, 11, 59),
      data: { amount: 5 },
      metadata: null,
      key: null,
    });
  });

  test('without a timestamp has none until the log says when it arrived', () => {
    expect(validate({ ...good, timestamp: undefined })).toMatchObject({ timestamp: Number.NaN });
    expect(validate({ ...good, timestamp: null })).toMatchObject({ timestamp: Number.NaN });
  });

  test('may have anything that JSON has in its data', () => {
    const data = { n: -0.5, t: '', b: false, nothing: null, list: [1, 'two', { three: 3 }, []], deep: { er: {} } };
    expect(validate({ ...good, data })).toMatchObject({ data });
    expect(validate({ ...good, data: {} })).toMatchObject({ data: {} });
  });

  test('keeps metadata and key as they came', () => {
    const metadata = { source: 'till 4', confidence: 0.9, processingTime: null };
    expect(validate({ ...good, metadata, key: 'receipt 17' })).toMatchObject({ metadata, key: 'receipt 17' });
  });

  test('may be up to 10 s ahead of the log, and no more', () => {
    expect(validate({ ...good, timestamp: '2026-11-24T12:00:10.000Z' })).toMatchObject({ serviceId: 'web' });
    expect(refusal({ timestamp: '2026-11-24T12:00:11.000Z' })).toBe(
      'timestamp: "2026-11-24T12:00:11.000Z" is 11 s ahead of this server\'s clock; at most 10 s are taken',
    );
  });
});

describe('what is no point at all', () => {
  test.each([
    ['an array of points', [good], 'an array of 1'],
    ['null', null, 'null'],
    ['a text', 'orders', '"orders"'],
    ['a number', 17, '17'],
  ])('%s is refused as what it is', (_, value, shown) => {
    expect(validate(value)).toBe(`a point is an object with entityType, serviceId and data, not ${shown}`);
  });

  test('arrays nested deeper than JSON can be written are refused, not an overflow', () => {
    const deep = '['.repeat(30_000) + ']'.repeat(30_000);
    expect(() => JSON.stringify(JSON.parse(deep))).toThrow(RangeError);
    expect(validate(JSON.parse(deep))).toContain('not an array of 1');
    for (const field of ['entityType', 'timestamp', 'metadata', 'key']) {
      expect(refusal({ [field]: JSON.parse(deep) })).toContain('not an array of 1');
    }
    expect(refusal({ metadata: { source: JSON.parse(deep) } })).toContain('not an array of 1');
    expect(refusalOfData(`{"a":${deep}}`)).toMatch(/^data\.a(\.0)+: nests more than 16 deep$/);
  });
});

describe('names', () => {
  test.each(['entityType', 'serviceId'])('a point without %s is refused', (name) => {
    expect(refusal({ [name]: undefined })).toBe(`${name}: is missing; it must be a text of 1 to 256 characters`);
  });

  test.each([
    ['', '""'],
    [null, 'null'],
    [7, '7'],
    [{}, 'an object'],
  ])('%j is no name', (name, shown) => {
    expect(refusal({ serviceId: name })).toBe(`serviceId: must be a text of 1 to 256 characters, not ${shown}`);
  });

  test('a name has 256 characters at most', () => {
    expect(refusal({ entityType: 'x'.repeat(256) })).toBeTypeOf('object');
    expect(refusal({ entityType: 'x'.repeat(257) })).toContain('entityType: must be a text of 1 to 256 characters');
  });

  test('a control character or half a surrogate pair in a name is shown escaped', () => {
    expect(refusal({ entityType: 'a\nb' })).toBe(
      'entityType: must have no control characters or lone surrogates, not "a\\nb"',
    );
    expect(refusal({ entityType: 'a\ud800' })).toContain('not "a\\ud800"');
    expect(refusal({ entityType: 'café 🚲' })).toBeTypeOf('object');
  });

  test('a field that a point has not is named, with those it has', () => {
    expect(refusal({ amount: 5 })).toBe(
      'amount: is no field of a point; measurements belong in data, ' +
        'the fields are entityType, serviceId, timestamp, data, metadata, key',
    );
    expect(validate(JSON.parse(`{"__proto__":{},${JSON.stringify(good).slice(1)}`))).toContain(
      '__proto__: is no field',
    );
  });
});

describe('times', () => {
  test('a point from 1970 is refused with a hint at seconds taken for milliseconds', () => {
    expect(refusal({ timestamp: '1970-01-20T15:31:33.000Z' })).toBe(
      'timestamp: "1970-01-20T15:31:33.000Z" is before 2000; were seconds taken for milliseconds?',
    );
  });

  test('a point from 2999 is refused as ahead of the clock', () => {
    expect(refusal({ timestamp: '2999-01-01T00:00:00Z' })).toMatch(
      /^timestamp: "2999-01-01T00:00:00Z" is \d+ s ahead of this server's clock/,
    );
  });

  test.each([
    ['2026-11-24', '"2026-11-24"'],
    ['yesterday', '"yesterday"'],
    ['', '""'],
    ['2026-11-24T11:00:00', '"2026-11-24T11:00:00"'],
    [true, 'true'],
    [{ seconds: 5 }, 'an object'],
  ])('%j is no timestamp', (timestamp, shown) => {
    expect(refusal({ timestamp })).toBe(
      `timestamp: must be RFC 3339 with an offset, such as 2026-11-24T16:38:52.123Z, not ${shown}`,
    );
  });

  test('a number as timestamp is refused with the text that it would be', () => {
    const said = 'timestamp: must be RFC 3339 text, not the number 1795519132';
    expect(refusal({ timestamp: 1795519132 })).toBe(`${said}; "2026-11-24T11:18:52.000Z" perhaps`);
    expect(refusal({ timestamp: 1795519132123 })).toBe(`${said}123; "2026-11-24T11:18:52.123Z" perhaps`);
    expect(refusal({ timestamp: JSON.parse('1e999') })).toContain('not the number Infinity; "2026-11-24');
  });
});

describe('data', () => {
  test('a point without data is refused', () => {
    expect(refusal({ data: undefined })).toBe('data: is missing; it must be an object of fields');
  });

  test.each([
    [null, 'null'],
    [[1, 2], 'an array of 2'],
    ['amount=5', '"amount=5"'],
  ])('%j is no data', (data, shown) => {
    expect(refusal({ data })).toBe(`data: must be an object of fields, not ${shown}`);
  });

  test('a number past what a double holds is refused at any depth', () => {
    expect(refusalOfData('{"amount":1e999}')).toBe('data.amount: must be a finite number, not Infinity');
    expect(refusalOfData('{"a":{"b":[1,-1e999]}}')).toBe('data.a.b.1: must be a finite number, not -Infinity');
  });

  test('a field may not be called __proto__, at any depth, nor have no name or one of more than 256 characters', () => {
    const said = 'is no name a field may have: 1 to 256 characters, not __proto__';
    expect(refusalOfData('{"__proto__":1}')).toBe(`data.__proto__: ${said}`);
    expect(refusalOfData('{"a":[{"__proto__":{}}]}')).toBe(`data.a.0.__proto__: ${said}`);
    expect(refusalOfData('{"":1}')).toBe(`data.: ${said}`);
    expect(refusal({ data: { ['x'.repeat(257)]: 1 } })).toContain(said);
    expect(refusalOfData('{"constructor":1,"toString":2}')).toBeTypeOf('object');
  });

  test('data may nest 16 deep, and no deeper', () => {
    const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    expect(refusalOfData(nested(17))).toBeTypeOf('object');
    expect(refusalOfData(nested(18))).toBe(`data${'.a'.repeat(17)}: nests more than 16 deep`);
  });

  test('data has 500 fields at most, counted at all depths', () => {
    const list = (count: number) => ({ list: Array.from({ length: count }, (_, i) => i) });
    expect(refusal({ data: list(499) })).toBeTypeOf('object');
    expect(refusal({ data: list(500) })).toBe('data: has more than 500 fields');
  });
});

describe('metadata and key', () => {
  test('metadata is an object', () => {
    expect(refusal({ metadata: [1] })).toBe('metadata: must be an object, not an array of 1');
    expect(refusal({ metadata: 'till' })).toBe('metadata: must be an object, not "till"');
  });

  test('a number sent as text is refused, not converted', () => {
    expect(refusal({ metadata: { confidence: '0.9' } })).toBe(
      'metadata.confidence: must be a finite number, not "0.9"',
    );
    expect(refusal({ metadata: { processingTime: JSON.parse('1e999') } })).toBe(
      'metadata.processingTime: must be a finite number, not Infinity',
    );
  });

  test('the source is a text', () => {
    expect(refusal({ metadata: { source: 4 } })).toBe(
      'metadata.source: must be a text of at most 256 characters, not 4',
    );
    expect(refusal({ metadata: { source: 'x'.repeat(257) } })).toContain('metadata.source: must be a text');
  });

  test('what metadata has not is named', () => {
    expect(refusal({ metadata: { host: 'a' } })).toBe(
      'metadata.host: is not known; metadata has source, confidence and processingTime',
    );
    expect(refusal({ metadata: JSON.parse('{"__proto__":1}') })).toContain('metadata.__proto__: is not known');
  });

  test.each([
    ['', '""'],
    [17, '17'],
    ['\udfff', '"\\udfff"'],
  ])('%j is no key', (key, shown) => {
    expect(refusal({ key })).toBe(`key: must be a text of 1 to 256 characters without lone surrogates, not ${shown}`);
  });

  test('a key has 256 characters at most', () => {
    expect(refusal({ key: 'k'.repeat(256) })).toBeTypeOf('object');
    expect(refusal({ key: 'k'.repeat(257) })).toContain('key: must be a text of 1 to 256 characters');
  });
});

describe('a stored line', () => {
  test('gives the point back that was validated', () => {
    const { key: _, ...point } = validate(good) as Exclude<ReturnType<typeof validate>, string>;
    expect(revivePoint(good, now)).toEqual(point);
  });

  test('without a timestamp has the time of its arrival', () => {
    expect(revivePoint({ ...good, timestamp: null }, now)).toMatchObject({ timestamp: now, metadata: null });
    expect(revivePoint({ ...good, timestamp: undefined }, now)).toMatchObject({ timestamp: now });
  });
});
