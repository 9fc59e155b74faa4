// What a child that appends has been told of, compared with what its store has afterwards.
import assert from 'node:assert/strict';
import type { StoredPoint } from '../../src/points/point.ts';
import type { Line } from '../support/append-until-killed.ts';

/** Batches by id with their place, and the newest version of the document. */
export interface Acknowledged {
  readonly batches: Map<string, { readonly first: number; readonly count: number }>;
  document: number;
}

export function noteLine(line: Line, acknowledged: Acknowledged): void {
  if ('document' in line) acknowledged.document = line.document;
  else if ('batch' in line) acknowledged.batches.set(line.batch, line);
}

/** Throws unless every acknowledged batch is in its place, and every other one is there whole or not at all. */
export function checkPoints(points: readonly StoredPoint[], { batches }: Acknowledged): void {
  const found = new Map<string, number[]>();
  for (const [i, { offset, data }] of points.entries()) {
    assert.equal(offset, i + 1, 'offsets are dense');
    const batch = String(data['batch']);
    const places = found.get(batch) ?? [];
    found.set(batch, places);
    assert.equal(data['n'], places.length, `points of ${batch} are there once, in order`);
    places.push(offset);
    if (places.length === data['count']) assert.equal(offset, (places[0] ?? 0) + places.length - 1, 'in one piece');
  }
  for (const [batch, places] of found) {
    assert.equal(places.length, points[(places[0] ?? 0) - 1]?.data['count'], `${batch} is there whole or not at all`);
  }
  for (const [batch, { first, count }] of batches) {
    const places = found.get(batch);
    assert.deepEqual([places?.[0], places?.length], [first, count], `${batch} is where it was acknowledged to be`);
  }
}
