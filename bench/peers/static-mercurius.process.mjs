// Mercurius with its defaults: the same schema, with the answers of a file in place of resolvers that work.
import { readFileSync } from 'node:fs';
import Fastify from 'fastify';
import mercurius from 'mercurius';

const [schemaFile, answersFile] = process.argv.slice(2);
const answers = JSON.parse(readFileSync(answersFile, 'utf8'));
const resolvers = Object.fromEntries(Object.entries(answers).map(([field, answer]) => [field, () => answer]));
const app = Fastify();
await app.register(mercurius, { schema: readFileSync(schemaFile, 'utf8'), resolvers: { Query: resolvers } });
await app.listen({ port: 0, host: '127.0.0.1' });
console.log(`listening on http://127.0.0.1:${app.server.address().port}\n`);
process.on('SIGTERM', () => process.exit(0));
