// The schema: every domain's file adds its part to the builder, here it is put together.
import './scalars.ts';
import './errors.ts';
import './points.ts';
import './series.ts';
import './ingest.ts';
import './kpis.ts';
import './dashboards.ts';
import './dashboard-edits.ts';
import './alert-rules.ts';
import './alerts.ts';
import './insights.ts';
import './analyzers.ts';
import './predictions.ts';
import './status.ts';
import './connections.ts';
import './simulations.ts';
import './demo.ts';
import { printSchema } from 'graphql';
import { builder } from './builder.ts';

export const schema = builder.toSchema();

/** The schema as text: what schema/schema.graphql holds. */
export function printedSchema(): string {
  return `${printSchema(schema)}\n`;
}
