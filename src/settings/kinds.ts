// Kinds of values that settings have, each with what is said where one is not right.
import { totalmem } from 'node:os';
import { z } from 'zod';

export const count = number({ least: 1, most: 1_000_000_000 });
export const bytes = number({ least: 1, most: 1_000_000_000_000 });
export const flag = z.union(
  [
    z.boolean(),
    z.enum(['true', 'false', '1', '0', '']).transform((text) => text === 'true' || text === '1' || text === ''),
  ],
  { error: 'must be true or false' },
);
export const text = z.string().min(1, { error: 'must not be empty' });

export function number({ least, most, whole = true }: { least: number; most: number; whole?: boolean }) {
  const error = `must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}`;
  const within = z.coerce.number({ error }).min(least, { error }).max(most, { error });
  // Number('') is 0, which nobody means who leaves a value out.
  return z.preprocess((value) => (value === '' ? Number.NaN : value), whole ? within.int({ error }) : within);
}

/** `auto` stands for a value that depends on the machine. */
export function autoOr<Kind extends z.ZodType<number>>(kind: Kind, ofMachine: () => number) {
  return z.preprocess((value) => (value === 'auto' ? ofMachine() : value), kind);
}

/** Bytes that this process may use: the machine's memory, or less where a container limits it. */
export function machineMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

export const hosts = z.string().regex(/^$|^ *(\*|[\w-][\w.-]*) *(, *(\*|[\w-][\w.-]*) *)*$/, {
  error: 'must be host names such as pulse.example.com, without port, separated by commas, or *',
});

// The Fetch standard's serialization of an origin: scheme, host, and the port where it is not the usual one.
export const origins = z.string().refine((list) => list === '' || list.split(',').every(isOrigin), {
  error: 'must be origins such as https://app.example.com separated by commas, or *',
});

function isOrigin(given: string): boolean {
  const origin = given.trim();
  return origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin.toLowerCase());
}

export const header = z.string().regex(/^[\w-]*$/, { error: 'must be the name of a header' });

// As Standard Webhooks have it.
export const secret = z.string().refine((text) => text === '' || isSecret(text), {
  error: 'must be whsec_ and the base64 of 24 to 64 bytes',
});

function isSecret(text: string): boolean {
  const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1];
  const { length } = Buffer.from(base64 ?? '', 'base64');
  return length >= 24 && length <= 64;
}

export function oneOf<const Name extends string>(names: readonly Name[]) {
  return z.enum(names, { error: `must be one of ${names.join(', ')}` });
}
