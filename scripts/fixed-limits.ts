// The limits that are no settings, as rows for the README: each value is the code's own.
import { maxHeaderSize } from 'node:http';
import { maxRules, maxWebhooks, mostWindowsAhead } from '../src/alerts/rule.ts';
import {
  maxNameLength as maxDashboardName,
  maxTextLength as maxDescription,
  maxVisualizationBytes,
} from '../src/dashboards/edit-dashboard.ts';
import { maxColumns, maxRows } from '../src/dashboards/layout.ts';
import { alertRetentionMs, predictionRetentionMs } from '../src/engine/housekeeping.ts';
import { maxBatchIdLength } from '../src/engine/ingest.ts';
import { mostForecastGroups } from '../src/engine/kpi-forecasts.ts';
import { longestStretchMs, maxBuckets, maxSteps } from '../src/engine/kpis.ts';
import { mostKept } from '../src/engine/predictions.ts';
import { maxCount } from '../src/engine/simulations.ts';
import { mostSteps } from '../src/engine/training.ts';
import { maxLast } from '../src/engine/watch-points.ts';
import { longestName, mostFields } from '../src/insights/analyzer-setting.ts';
import { mostParts } from '../src/insights/subject-watch.ts';
import { mostGroups } from '../src/insights/widget-watch.ts';
import {
  maxConditionDepth,
  maxConditionParts,
  maxNeedleLength,
  maxTextLength,
  maxValues,
} from '../src/points/condition.ts';
import { maxPathLength } from '../src/points/field-path.ts';
import { maxRejectedRun } from '../src/points/line-guard.ts';
import { maxSearchedLength, maxSearchedPerBlock } from '../src/points/text-search.ts';
import { defaultPointRules, maxKeyLength, maxNameLength } from '../src/points/validate-point.ts';
import { maxIdLength } from '../src/server/authenticate.ts';
import { slowTerminateAfterMs, terminateAfterMs } from '../src/server/connection.ts';
import { maxRunning } from '../src/server/conversation.ts';
import { drainMs } from '../src/server/create-server.ts';
import { discardMs } from '../src/server/discard-rest.ts';
import { rejectionsListed } from '../src/server/ingest-body.ts';
import { unreadAnswersMs } from '../src/server/stall-watch.ts';
import { maxWindowLog } from '../src/server/unpack-body.ts';
import { maxErrors } from '../src/server/validate-document.ts';
import { maxVariablesDepth } from '../src/server/variables-depth.ts';
import { maxBufferedChunks } from '../src/server/websocket.ts';
import { maxFormulaLength } from '../src/windows/formula.ts';
import { maxGroupValueLength } from '../src/windows/group-key.ts';
import { longestWindowMs, maxGroupBy, maxOperands } from '../src/windows/window-query.ts';

interface FixedLimit {
  readonly what: string;
  readonly value: string;
  readonly past: string;
}

const invalid = 'InvalidInputError or BAD_USER_INPUT, with the path';

