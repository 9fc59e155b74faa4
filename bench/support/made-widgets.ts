// The points and widgets of the bench on windows: ten kinds of widgets on 20 series over an hour, the same for every contestant.
import type { KpiQueryInput } from '../../src/index.ts';
import { Random } from '../../src/sources/random.ts';

export interface OrderPoint {
  readonly service: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly amount: number;
  readonly latency: number;
  readonly country: string;
  readonly status: string;
  readonly user: string;
}

export const entityType = 'order';
export const serviceCount = 20;
export const hourMs = 3_600_000;
const countries = ['DE', 'FR', 'IT', 'NO', 'ES', 'PL'];
const statuses = [
  ['paid', 90],
  ['open', 7],
  ['failed', 3],
] as const;

/** So many points over the hour that ends at `endsAt`, then on with the same number a second. */
export function* makeOrders(count: number, endsAt: number, moreSeconds: number): IterableIterator<OrderPoint> {
  const random = new Random(7);
  const stepMs = hourMs / count;
  const all = Math.floor((hourMs + moreSeconds * 1000) / stepMs);
  for (let i = 0; i < all; i += 1) {
    yield {
      service: `shop-${random.integer(0, serviceCount - 1)}`,
      time: endsAt - hourMs + Math.floor((i + 1) * stepMs),
      amount: Math.round(random.logNormal(40, 1) * 100) / 100,
      latency: Math.round(random.logNormal(80, 0.6) * 10) / 10,
      country: countries[random.integer(0, countries.length - 1)] as string,
      status: random.pick(statuses),
      user: `user-${random.integer(0, 19_999)}`,
    };
  }
}

export const functions = [
  'COUNT',
  'RATE',
  'SUM',
  'AVG',
  'MIN',
  'MAX',
  'STDDEV',
  'LAST',
  'QUANTILE',
  'DISTINCT',
] as const;
export const variants = ['all', 'failed', 'one country', 'by country', 'by status, top 2'] as const;
const fields = { QUANTILE: 'latency', DISTINCT: 'user' } as const;

export interface MadeWidget {
  readonly service: string;
  readonly function: (typeof functions)[number];
  /** None for those that count points. */
  readonly field: string | null;
  readonly variant: (typeof variants)[number];
}

/** 1,000 widgets: every function in every variant on every series. */
export function makeWidgets(): MadeWidget[] {
  const widgets: MadeWidget[] = [];
  for (let service = 0; service < serviceCount; service += 1) {
    for (const variant of variants) {
      for (const name of functions) {
        const isCount = name === 'COUNT' || name === 'RATE';
        const field = isCount ? null : ((fields as Record<string, string>)[name] ?? 'amount');
        widgets.push({ service: `shop-${service}`, function: name, field, variant });
      }
    }
  }
  return widgets;
}

export function kpiOf({ service, function: name, field, variant }: MadeWidget): KpiQueryInput {
  const filter = { failed: { field: 'status', value: 'failed' }, 'one country': { field: 'country', value: 'DE' } }[
    variant as string
  ];
  return {
    entityType,
    serviceId: service,
    aggregation: { function: name, field, quantile: name === 'QUANTILE' ? 0.95 : null },
    timeWindow: { size: 1, unit: 'HOUR' },
    filters: filter === undefined ? [] : [{ field: filter.field, op: 'EQ', values: [filter.value] }],
    groupBy: variant === 'by country' ? ['country'] : variant === 'by status, top 2' ? ['status'] : [],
    top: variant === 'by status, top 2' ? 2 : null,
  };
}
