// Every limit of the engine, as options: the settings have the defaults.
import type { WebhookLimits } from '../alerts/webhooks.ts';
import type { DashboardLimits } from '../dashboards/dashboard.ts';
import type { FeedLimits } from '../feeds/feed.ts';
import type { PointRules } from '../points/validate-point.ts';
import type { InsightLimits } from './insights.ts';
import type { PageLimits } from './point-pages.ts';
import type { PredictionLimits } from './predictions.ts';
import type { ReadLimits } from './reads.ts';

export interface EngineLimits
  extends DashboardLimits,
    FeedLimits,
    PageLimits,
    WebhookLimits,
    InsightLimits,
    PredictionLimits,
    ReadLimits {
  readonly maxAnalyzers: number;
  readonly insightRetentionMs: number;
  readonly maxSeries: number;
  readonly maxGroups: number;
  readonly maxWindowBytes: number;
  readonly maxTotalWindowBytes: number;
  readonly maxWindows: number;
  readonly maxSimulations: number;
  readonly retentionMs: number;
  readonly fillTimeoutMs: number;
  readonly pointRules: PointRules;
}
