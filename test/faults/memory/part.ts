// `npm run faults -- memory`: what clients may do must not take more memory than the server promises, nor delay others.
import { attackPart } from '../support/attack.ts';
import { changingWindows } from './changing-windows.ts';
import { largeGroupKeys } from './large-group-keys.ts';
import { manyWindows } from './many-windows.ts';

export const part = attackPart('memory stays bounded and is given back, whatever clients ask for', [
  manyWindows,
  changingWindows,
  largeGroupKeys,
]);
