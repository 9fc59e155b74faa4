// `npm run faults -- memory`: what clients may do must not take more memory than the server promises, nor delay others.
import { attackPart } from '../support/attack.ts';
import { changingWindows } from './changing-windows.ts';
import { largeAnswers, longestAnswer } from './large-answers.ts';
import { largeGroupKeys } from './large-group-keys.ts';
import { manyWindows } from './many-windows.ts';
import { unfinishedLines } from './unfinished-lines.ts';
import { stalledAnswers, unreadAnswers } from './unread-answers.ts';
import { unreadCatchUp } from './unread-catch-up.ts';

export const part = attackPart('memory stays bounded and is given back, whatever clients ask for', [
  manyWindows,
  changingWindows,
  largeGroupKeys,
  largeAnswers,
  longestAnswer,
  unreadCatchUp,
  unreadAnswers,
  stalledAnswers,
  unfinishedLines,
]);
