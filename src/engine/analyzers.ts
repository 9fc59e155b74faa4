// Settings of analyzers: kept in the store by compare-and-set, here in memory as the store has them.
import { conflict, type InputIssue, invalidInput, limitExceeded, notFound } from '../base/errors.ts';
import { randomId } from '../base/ids.ts';
import {
  type AnalyzerInput,
  type AnalyzerSetting,
  chosenFor,
  defaultAnalyzers,
  settingOf,
} from '../insights/analyzer-setting.ts';
import type { Watching } from '../insights/metric.ts';
import type { AnalyzerChoice } from '../insights/subject-watch.ts';
import type { Store } from '../store/store.ts';
import { assertMay, type Viewer } from './viewer.ts';

export interface AnalyzerRecord {
  readonly setting: AnalyzerSetting;
  readonly version: number;
}

export interface AnalyzersOptions {
  readonly store: Store;
  readonly limits: { readonly maxAnalyzers: number };
}

/** Kept where the ones that every store begins with were made. */
const beginMark = 'analyzers';

export class Analyzers implements AnalyzerChoice {
  readonly #options: AnalyzersOptions;
  readonly #records = new Map<string, AnalyzerRecord>();
  #version = 0;
  // The newest edit: the next one waits for it.
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: AnalyzersOptions) {
    this.#options = options;
  }

  /** Reads what the store has; one that has never had any gets those that watch everything. */
  async load(): Promise<void> {
    const { store } = this.#options;
    if ((await store.get('setting', beginMark)) === undefined) {
      for (const setting of defaultAnalyzers()) await store.put('analyzer', setting.id, null, setting);
      await store.put('setting', beginMark, null, {});
    }
    for (const { id, version, body } of await store.list('analyzer')) {
      this.#records.set(id, { setting: body as AnalyzerSetting, version });
    }
    this.#version += 1;
  }

  get version(): number {
    return this.#version;
  }

  of(entityType: string, serviceId: string | null, field: string | null): readonly Watching[] {
    return chosenFor(
      [...this.#records.values()].map(({ setting }) => setting),
      { entityType, serviceId, field },
    );
  }

  /** In order of their names. */
  list(): AnalyzerRecord[] {
    return [...this.#records.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  get(id: string): AnalyzerRecord | undefined {
    return this.#records.get(id);
  }

  /** Errors: FORBIDDEN, INVALID_INPUT, LIMIT_EXCEEDED. */
  create(viewer: Viewer, input: AnalyzerInput): Promise<AnalyzerRecord> {
    assertMay(viewer, 'edit');
    const setting = { ...read(input), id: randomId('analyzer') };
    return this.#inTurn(async () => {
      const { maxAnalyzers } = this.#options.limits;
      if (this.#records.size >= maxAnalyzers) {
        throw limitExceeded(`there are ${maxAnalyzers} analyzers already; delete one first`, maxAnalyzers);
      }
      return this.#put(setting, null);
    });
  }

  /** Changes what is given; null version: whatever there is. Errors: FORBIDDEN, INVALID_INPUT, NOT_FOUND, CONFLICT. */
  update(viewer: Viewer, id: string, input: Partial<AnalyzerInput>, version: number | null): Promise<AnalyzerRecord> {
    assertMay(viewer, 'edit');
    return this.#inTurn(async () => {
      const before = this.#existing(id);
      if (version !== null && version !== before.version) {
        const message = `analyzer ${id} has version ${before.version}, not ${version}; read it again`;
        throw conflict(message, before.version);
      }
      const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
      return this.#put({ ...read({ ...before.setting, ...given }), id }, before.version);
    });
  }

  /** Errors: FORBIDDEN, NOT_FOUND, CONFLICT. */
  delete(viewer: Viewer, id: string): Promise<void> {
    assertMay(viewer, 'edit');
    return this.#inTurn(async () => {
      const { version } = this.#existing(id);
      const result = await this.#options.store.put('analyzer', id, version, null);
      if ('conflict' in result) throw conflict(`analyzer ${id} is being changed by somebody else; try again`);
      this.#records.delete(id);
      this.#version += 1;
    });
  }

  async #put(setting: AnalyzerSetting, expected: number | null): Promise<AnalyzerRecord> {
    const result = await this.#options.store.put('analyzer', setting.id, expected, setting);
    if ('conflict' in result) throw conflict(`analyzer ${setting.id} is being changed by somebody else; try again`);
    const record = { setting, version: result.version };
    this.#records.set(setting.id, record);
    this.#version += 1;
    return record;
  }

  #existing(id: string): AnalyzerRecord {
    const record = this.#records.get(id);
    if (record === undefined) throw notFound('analyzer', id);
    return record;
  }

  #inTurn<T>(edit: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(edit, edit);
    this.#turn = turn;
    return turn;
  }
}

function read(input: AnalyzerInput): Omit<AnalyzerSetting, 'id'> {
  const issues: InputIssue[] = [];
  const setting = settingOf(input, issues);
  if (issues.length > 0) throw invalidInput(issues);
  return setting;
}

function keyOf({ setting }: AnalyzerRecord): string {
  return `${setting.name} ${setting.id}`;
}
