// Which settings this server has, for tests of limits that are switched off by their flag.
import { type Setting, settings } from '../../src/setting-rows.ts';

export function hasSetting(name: string): boolean {
  return (settings as readonly Setting[]).some((setting) => setting.name === name);
}
