// The settings as they are given: flags first, then the environment, then the defaults.
import { badUserInput } from '../base/errors.ts';
import { shown } from '../base/json.ts';
import { type SettingName, settings } from './rows.ts';
import type { Setting } from './setting.ts';

interface Values {
  readonly port: number;
  readonly host: string;
  readonly data: string;
  readonly memory: boolean;
  readonly source: 'demo' | 'host' | 'none';
  readonly 'log-level': 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly development: 'auto' | 'true' | 'false';
  readonly 'allowed-hosts': string;
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
