// Which settings this server has, for tests of limits that are switched off by their flag.
import { settings } from '../../src/settings/rows.ts';
import type { Setting } from '../../src/settings/setting.ts';

export function hasSetting(name: string): boolean {
  return (settings as readonly Setting[]).some((setting) => setting.name === name);
}
