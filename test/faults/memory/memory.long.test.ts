// A sample of the attacks on memory; as a control each succeeds once the limits that stop it are switched off.
import { describe, expect, test } from 'vitest';
import { type Attack, failuresOf } from '../support/attack.ts';
import { largeAnswers } from './large-answers.ts';
import { unfinishedLines } from './unfinished-lines.ts';

const patienceMs = 300_000;
const sample = { seconds: 20, waitSeconds: 1 };
const unlimited = '100000000000';

/** Each attack with the settings whose limits stop it. */
const attacks: readonly { readonly attack: Attack; readonly settings: readonly string[] }[] = [
  { attack: largeAnswers, settings: ['max-answer-bytes'] },
  { attack: unfinishedLines, settings: ['max-unfinished-bytes', 'max-http-connections'] },
];

describe.each(attacks)('$attack.summary', ({ attack, settings }) => {
  test('takes no more memory than is promised', { timeout: patienceMs }, async () => {
    expect(await failuresOf(attack, sample)).toEqual([]);
  });

  test('takes more without its limits', { timeout: patienceMs }, async () => {
    const flags = settings.flatMap((name) => [`--${name}`, name.includes('bytes') ? unlimited : '1000000']);
    expect(await failuresOf(attack, { ...sample, flags })).not.toEqual([]);
  });
});
