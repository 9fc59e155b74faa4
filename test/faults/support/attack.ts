// What an attack is, what it finds, and how the attacks of a part are chosen, run and printed.
import { parseArgs } from 'node:util';
import { report } from '../../support/report.ts';

/** One thing that must hold under an attack. */
export interface Finding {
  readonly what: string;
  readonly measured: string;
  /** What it must be, in words; null: a figure for information. */
  readonly limit: string | null;
  readonly holds: boolean;
  /** It depends on what else the machine does: a suite of tests leaves it to the part. */
  readonly isWallTime?: boolean;
}

export interface AttackOptions {
  /** Flags of `serve` beside those every attack uses: to run it with a limit switched off. */
  readonly flags: readonly string[];
  /** Between the end of an attack and the last look at memory. */
  readonly waitSeconds: number;
  /** How long an attack goes on that has no end of its own. */
  readonly seconds: number;
  /** Share of the attack's full size, such as 0.1 for a sample. */
  readonly scale: number;
}

export interface Attack {
  readonly name: string;
  readonly summary: string;
  run(options: AttackOptions): Promise<readonly Finding[]>;
}

export interface Part {
  readonly summary: string;
  readonly usage: string;
  /** Whether everything held. */
  run(words: readonly string[]): Promise<boolean>;
}

export const defaultAttackOptions: AttackOptions = { flags: [], waitSeconds: 60, seconds: 60, scale: 1 };

const optionTypes = {
  wait: { type: 'string', default: String(defaultAttackOptions.waitSeconds) },
  seconds: { type: 'string', default: String(defaultAttackOptions.seconds) },
  scale: { type: 'string', default: String(defaultAttackOptions.scale) },
  flags: { type: 'string', default: '' },
} as const;

export function attackPart(summary: string, attacks: readonly Attack[]): Part {
  const names = attacks.map(({ name }) => name);
  const list = attacks.map((attack) => `  ${attack.name.padEnd(22)} ${attack.summary}`).join('\n');
  return {
    summary,
    usage: `[ATTACK …] [--wait SECONDS] [--seconds N] [--scale 0..1] [--flags "FLAGS OF serve"]\n${list}`,
    async run(words) {
      const { values, positionals } = parseArgs({ args: [...words], options: optionTypes, allowPositionals: true });
      const unknown = positionals.filter((name) => !names.includes(name));
      if (unknown.length > 0) throw new Error(`no attack ${unknown.join(', ')}; there are ${names.join(', ')}`);
      const options: AttackOptions = {
        flags: values.flags.split(' ').filter((word) => word !== ''),
        waitSeconds: Number(values.wait),
        seconds: Number(values.seconds),
        scale: Number(values.scale),
      };
      const chosen = positionals.length === 0 ? attacks : attacks.filter(({ name }) => positionals.includes(name));
      let isHeld = true;
      for (const attack of chosen) isHeld = (await runAttack(attack, options)) && isHeld;
      return isHeld;
    },
  };
}

/** Runs and prints one attack; whether all it must leave alone held. */
async function runAttack(attack: Attack, options: AttackOptions): Promise<boolean> {
  report(`${attack.name}: ${attack.summary}`);
  const findings = await attack.run(options).catch((error: unknown) => [brokenOff(error)]);
  for (const finding of findings) report(lineOf(finding));
  return findings.every(({ holds }) => holds);
}

/** An attack that cannot be carried out has shown nothing. */
function brokenOff(error: unknown): Finding {
  const measured = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { what: 'the attack', measured, limit: 'carried out', holds: false };
}

function lineOf({ what, measured, limit, holds }: Finding): string {
  if (limit === null) return `  info    ${what}: ${measured}`;
  return `  ${holds ? 'ok    ' : 'FAILED'}  ${what}: ${measured} (must be ${limit})`;
}

export function info(what: string, measured: string): Finding {
  return { what, measured, limit: null, holds: true };
}

/** A figure with an upper limit, both in the same unit. */
export function atMost(what: string, value: number, limit: number, unit: string): Finding {
  const shown = (n: number) => `${Number.isInteger(n) ? n : n.toFixed(1)} ${unit}`;
  return { what, measured: shown(value), limit: `at most ${shown(limit)}`, holds: value <= limit };
}

/** What did not hold, without what depends on the machine's other work. */
export async function failuresOf(attack: Attack, options: Partial<AttackOptions> = {}): Promise<string[]> {
  const findings = await attack.run({ ...defaultAttackOptions, ...options });
  return findings.filter(({ holds, isWallTime = false }) => !holds && !isWallTime).map(lineOf);
}
