// The error class: what its makers put in.
import { expect, test } from 'vitest';
import {
  conflict,
  errorCodes,
  invalidInput,
  isPulseError,
  limitExceeded,
  notFound,
  PulseError,
} from '../../src/base/errors.ts';

test('an error is told by its code', () => {
  const error = limitExceeded('at most 50 dashboards', 50);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: 'PulseError', code: 'LIMIT_EXCEEDED', details: { limit: 50 } });
  expect(isPulseError(error)).toBe(true);
  expect(isPulseError(error, 'LIMIT_EXCEEDED')).toBe(true);
  expect(isPulseError(error, 'NOT_FOUND')).toBe(false);
  expect(isPulseError(new Error('other'))).toBe(false);
  expect(isPulseError(undefined)).toBe(false);
});

test('invalid input names each place and what is wrong there', () => {
  const error = invalidInput([
    { path: ['widgets', '0', 'title'], message: 'must not be empty' },
    { path: [], message: 'has no name' },
  ]);
  expect(error.message).toBe('widgets.0.title: must not be empty; has no name');
  expect(error.details.issues).toHaveLength(2);
});

test('what is not there is named with its id', () => {
  expect(notFound('dashboard', 'dash_"1"')).toMatchObject({
    message: 'there is no dashboard "dash_\\"1\\""',
    details: { id: 'dash_"1"' },
  });
});

test('a conflict says which version is there, where one is', () => {
  expect(conflict('changed meanwhile', 7).details).toEqual({ currentVersion: 7 });
  expect(conflict('used for other content').details).toEqual({});
});

test('a cause is kept, and absent where there is none', () => {
  const cause = new Error('disk');
  expect(new PulseError('STORAGE_FAILED', 'the store failed', {}, cause).cause).toBe(cause);
  expect('cause' in new PulseError('STORAGE_FAILED', 'the store failed')).toBe(false);
});

test('no code stands in the list twice', () => {
  expect(new Set(errorCodes).size).toBe(errorCodes.length);
});
