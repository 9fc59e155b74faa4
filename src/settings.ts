// Every setting of the server, a row each: the parser, --help and the README's table are made from these rows, and no
// other place has a default.
import type { z } from 'zod';
import { badUserInput } from './base/errors.ts';
import { shown } from './base/json.ts';
import { count, flag, header, number, oneOf, origins, secret, text } from './setting-kinds.ts';

export interface Setting {
  readonly name: string;
  /** What a value of it looks like in --help; empty for a switch. */
  readonly placeholder: string;
  readonly schema: z.ZodType;
  readonly default: string | number | boolean;
  readonly help: string;
  /** What happens past it, where it is a limit. */
  readonly past?: string;
}

export const settings = [
  {
    name: 'port',
    placeholder: 'N',
    schema: number({ least: 0, most: 65_535 }),
    default: 4000,
    help: 'port to listen on; 0 takes a free one',
  },
  {
    name: 'host',
    placeholder: 'NAME',
    schema: text,
    default: '127.0.0.1',
    help: 'address to listen on; 0.0.0.0 for all',
  },
  {
    name: 'data',
    placeholder: 'FOLDER',
    schema: text,
    default: './data',
    help: 'folder of the store; made where it is not there',
  },
  {
    name: 'memory',
    placeholder: '',
    schema: flag,
    default: false,
    help: 'keep everything in memory and nothing on disk',
  },
  {
    name: 'source',
    placeholder: 'NAME',
    schema: oneOf(['demo', 'host', 'none']),
    default: 'demo',
    help: "demo: a made-up shop, where no data was ever sent; host: this machine's own figures; none",
  },
  {
    name: 'log-level',
    placeholder: 'LEVEL',
    schema: oneOf(['debug', 'info', 'warn', 'error', 'silent']),
    default: 'warn',
    help: 'what is logged: debug, info, warn, error or silent',
  },
  {
    name: 'development',
    placeholder: 'WHEN',
    schema: oneOf(['auto', 'true', 'false']),
    default: 'auto',
    help: 'GraphiQL, introspection and suggested names: true, false, or auto, where only this machine can connect',
  },
  {
    name: 'allowed-origins',
    placeholder: 'LIST',
    schema: origins,
    default: '',
    help: "origins whose pages may connect beside the server's own, such as https://app.example.com, separated by commas; * for all",
    past: '403',
  },
  {
    name: 'max-connections',
    placeholder: 'N',
    schema: count,
    default: 100,
    help: 'open WebSocket connections, and as many streams over HTTP',
    past: 'closed with 1013, which clients retry; a stream is 503 with Retry-After',
  },
  {
    name: 'max-subscriptions',
    placeholder: 'N',
    schema: count,
    default: 100,
    help: 'subscriptions of one socket',
    past: '`error` message with LIMIT_EXCEEDED, the socket lives',
  },
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
    past: 'LIMIT_EXCEEDED; windows that nobody asked for in a minute go first',
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
    schema: count,
    default: 67_108_864,
    help: 'memory of the panes of one KPI window',
    past: 'groups are folded into one row with isOther, those that came last first',
  },
  {
    name: 'max-series',
    placeholder: 'N',
    schema: count,
    default: 10_000,
    help: 'series, each an entity type of one service',
    past: 'points of further series are rejected',
  },
  {
    name: 'max-simulations',
    placeholder: 'N',
    schema: count,
    default: 20,
    help: 'simulations that run at a time',
    past: 'LimitExceededError',
  },
  {
    name: 'batch-size',
    placeholder: 'N',
    schema: count,
    default: 50,
    help: 'points of one update',
    past: 'the latest stay, the others are counted in `skipped`; EVERY_POINT sends several updates',
  },
  {
    name: 'buffered-points',
    placeholder: 'N',
    schema: count,
    default: 4096,
    help: 'points that wait for a slow reader of EVERY_POINT',
    past: 'the oldest are left out and counted in `skipped`',
  },
  { name: 'max-page', placeholder: 'N', schema: count, default: 1000, help: 'items of a page', past: 'BAD_USER_INPUT' },
  {
    name: 'default-page',
    placeholder: 'N',
    schema: count,
    default: 50,
    help: 'items of a page where neither first nor last is given',
  },
  {
    name: 'max-scanned',
    placeholder: 'N',
    schema: count,
    default: 200_000,
    help: 'points that one request for points looks at',
    past: 'a short page, whose cursor says where it stopped',
  },
  {
    name: 'max-body-bytes',
    placeholder: 'BYTES',
    schema: count,
    default: 1_048_576,
    help: 'body of a request to /graphql',
    past: '413',
  },
  {
    name: 'max-inflated-bytes',
    placeholder: 'BYTES',
    schema: count,
    default: 268_435_456,
    help: 'a body of /ingest that came as gzip or zstd, unpacked',
    past: '413; what was stored before is kept, and counted in the answer',
  },
  {
    name: 'max-line-bytes',
    placeholder: 'BYTES',
    schema: count,
    default: 1_048_576,
    help: 'a line of /ingest; the whole body has no limit',
    past: '413; the lines before it are kept',
  },
  {
    name: 'max-tokens',
    placeholder: 'N',
    schema: count,
    default: 2000,
    help: 'tokens of a GraphQL document',
    past: 'a syntax error',
  },
  {
    name: 'max-depth',
    placeholder: 'N',
    schema: count,
    default: 12,
    help: 'fields within fields of a document; introspection has a rule of its own',
    past: 'LIMIT_EXCEEDED, before anything is run',
  },
  {
    name: 'max-aliases',
    placeholder: 'N',
    schema: count,
    default: 30,
    help: 'aliases in a document, and fields written again beside their like',
    past: 'LIMIT_EXCEEDED, before anything is run',
  },
  {
    name: 'max-directives',
    placeholder: 'N',
    schema: count,
    default: 50,
    help: 'directives in a document',
    past: 'LIMIT_EXCEEDED, before anything is run',
  },
  {
    name: 'max-cost',
    placeholder: 'N',
    schema: count,
    default: 100_000,
    help: 'fields that a document may give, with the sizes of its lists',
    past: 'LIMIT_EXCEEDED, before anything is run',
  },
  {
    name: 'max-message-bytes',
    placeholder: 'BYTES',
    schema: count,
    default: 262_144,
    help: 'a WebSocket message',
    past: 'closed with 1009',
  },
  {
    name: 'max-init-bytes',
    placeholder: 'BYTES',
    schema: count,
    default: 65_536,
    help: 'a WebSocket message before the connection is acknowledged',
    past: 'closed with 1009',
  },
  {
    name: 'max-fragments',
    placeholder: 'N',
    schema: count,
    default: 64,
    help: 'frames of one WebSocket message',
    past: 'closed with 1008',
  },
  {
    name: 'websocket-compression',
    placeholder: '',
    schema: flag,
    default: false,
    help: 'pack WebSocket messages (permessage-deflate) for clients that can; costs memory and time',
  },
  {
    name: 'max-queued-bytes',
    placeholder: 'BYTES',
    schema: count,
    default: 1_048_576,
    help: 'bytes that wait to be sent on one socket',
    past: 'its updates wait and are conflated; nothing more is read from it',
  },
  {
    name: 'stall-seconds',
    placeholder: 'N',
    schema: count,
    default: 30,
    help: 'how long nothing may leave for a reader with a full queue; 5 where he sends on and reads no answers',
    past: 'closed with 1013, which clients retry; a stream over HTTP breaks off',
  },
  {
    name: 'max-requests-per-minute',
    placeholder: 'N',
    schema: number({ least: 0, most: 1_000_000_000 }),
    default: 0,
    help: 'requests of one client over all doors, a subscription being one; 0 for any number',
    past: '429 with Retry-After; `error` message with LIMIT_EXCEEDED on a WebSocket',
  },
  {
    name: 'client-address-header',
    placeholder: 'NAME',
    schema: header,
    default: '',
    help: "header with a client's address, where a proxy in front sets it, such as x-forwarded-for",
  },
  {
    name: 'webhook-secret',
    placeholder: 'SECRET',
    schema: secret,
    default: '',
    help: 'what webhooks of alerts are signed with (Standard Webhooks): whsec_ and the base64 of 24 to 64 bytes; better as a variable',
    past: 'without it rules with webhooks are refused',
  },
  {
    name: 'webhook-timeout-seconds',
    placeholder: 'S',
    schema: count,
    default: 10,
    help: 'how long a webhook may take',
    past: 'it is tried again',
  },
  {
    name: 'webhook-retries',
    placeholder: 'N',
    schema: number({ least: 0, most: 100 }),
    default: 3,
    help: 'how often a webhook is tried again, after 5 s, 20 s, 80 s and so on',
    past: 'it is given up, and logged',
  },
  {
    name: 'max-queued-webhooks',
    placeholder: 'N',
    schema: count,
    default: 10_000,
    help: 'webhooks that wait to be sent',
    past: 'further ones are left out, and logged',
  },
  {
    name: 'webhook-private-addresses',
    placeholder: '',
    schema: flag,
    default: false,
    help: 'let webhooks reach this machine and private networks',
    past: 'an address that is not public is not connected to',
  },
  {
    name: 'max-ahead-seconds',
    placeholder: 'N',
    schema: count,
    default: 10,
    help: "how far a point may be ahead of the server's clock",
    past: 'the point is rejected',
  },
  {
    name: 'max-point-fields',
    placeholder: 'N',
    schema: count,
    default: 500,
    help: 'fields of a point, at all depths',
    past: 'the point is rejected',
  },
  {
    name: 'retention-days',
    placeholder: 'N',
    schema: number({ least: 0.0001, most: 36_500, whole: false }),
    default: 30,
    help: 'how long points are kept after their arrival',
    past: 'they go, in whole blocks; resuming from before is answered with a `gap`',
  },
  {
    name: 'max-memory-bytes',
    placeholder: 'BYTES',
    schema: count,
    default: 268_435_456,
    help: 'packed points kept with --memory',
    past: 'the oldest go, as by retention',
  },
  {
    name: 'fill-timeout-seconds',
    placeholder: 'N',
    schema: count,
    default: 10,
    help: "how long reading a new window's past may take",
    past: 'TIMEOUT',
  },
  {
    name: 'init-timeout-seconds',
    placeholder: 'N',
    schema: count,
    default: 3,
    help: 'from the opening of a socket to its connection_init',
    past: 'closed with 4408',
  },
  {
    name: 'header-timeout-seconds',
    placeholder: 'N',
    schema: count,
    default: 10,
    help: "from the opening of a connection to the end of its request's headers",
    past: '408, and closed',
  },
  {
    name: 'body-timeout-seconds',
    placeholder: 'N',
    schema: count,
    default: 30,
    help: 'how long a body may take; at /ingest, how long nothing of it may come',
    past: '408',
  },
  {
    name: 'keep-alive-seconds',
    placeholder: 'N',
    schema: count,
    default: 65,
    help: 'how long a connection stays open for another request',
    past: 'closed',
  },
  {
    name: 'heartbeat-seconds',
    placeholder: 'N',
    schema: count,
    default: 30,
    help: 'between pings to a socket',
    past: 'a socket that did not answer the last one is dropped',
  },
] as const satisfies readonly Setting[];

