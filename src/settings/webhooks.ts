// Webhooks of alerts.
import { count, flag, number, secret } from './kinds.ts';
import type { Setting } from './setting.ts';

export const webhooksSettings = [
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
] as const satisfies readonly Setting[];
