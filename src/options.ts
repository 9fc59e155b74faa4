// Settings as the options of the rooms, which have no defaults of their own.
import { readFileSync } from 'node:fs';
import type { EngineLimits } from './engine/engine-limits.ts';
import { defaultPointRules } from './points/validate-point.ts';
import type { ServerLimits } from './server/create-server.ts';
import type { Settings } from './settings/read-settings.ts';

const packageFile = new URL('../package.json', import.meta.url);
export const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { readonly version: string };

const secondMs = 1000;
const minuteMs = 60_000;
const dayMs = 86_400_000;

export function engineLimits(settings: Settings): EngineLimits {
  const maxAheadMs = settings['max-ahead-seconds'] * secondMs;
  return {
    maxSeries: settings['max-series'],
    maxGroups: settings['max-groups'],
    maxWindowBytes: settings['max-window-bytes'],
    maxAnswerBytes: settings['max-answer-bytes'],
    maxReads: settings['max-reads'],
    maxReadPoints: settings['max-read-points'],
    readTimeoutMs: settings['read-timeout-seconds'] * secondMs,
    maxTotalWindowBytes: settings['max-total-window-bytes'],
    takesWebhooks: settings['webhook-secret'] !== '',
    webhookSecret: settings['webhook-secret'] === '' ? null : settings['webhook-secret'],
    webhookTimeoutMs: settings['webhook-timeout-seconds'] * secondMs,
    webhookRetries: settings['webhook-retries'],
    maxQueuedWebhooks: settings['max-queued-webhooks'],
    webhooksReachPrivate: settings['webhook-private-addresses'],
    maxWindows: settings['max-windows'],
    maxSimulations: settings['max-simulations'],
    maxMetrics: settings['max-metrics'],
    maxQueuedForecasts: settings['max-queued-forecasts'],
    maxKeptFits: settings['max-kept-fits'],
    forecastTimeoutMs: settings['forecast-timeout-seconds'] * secondMs,
    trainingMs: settings['training-days'] * dayMs,
    maxAnalyzers: settings['max-analyzers'],
    maxInsightsAnHour: settings['max-insights-an-hour'],
    insightRetentionMs: settings['insight-retention-days'] * dayMs,
    maxDashboards: settings['max-dashboards'],
    maxWidgets: settings['max-widgets'],
    batchSize: settings['batch-size'],
    bufferedPoints: settings['buffered-points'],
    maxScanned: settings['max-scanned'],
    defaultPage: settings['default-page'],
    maxPage: settings['max-page'],
    maxAheadMs,
    retentionMs: settings['retention-days'] * dayMs,
    fillTimeoutMs: settings['fill-timeout-seconds'] * secondMs,
    pointRules: { ...defaultPointRules, maxAheadMs, maxFields: settings['max-point-fields'] },
  };
}

export function maxClockStepMs(settings: Settings): number {
  return settings['max-clock-step-minutes'] * minuteMs;
}

export function serverLimits(settings: Settings): ServerLimits {
  return {
    maxConnections: settings['max-connections'],
    maxAnswerBytes: settings['max-answer-bytes'],
    maxTotalAnswerBytes: settings['max-total-answer-bytes'],
    maxHttpConnections: settings['max-http-connections'],
    maxUnfinishedBytes: settings['max-unfinished-bytes'],
    minBodyBytesPerSecond: settings['min-body-bytes-per-second'],
    maxSubscriptions: settings['max-subscriptions'],
    maxMessageBytes: settings['max-message-bytes'],
    maxInitBytes: settings['max-init-bytes'],
    maxFragments: settings['max-fragments'],
    compressesFrames: settings['websocket-compression'],
    maxQueuedBytes: settings['max-queued-bytes'],
    maxTokens: settings['max-tokens'],
    maxDepth: settings['max-depth'],
    maxAliases: settings['max-aliases'],
    maxDirectives: settings['max-directives'],
    maxCost: settings['max-cost'],
    maxBodyBytes: settings['max-body-bytes'],
    maxLineBytes: settings['max-line-bytes'],
    maxInflatedBytes: settings['max-inflated-bytes'],
    maxRequestsPerMinute: settings['max-requests-per-minute'],
    clientAddressHeader: settings['client-address-header'],
    allowedHosts: settings['allowed-hosts'],
    allowedOrigins: settings['allowed-origins'],
    isDevelopment: isDevelopment(settings),
    headerTimeoutMs: settings['header-timeout-seconds'] * secondMs,
    bodyTimeoutMs: settings['body-timeout-seconds'] * secondMs,
    keepAliveMs: settings['keep-alive-seconds'] * secondMs,
    stallMs: settings['stall-seconds'] * secondMs,
    initTimeoutMs: settings['init-timeout-seconds'] * secondMs,
    heartbeatMs: settings['heartbeat-seconds'] * secondMs,
  };
}

function isDevelopment({ development, host }: Settings): boolean {
  if (development !== 'auto') return development === 'true';
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
