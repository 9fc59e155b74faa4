// Every setting of the server, by topic. No other place has a default.
import { analysisSettings } from './analysis.ts';
import { connectionsSettings } from './connections.ts';
import { documentsSettings } from './documents.ts';
import { pointsSettings } from './points.ts';
import { processSettings } from './process.ts';
import { webhooksSettings } from './webhooks.ts';
import { windowsSettings } from './windows.ts';

export const settings = [
  ...processSettings,
  ...connectionsSettings,
  ...documentsSettings,
  ...pointsSettings,
  ...windowsSettings,
  ...webhooksSettings,
  ...analysisSettings,
] as const;

export type SettingName = (typeof settings)[number]['name'];
