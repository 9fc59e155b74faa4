// What a setting is: a typed row from which the parser, --help and the README's table are made.
import type { z } from 'zod';

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
