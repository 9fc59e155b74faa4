// `schema`: the API's schema as text.
import { parseArgs } from 'node:util';
import { printedSchema } from '../schema/schema.ts';
import type { Command } from './command.ts';

export const schemaCommand: Command = {
  help: () => 'Usage: pulseql schema\n\nPrints the schema in SDL.',
  run: async (words) => {
    parseArgs({ args: [...words], options: {} });
    process.stdout.write(printedSchema());
    return 0;
  },
};