export type SettingName = (typeof settings)[number]['name'];

interface Values {
  readonly port: number;
  readonly host: string;
  readonly data: string;
  readonly memory: boolean;
  readonly source: 'demo' | 'host' | 'none';
  readonly 'log-level': 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly development: 'auto' | 'true' | 'false';
  readonly 'allowed-origins': string;
  readonly 'websocket-compression': boolean;
  readonly 'client-address-header': string;
  readonly 'webhook-secret': string;
  readonly 'webhook-private-addresses': boolean;
}
type NumberName = Exclude<SettingName, keyof Values>;
export type Settings = Values & { readonly [Name in NumberName]: number };

/** PULSEQL_ and the name in capitals. */
export function variableOf(name: string): string {
  return `PULSEQL_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** Flags first, then the environment, then the defaults. Errors: BAD_USER_INPUT that names the flag or the variable. */
export function readSettings(
  flags: Readonly<Record<string, string | boolean | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
): Settings {
  const values: Record<string, unknown> = {};
  for (const { name, schema, default: fallback } of settings as readonly Setting[]) {
    const variable = variableOf(name);
    const given = flags[name] ?? environment[variable];
    const result = schema.safeParse(given ?? fallback);
    if (!result.success) {
      const where = flags[name] === undefined ? variable : `--${name}`;
      throw badUserInput(`${where} ${result.error.issues[0]?.message ?? 'is not right'}, not ${shown(given)}`);
    }
    values[name] = result.data;
  }
  return values as unknown as Settings;
}
