// The names of series and their numbers, from 1 in the order of first use; a number is never used again.
import { present } from '../base/assert.ts';
import type { SeriesName, SeriesNames } from './store.ts';

export class SeriesTable implements SeriesNames {
  // #names[number] is the name, #numbers the same the other way round.
  readonly #names: (SeriesName | undefined)[] = [undefined];
  readonly #numbers = new Map<string, Map<string, number>>();

  get size(): number {
    return this.#names.length - 1;
  }

  find(entityType: string, serviceId: string): number | undefined {
    return this.#numbers.get(entityType)?.get(serviceId);
  }

  numberOf(entityType: string, serviceId: string): number {
    return this.find(entityType, serviceId) ?? this.add(this.#names.length, { entityType, serviceId });
  }

  nameOf(number: number): SeriesName {
    return present(this.#names[number], `the name of series ${number}`);
  }

  numbers(entityType: string, serviceId: string | null): readonly number[] {
    const services = this.#numbers.get(entityType);
    if (services === undefined) return [];
    if (serviceId === null) return [...services.values()];
    const number = services.get(serviceId);
    return number === undefined ? [] : [number];
  }

  /** Takes in a name with the number that it has in a store. */
  add(number: number, name: SeriesName): number {
    let services = this.#numbers.get(name.entityType);
    if (services === undefined) {
      services = new Map();
      this.#numbers.set(name.entityType, services);
    }
    services.set(name.serviceId, number);
    this.#names[number] = name;
    return number;
  }
}