export const fixedLimits: readonly FixedLimit[] = [
  { what: 'headers of a request', value: bytes(maxHeaderSize), past: '431, and closed' },
  { what: 'a client id', value: characters(maxIdLength), past: 'an id is made up' },
  { what: 'the rest of a body that was refused', value: seconds(discardMs), past: 'the connection is dropped' },
  { what: 'the window of a zstd body', value: bytes(2 ** maxWindowLog), past: '400' },
  { what: 'rejected points that an answer lists', value: count(rejectionsListed), past: 'they are counted' },
  {
    what: 'lines of a body in a row that give no point',
    value: count(maxRejectedRun),
    past: 'the rest is not read: 400, or 207 where points were accepted before',
  },
  { what: 'errors that an invalid document is told', value: count(maxErrors), past: 'the others are not looked for' },
  { what: 'depth of variables', value: count(maxVariablesDepth), past: 'BAD_USER_INPUT, before anything is run' },
  { what: 'queries and mutations of a socket at a time', value: count(maxRunning), past: 'the next one waits' },
  {
    what: 'answers that a socket does not read while it asks on',
    value: seconds(unreadAnswersMs),
    past: 'closed with 1013',
  },
  { what: 'pieces of a WebSocket message that have come', value: count(maxBufferedChunks), past: 'closed with 1008' },
  { what: 'the answer to a close', value: seconds(terminateAfterMs), past: 'the connection is dropped' },
  {
    what: 'the answer to a close of a reader that was too slow',
    value: seconds(slowTerminateAfterMs),
    past: 'the connection is dropped',
  },
  { what: 'requests that run when the server stops', value: seconds(drainMs), past: 'their connections are dropped' },
  { what: 'entity type, service, field name', value: characters(maxNameLength), past: 'the point is rejected' },
  { what: 'key of a point', value: characters(maxKeyLength), past: 'the point is rejected' },
  { what: 'depth of `data`', value: count(defaultPointRules.maxDepth), past: 'the point is rejected' },
  { what: 'id of a batch', value: characters(maxBatchIdLength), past: 'BAD_USER_INPUT, 400' },
  { what: 'a dotted path', value: characters(maxPathLength), past: invalid },
  { what: 'depth of a condition', value: count(maxConditionDepth), past: invalid },
  { what: 'parts of a condition, and filters', value: count(maxConditionParts), past: invalid },
  { what: 'values of a filter', value: count(maxValues), past: invalid },
  { what: 'a text that a filter compares with', value: characters(maxTextLength), past: invalid },
  { what: 'a value in a group', value: characters(maxGroupValueLength), past: 'cut to its beginning and a hash' },
  { what: 'the text that CONTAINS looks for', value: characters(maxNeedleLength), past: invalid },
  {
    what: 'of a text that CONTAINS looks at',
    value: `the first ${characters(maxSearchedLength)}`,
    past: 'the rest is not looked at',
  },
  {
    what: 'what CONTAINS searches in a block of up to 500 live points',
    value: characters(maxSearchedPerBlock),
    past: 'LIMIT_EXCEEDED; subscriptions after it end',
  },
  { what: '`groupBy`', value: `${maxGroupBy} fields`, past: invalid },
  { what: 'alert rules of a widget', value: count(maxRules), past: invalid },
  { what: '`webhooks` of a rule', value: count(maxWebhooks), past: invalid },
  { what: '`within` of a rule on FORECAST', value: `1 to ${mostWindowsAhead} windows`, past: invalid },
  {
    what: 'groups of a widget that are forecast',
    value: `${mostForecastGroups}, those with most steps`,
    past: 'the rule holds its state',
  },
  {
    what: 'changes of alerts, and alerts that are inactive',
    value: days(alertRetentionMs),
    past: 'they are forgotten',
  },
  { what: 'steps of a prediction', value: count(mostSteps), past: invalid },
  {
    what: 'predictions',
    value: `${count(mostKept)}, ${days(predictionRetentionMs)}`,
    past: 'the oldest are forgotten',
  },
  { what: 'name of an analyzer', value: characters(longestName), past: invalid },
  { what: '`fields` of an analyzer', value: count(mostFields), past: invalid },
  { what: 'fields of an insight', value: count(mostParts), past: 'others are insights of their own' },
  { what: 'groups of a widget that are watched', value: count(mostGroups), past: 'others are not watched' },
  { what: 'a formula', value: `${characters(maxFormulaLength)}, ${maxOperands} operands`, past: invalid },
  { what: 'a window', value: days(longestWindowMs), past: invalid },
  { what: '`last` of `dataUpdates`', value: count(maxLast), past: invalid },
  { what: '`history` of a KPI', value: `${maxBuckets} buckets`, past: invalid },
  { what: '`kpiHistory`', value: `${count(maxSteps)} steps in ${days(longestStretchMs)}`, past: invalid },
  { what: 'points of a simulation', value: count(maxCount), past: invalid },
  { what: 'name of a dashboard or widget', value: characters(maxDashboardName), past: invalid },
  { what: 'description of a dashboard', value: characters(maxDescription), past: invalid },
  { what: '`visualization` of a widget', value: characters(maxVisualizationBytes), past: invalid },
  { what: 'grid of a dashboard', value: `${maxColumns} columns, ${count(maxRows)} rows`, past: invalid },
];

function count(value: number): string {
  return value.toLocaleString('en');
}

function characters(value: number): string {
  return `${count(value)} characters`;
}

function bytes(value: number): string {
  return `${count(value)} bytes`;
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}

function days(ms: number): string {
  return `${ms / 86_400_000} days`;
}
