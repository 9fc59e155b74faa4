// A sample of the attacks on memory; as a control each succeeds once the limit that stops it is switched off.
import { describe, expect, test } from 'vitest';
import { hasSetting } from '../../support/settings.ts';
import { type Attack, failuresOf } from '../support/attack.ts';
import { largeAnswers, longestAnswer } from './large-answers.ts';
import { manyWindows } from './many-windows.ts';
import { unfinishedLines } from './unfinished-lines.ts';
import { unreadCatchUp } from './unread-catch-up.ts';

const patienceMs = 300_000;
const sample = { seconds: 20, waitSeconds: 60 };
const unlimited = '1000000000';

/** Each attack with the setting whose limit stops it. */
const attacks: readonly { readonly attack: Attack; readonly setting: string }[] = [
  { attack: manyWindows, setting: 'max-total-window-bytes' },
  { attack: largeAnswers, setting: 'max-answer-bytes' },
  { attack: longestAnswer, setting: 'max-answer-bytes' },
  { attack: unreadCatchUp, setting: 'max-answer-bytes' },
  { attack: unfinishedLines, setting: 'max-http-connections' },
];

describe.each(attacks)('$attack.summary', ({ attack, setting }) => {
  test('takes no more memory than is promised, and gives it back', { timeout: patienceMs }, async () => {
    expect(await failuresOf(attack, sample)).toEqual([]);
  });

  test.runIf(hasSetting(setting))(`takes more without --${setting}`, { timeout: patienceMs }, async () => {
    const flags = [`--${setting}`, unlimited];
    expect(await failuresOf(attack, { ...sample, flags })).not.toEqual([]);
  });
});
