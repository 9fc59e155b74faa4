// Cells by kind: adding one is a file and a row here.
import { unreachable } from '../base/assert.ts';
import type { CellKind } from './aggregation.ts';
import type { Cells } from './cells.ts';
import { CountCells } from './count-cells.ts';
import { Distinct } from './distinct.ts';
import { NumberCells } from './number-cells.ts';
import { ObjectCells } from './object-cells.ts';
import { Sketch } from './sketch.ts';

export function makeCells(kind: CellKind): Cells {
  switch (kind) {
    case 'counts':
      return new CountCells();
    case 'numbers':
      return new NumberCells();
    case 'sketches':
      return new ObjectCells(() => new Sketch());
    case 'distinct':
      return new ObjectCells(() => new Distinct());
    default:
      return unreachable(kind);
  }
}
