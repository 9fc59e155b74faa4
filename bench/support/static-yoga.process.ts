// GraphQL Yoga over node:http with nothing beyond its defaults: the same schema, with the answers of a file in place of resolvers that work.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSchema, createYoga } from 'graphql-yoga';

const [schemaFile = '', answersFile = ''] = process.argv.slice(2);
const answers = JSON.parse(readFileSync(answersFile, 'utf8')) as Record<string, unknown>;
const resolvers = Object.fromEntries(Object.entries(answers).map(([field, answer]) => [field, () => answer]));
const schema = createSchema({ typeDefs: readFileSync(schemaFile, 'utf8'), resolvers: { Query: resolvers } });
const server = createServer(createYoga({ schema }));
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.on('SIGTERM', () => process.exit(0));
