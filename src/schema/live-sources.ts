// Sources of subscriptions, as the engine opened them: where a failure is data, the plugin for errors wraps a source in a generator of its own, which
// nobody could share. Here the source stays what it is, and a failure to open it is its one update.
import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core';
import type { GraphQLFieldResolver } from 'graphql';
import { LiveIterator } from '../base/live-iterator.ts';

export const liveSources = 'liveSources';

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      liveSources: LiveSourcesPlugin<Types>;
    }
  }
}

type Subscribe = GraphQLFieldResolver<unknown, object>;

class LiveSourcesPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapSubscribe(
    wrapped: Subscribe | undefined,
    { subscribe, extensions }: PothosOutputFieldConfig<Types>,
  ): Subscribe | undefined {
    const failures = extensions?.['pothosErrors'] as readonly (new (...args: never[]) => Error)[] | undefined;
    if (subscribe === undefined || failures === undefined) return wrapped;
    const open = subscribe as Subscribe;
    return (...args) => {
      try {
        return open(...args);
      } catch (error) {
        if (failures.some((failure) => error instanceof failure)) return onlyOf(error);
        throw error;
      }
    };
  }
}

/** One update, then the end. */
function onlyOf<T>(value: T): LiveIterator<T> {
  let next: T | undefined = value;
  const take = () => {
    const taken = next;
    next = undefined;
    return taken;
  };
  const iterator = new LiveIterator({ take, close: () => undefined });
  iterator.end();
  return iterator;
}

SchemaBuilder.registerPlugin(liveSources, LiveSourcesPlugin);
