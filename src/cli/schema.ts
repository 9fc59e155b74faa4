// `schema`: the API's schema as text.
import { printedSchema } from '../schema/schema.ts';
import type { Command } from './command.ts';

export const schemaCommand: Command = {
  help: () => 'Usage: pulseql schema\n\nPrints the schema in SDL.',
  run: async () => {
    process.stdout.write(printedSchema());
    return 0;
  },
};
