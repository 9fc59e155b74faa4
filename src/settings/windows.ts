// Dashboards and the windows that KPIs are computed over.
import { autoOr, bytes, count, machineMemory } from './kinds.ts';
import type { Setting } from './setting.ts';

export const windowsSettings = [
  {
    name: 'max-dashboards',
    placeholder: 'N',
    schema: count,
    default: 50,
    help: 'dashboards',
    past: 'LimitExceededError',
  },
  {
    name: 'max-widgets',
    placeholder: 'N',
    schema: count,
    default: 20,
    help: 'widgets of a dashboard',
    past: 'LimitExceededError',
  },
  {
    name: 'max-windows',
    placeholder: 'N',
    schema: count,
    default: 2000,
    help: 'different KPI windows in memory at a time',
    past: 'LIMIT_EXCEEDED; windows without users for half a minute go first',
  },
  {
    name: 'max-groups',
    placeholder: 'N',
    schema: count,
    default: 1000,
    help: 'groups of a window',
    past: 'later groups are folded into one row with isOther, until a place falls free and all their points are in it',
  },
  {
    name: 'max-window-bytes',
    placeholder: 'BYTES',
    schema: bytes,
    default: 67_108_864,
    help: 'memory of the panes of one KPI window',
    past: 'groups are folded into one row with isOther, those that came last first',
  },
  {
    name: 'max-total-window-bytes',
    placeholder: 'BYTES',
    schema: autoOr(bytes, () => Math.min(512 * 1024 * 1024, Math.floor(machineMemory() / 4))),
    default: 'auto',
    help: "memory of all KPI windows together; auto: a quarter of the machine's, at most 512 MiB",
    past: 'windows without users are evicted, then LIMIT_EXCEEDED, also for the newest that are watched',
  },
  {
    name: 'fill-timeout-seconds',
    placeholder: 'N',
    schema: count,
    default: 10,
    help: "how long reading a new window's past may take",
    past: 'TIMEOUT',
  },
] as const satisfies readonly Setting[];
