// The engine's figures for Prometheus at /metrics, with those of the process.
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Engine } from '../engine/engine.ts';
import type { EngineStatus } from '../engine/status.ts';
import { reportUnforeseen } from './format-error.ts';
import type { HttpHandler } from './graphql-http.ts';

interface Figure {
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  read(status: EngineStatus): number;
}

const figures: readonly Figure[] = [
  {
    name: 'pulseql_points_processed_total',
    help: 'Points stored and processed.',
    kind: 'counter',
    read: (s) => s.performance.processedEvents,
  },
  {
    name: 'pulseql_points_rejected_total',
    help: 'Points that broke a rule.',
    kind: 'counter',
    read: (s) => s.performance.rejectedEvents,
  },
  {
    name: 'pulseql_points_duplicate_total',
    help: 'Points whose key had come before.',
    kind: 'counter',
    read: (s) => s.performance.duplicateEvents,
  },
  {
    name: 'pulseql_points_late_total',
    help: 'Points older than one of their series before.',
    kind: 'counter',
    read: (s) => s.performance.lateEvents,
  },
  {
    name: 'pulseql_updates_delivered_total',
    help: 'Updates handed to subscribers.',
    kind: 'counter',
    read: (s) => s.performance.deliveredMessages,
  },
  { name: 'pulseql_connections', help: 'Open WebSocket connections.', kind: 'gauge', read: (s) => s.connections },
  { name: 'pulseql_subscriptions', help: 'Open subscriptions.', kind: 'gauge', read: (s) => s.subscriptions },
  { name: 'pulseql_dashboards', help: 'Dashboards.', kind: 'gauge', read: (s) => s.dashboards },
  { name: 'pulseql_series', help: 'Known series.', kind: 'gauge', read: (s) => s.series },
  {
    name: 'pulseql_processing_p99_milliseconds',
    help: 'Acceptance to end of processing over the last minute, p99.',
    kind: 'gauge',
    read: (s) => s.performance.p99ProcessingTime,
  },
  {
    name: 'pulseql_event_loop_delay_p99_milliseconds',
    help: 'How late the event loop is, p99 over the last 30 to 60 s.',
    kind: 'gauge',
    read: (s) => s.performance.eventLoopDelayP99,
  },
  {
    name: 'pulseql_error_rate',
    help: 'Failed over processed in the last minute.',
    kind: 'gauge',
    read: (s) => s.performance.errorRate,
  },
];

export function prometheus(engine: Engine): HttpHandler {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const figure of figures) register(registry, figure, engine);
  return async (_request, response) => {
    try {
      const text = await registry.metrics();
      response.writeHead(200, { 'content-type': registry.contentType });
      response.end(text);
    } catch (error) {
      reportUnforeseen(engine, error);
      response.writeHead(500).end();
    }
  };
}

function register(registry: Registry, { name, help, kind, read }: Figure, engine: Engine): void {
  if (kind === 'gauge') {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      collect: () => gauge.set(read(engine.status())),
    });
    return;
  }
  const counter: Counter = new Counter({
    name,
    help,
    registers: [registry],
    collect: () => {
      counter.reset();
      counter.inc(read(engine.status()));
    },
  });
}
