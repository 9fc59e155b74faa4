// How the process runs: where it listens, where it stores, what it logs.
import { bytes, count, flag, number, oneOf, text } from './kinds.ts';
import type { Setting } from './setting.ts';

export const processSettings = [
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
    name: 'max-memory-bytes',
    placeholder: 'BYTES',
    schema: bytes,
    default: 268_435_456,
    help: 'packed points kept with --memory',
    past: 'the oldest go, as by retention',
  },
  {
    name: 'max-clock-step-minutes',
    placeholder: 'N',
    schema: count,
    default: 10,
    help: "a step of the machine's clock that is taken over at once",
    past: 'the step is not believed for ten minutes, unless `pulseql clock accept` is run; nothing is deleted because of it',
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
] as const satisfies readonly Setting[];
