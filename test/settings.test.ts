// Settings: flags over environment over defaults, and rows that can be explained.
import { describe, expect, test } from 'vitest';
import { readSettings, variableOf } from '../src/settings/read-settings.ts';
import { settings } from '../src/settings/rows.ts';
import type { Setting } from '../src/settings/setting.ts';

const rows: readonly Setting[] = settings;

test('a flag goes before the environment, the environment before the default', () => {
  const environment = { PULSEQL_MAX_GROUPS: '20', PULSEQL_PORT: '5000', MAX_PAGE: '3' };
  const values = readSettings({ 'max-groups': '10' }, environment);
  expect([values['max-groups'], values.port, values['max-page']]).toEqual([10, 5000, 1000]);
});

test('without anything, every setting has its default', () => {
  const values: Record<string, unknown> = { ...readSettings({}, {}) };
  const defaults = rows.map(({ name, default: value, schema }) => [
    name,
    value === 'auto' ? schema.parse(value) : value,
  ]);
  expect(values).toEqual(Object.fromEntries(defaults));
});

test.each([
  [true, {}, true],
  [false, { PULSEQL_MEMORY: 'true' }, false],
  [undefined, { PULSEQL_MEMORY: 'true' }, true],
  [undefined, { PULSEQL_MEMORY: '1' }, true],
  [undefined, { PULSEQL_MEMORY: '' }, true],
  [undefined, { PULSEQL_MEMORY: '0' }, false],
  [undefined, { PULSEQL_MEMORY: 'false' }, false],
])('a switch of %s with %o is %s', (memory, environment, expected) => {
  expect(readSettings({ memory }, environment).memory).toBe(expected);
});

describe('a value that is not right is refused with the flag or variable, the value and what would be right', () => {
  test.each([
    [{ port: '65536' }, {}, '--port must be a whole number from 0 to 65535, not "65536"'],
    [{ port: '' }, {}, '--port must be a whole number from 0 to 65535, not ""'],
    [{}, { PULSEQL_PORT: '80.5' }, 'PULSEQL_PORT must be a whole number from 0 to 65535, not "80.5"'],
    [
      { 'max-groups': '0' },
      { PULSEQL_MAX_GROUPS: '5' },
      '--max-groups must be a whole number from 1 to 1000000000, not "0"',
    ],
    [{ 'retention-days': 'week' }, {}, '--retention-days must be a number from 0.0001 to 36500, not "week"'],
    [{ source: 'demos' }, {}, '--source must be one of demo, host, none, not "demos"'],
    [{ host: '' }, {}, '--host must not be empty, not ""'],
    [{}, { PULSEQL_MEMORY: 'yes' }, 'PULSEQL_MEMORY must be true or false, not "yes"'],
  ])('%o %o', (flags, environment, message) => {
    expect(() => readSettings(flags, environment)).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', message }),
    );
  });
});

test('every row has a name of its own, a help, and a default that it takes itself', () => {
  const names = rows.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, help, default: value, schema, placeholder } of rows) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(help.length).toBeGreaterThan(5);
    const parsed = schema.parse(typeof value === 'number' ? String(value) : value);
    if (value === 'auto' && typeof parsed === 'number') expect(parsed).toBeGreaterThan(0);
    else expect(parsed).toBe(value);
    expect(placeholder === '').toBe(typeof value === 'boolean');
  }
});

test('every limit says what happens past it', () => {
  const limits = rows.filter(({ name }) => /^(max-|batch-size|buffered-points|retention-days|fill-timeout)/.test(name));
  expect(limits.length).toBeGreaterThan(15);
  expect(limits.filter(({ past }) => past === undefined).map(({ name }) => name)).toEqual([]);
});

test('a variable is PULSEQL_ and the name in capitals', () => {
  expect(rows.map(({ name }) => variableOf(name))).toContain('PULSEQL_MAX_POINT_FIELDS');
});
