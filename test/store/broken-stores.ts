// Stores broken on purpose, each in one way: what the cases are for is to find every one of them.
import type { Clock } from '../../src/base/clock.ts';
import type { Change, PointBlock, PointPage, Storage, Versioned } from '../../src/store/store.ts';

/** The same object with some of its methods replaced; whatever else is asked goes to the real one. */
function withChanged<T extends object>(target: T, changed: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(name in changed ? changed : target, name);
      return typeof value === 'function' ? value.bind(name in changed ? changed : target) : value;
    },
  });
}

/** A storage whose log or store is changed. */
function broken(
  storage: Storage,
  changed: { log?: Partial<Storage['log']>; store?: Partial<Storage['store']> },
): Storage {
  return {
    ...storage,
    log: withChanged(storage.log, changed.log ?? {}),
    store: withChanged(storage.store, changed.store ?? {}),
    close: () => storage.close(),
  };
}

type Break = (storage: Storage, clock: Clock) => Storage;

function changedPage(storage: Storage, change: (page: PointPage) => PointPage): Storage {
  const { log } = storage;
  return broken(storage, { log: { read: async (request) => change(await log.read(request)) } });
}

const appendBreaks: Record<string, Break> = {
  'gives an offset twice': (storage) => {
    const { log } = storage;
    return broken(storage, {
      log: {
        append: async (batch) => {
          const appended = await log.append(batch);
          return appended.first === 4 ? { ...appended, first: 3 } : appended;
        },
      },
    });
  },
  'forgets batch ids': (storage) =>
    broken(storage, { log: { append: (batch) => storage.log.append({ ...batch, id: null }) } }),
  'forgets the ids of batches without points': (storage) =>
    broken(storage, {
      log: { append: (batch) => storage.log.append(batch.points.length === 0 ? { ...batch, id: null } : batch) },
    }),
  'takes a batch id for enough, whatever the content': (storage) =>
    broken(storage, { log: { append: (batch) => storage.log.append({ ...batch, digest: 'any' }) } }),
  'gives the newer answer to a repeated batch': (storage) =>
    broken(storage, {
      log: { append: async (batch) => ({ ...(await storage.log.append(batch)), answer: batch.answer }) },
    }),
  'does not know point keys': (storage) =>
    broken(storage, {
      log: {
        append: (batch) =>
          storage.log.append({ ...batch, points: batch.points.map((point) => ({ ...point, key: null })) }),
      },
    }),
  'runs entity type and key together': (storage) =>
    broken(storage, {
      log: {
        append: (batch) => {
          const key = (type: string, own: string | null) => (own === null ? null : `${type}${own}`);
          const points = batch.points.map((point) => ({
            ...point,
            entityType: 'any',
            key: key(point.entityType, point.key),
          }));
          return storage.log.append({ ...batch, points });
        },
      },
    }),
  'takes points that come late in a large batch for duplicates': (storage) =>
    broken(storage, {
      log: {
        append: async (batch) => {
          const appended = await storage.log.append(batch);
          return { ...appended, count: Math.min(appended.count, 1000) };
        },
      },
    }),
};

const arrivalBreaks: Record<string, Break> = {
  'follows the machine back in time': (storage, clock) => broken(storage, { log: { now: () => clock.now() } }),
  'announces blocks after the answer': (storage) =>
    broken(storage, {
      log: { onBlock: (listener) => storage.log.onBlock((block) => void setTimeout(() => listener(block), 2)) },
    }),
  'announces a block twice': (storage) =>
    broken(storage, {
      log: {
        onBlock: (listener) =>
          storage.log.onBlock((block) => {
            listener(block);
            listener(block);
          }),
      },
    }),
  'announces blocks in pairs, the later one first': (storage) => {
    let held: PointBlock | undefined;
    const onBlock: Storage['log']['onBlock'] = (listener) =>
      storage.log.onBlock((block) => {
        if (held === undefined) {
          held = block;
          return;
        }
        listener(block);
        listener(held);
        held = undefined;
      });
    return broken(storage, { log: { onBlock } });
  },
  'announces points without their arrival': (storage) =>
    broken(storage, {
      log: {
        onBlock: (listener) =>
          storage.log.onBlock((block) =>
            listener({ ...block, points: block.points.map((point) => ({ ...point, timestamp: Number.NaN })) }),
          ),
      },
    }),
  'goes on announcing to who has left': (storage) =>
    broken(storage, {
      log: {
        onBlock: (listener) => {
          storage.log.onBlock(listener);
          return () => undefined;
        },
      },
    }),
};

const readBreaks: Record<string, Break> = {
  'drops the last point of a page': (storage) =>
    changedPage(storage, (page) => ({ ...page, points: page.points.slice(0, 2) })),
  'gives backward pages forward': (storage) =>
    changedPage(storage, (page) => ({ ...page, points: page.points.toSorted((a, b) => a.offset - b.offset) })),
  'says too early that it is done': (storage) => changedPage(storage, (page) => ({ ...page, done: true })),
  'never says how far it looked': (storage) => changedPage(storage, (page) => ({ ...page, stoppedAt: page.floor - 1 })),
  'loses the metadata': (storage) =>
    changedPage(storage, (page) => ({ ...page, points: page.points.map((point) => ({ ...point, metadata: null })) })),
  'reads the time of arrival for that of the event': (storage) =>
    changedPage(storage, (page) => ({
      ...page,
      points: page.points.map((point) => ({ ...point, timestamp: point.receivedAt })),
    })),
  'lets every point pass': (storage) =>
    broken(storage, {
      log: { read: (request) => storage.log.read({ ...request, filter: { filters: [], where: null } }) },
    }),
  'counts the start of a time range in': (storage) =>
    broken(storage, {
      log: {
        read: (request) => storage.log.read({ ...request, from: request.from === null ? null : request.from - 1 }),
      },
    }),
  'reads all series': (storage) =>
    broken(storage, { log: { read: (request) => storage.log.read({ ...request, series: null }) } }),
  'does not stop at the scan limit': (storage) =>
    broken(storage, { log: { read: (request) => storage.log.read({ ...request, maxScanned: 1e9 }) } }),
  'leaves blocks out that arrived late enough': (storage) =>
    broken(storage, {
      log: {
        read: (request) => {
          const { arrivedFrom } = request;
          return storage.log.read({ ...request, arrivedFrom: arrivedFrom === null ? null : arrivedFrom + 60_000 });
        },
      },
    }),
  'mixes up two columns': (storage) =>
    broken(storage, {
      log: {
        columns: async (request) => {
          const page = await storage.log.columns(request);
          return { ...page, columns: page.columns.toReversed() };
        },
      },
    }),
};

const trimBreaks: Record<string, Break> = {
  'trims what arrived at the time itself': (storage) =>
    broken(storage, { log: { trim: (before) => storage.log.trim(before + 1) } }),
  'does not trim': (storage) => broken(storage, { log: { trim: async () => ({ points: 0 }) } }),
  'says nothing of what it trimmed': (storage) =>
    broken(storage, {
      log: {
        trim: async (before) => {
          await storage.log.trim(before);
          return { points: 0 };
        },
      },
    }),
  'shows the floor that it had at first': (storage) => broken(storage, { log: { floor: () => 1 } }),
};

const documentBreaks: Record<string, Break> = {
  'lets every writer win': (storage) => {
    const { store } = storage;
    const put: Storage['store']['put'] = async (kind, id, expected, body) => {
      const result = await store.put(kind, id, expected, body);
      if (!('conflict' in result) || result.conflict === 0) return result;
      return store.put(kind, id, result.conflict, body);
    };
    return broken(storage, { store: { put } });
  },
  'lists what was deleted': (storage) => {
    const { store } = storage;
    const kept = new Map<string, Versioned>();
    return broken(storage, {
      store: {
        put: async (kind, id, expected, body) => {
          const before = await store.get(kind, id);
          if (body === null && before !== undefined) kept.set(`${kind}/${id}`, before);
          return store.put(kind, id, expected, body);
        },
        list: async (kind) => [...(await store.list(kind)), ...[...kept.values()].filter((row) => row.kind === kind)],
      },
    });
  },
  'runs kinds together': (storage) =>
    broken(storage, {
      store: {
        put: (_, id, expected, body) => storage.store.put('dashboard', id, expected, body),
        get: (_, id) => storage.store.get('dashboard', id),
        list: () => storage.store.list('dashboard'),
      },
    }),
  'tells every change from the first on': (storage) =>
    broken(storage, { store: { changes: (kind) => storage.store.changes(kind, 0) } }),
  'leaves out the first change': (storage) => {
    const changes: Storage['store']['changes'] = (kind, after) => {
      const feed = storage.store.changes(kind, after);
      void feed.next();
      return feed;
    };
    return broken(storage, { store: { changes } });
  },
};

const effectBreaks: Record<string, Break> = {
  'commits under any lease': (storage) =>
    broken(storage, {
      store: {
        commit: (lease, changes) =>
          storage.store.commit({ ...lease, epoch: storage.ownership.lease(0).epoch }, changes),
      },
    }),
  'does half of a commit before it looks at the lease': (storage) =>
    broken(storage, {
      store: {
        commit: async (lease, changes) => {
          await storage.store.commit(storage.ownership.lease(0), changes.slice(0, 1));
          return storage.store.commit(lease, changes.slice(1));
        },
      },
    }),
  'does the changes of a commit backwards': (storage) =>
    broken(storage, {
      store: { commit: (lease, changes) => storage.store.commit(lease, changes.toReversed()) },
    }),
  'gives what is not due yet': (storage) =>
    broken(storage, { store: { outbox: (_, limit, after) => storage.store.outbox(1e15, limit, after) } }),
  'gives the outbox in the order of its times': (storage) =>
    broken(storage, {
      store: { outbox: async (...asked) => (await storage.store.outbox(...asked)).toSorted((a, b) => a.due - b.due) },
    }),
  'begins every page of the outbox at its first row': (storage) =>
    broken(storage, { store: { outbox: (due, limit) => storage.store.outbox(due, limit) } }),
  'does not forget what is done': (storage) =>
    broken(storage, {
      store: {
        commit: (lease, changes) =>
          storage.store.commit(
            lease,
            changes.filter((change) => change.kind !== 'outbox-done'),
          ),
      },
    }),
  'begins to count records anew where the newest has gone': (storage) =>
    broken(storage, {
      store: {
        commit: async (lease, changes) => {
          const revisions = await storage.store.commit(lease, changes);
          const { trimmed } = await storage.store.recordBounds('alerts');
          return trimmed === 0 ? revisions : revisions.map((revision) => revision - trimmed);
        },
      },
    }),
  'counts the records of all streams together': (storage) => {
    let newest = 0;
    return broken(storage, {
      store: {
        commit: async (lease, changes) => {
          const revisions = await storage.store.commit(lease, changes);
          return revisions.map(() => {
            newest += 1;
            return newest;
          });
        },
      },
    });
  },
  'lets records of every stream go with those of one': (storage) =>
    broken(storage, {
      store: {
        commit: (lease, changes) =>
          storage.store.commit(
            lease,
            changes.flatMap((change): Change[] =>
              change.kind === 'records-trim'
                ? (['alerts', 'insights'] as const).map((stream) => ({ ...change, stream }))
                : [change],
            ),
          ),
      },
    }),
  'gives tombstones as states': (storage) =>
    broken(storage, {
      store: {
        latestRecords: async (stream) => {
          const all = await storage.store.records(stream, 0, 1e6);
          return all.filter(({ key, revision }) => !all.some((one) => one.key === key && one.revision > revision));
        },
      },
    }),
  'gives records from a revision on, not those after it': (storage) =>
    broken(storage, { store: { records: (stream, after, limit) => storage.store.records(stream, after - 1, limit) } }),
  'lets the state of a key go with what is old': (storage) =>
    broken(storage, {
      store: {
        latestRecords: async (stream) => {
          const { trimmed } = await storage.store.recordBounds(stream);
          return (await storage.store.latestRecords(stream)).filter(({ revision }) => revision > trimmed);
        },
      },
    }),
  'keeps saved states in the bytes of who loads them': (storage) => {
    const loaded = new Map<string, Awaited<ReturnType<Storage['store']['loadState']>>>();
    const loadState: Storage['store']['loadState'] = async (name) => {
      if (!loaded.has(name)) loaded.set(name, await storage.store.loadState(name));
      return loaded.get(name);
    };
    return broken(storage, { store: { loadState } });
  },
};

/** By what is wrong with it. */
export const breaks: Readonly<Record<string, Break>> = {
  ...appendBreaks,
  ...arrivalBreaks,
  ...readBreaks,
  ...trimBreaks,
  ...documentBreaks,
  ...effectBreaks,
};

/** What only shows when the store is opened again; `start` counts how often it has been. */
export const restartBreaks: Readonly<Record<string, (storage: Storage, start: number) => Storage>> = {
  'has the same epoch at every start': (storage) => ({
    ...storage,
    store: withChanged(storage.store, {
      commit: (_, changes) => storage.store.commit(storage.ownership.lease(0), changes),
    }),
    ownership: { lease: (partition) => ({ partition, epoch: 1 }) },
  }),
  'forgets batch ids when it stops': (storage, start) =>
    broken(storage, {
      log: {
        append: (batch) => storage.log.append({ ...batch, id: batch.id === null ? null : `${batch.id} of ${start}` }),
      },
    }),
  'forgets point keys when it stops': (storage, start) =>
    broken(storage, {
      log: {
        append: (batch) => {
          const points = batch.points.map((point) => ({
            ...point,
            key: point.key === null ? null : `${point.key} of ${start}`,
          }));
          return storage.log.append({ ...batch, points });
        },
      },
    }),
  'is another log at every start': (storage, start) => broken(storage, { log: withId(storage, start) }),
  'loses the outbox when it stops': (storage, start) =>
    start === 1 ? storage : broken(storage, { store: { outbox: async () => [] } }),
  'goes back to the time of the machine when it stops': (storage, start) =>
    start === 1
      ? storage
      : broken(storage, { log: { append: async (batch) => ({ ...(await storage.log.append(batch)), at: 0 }) } }),
};

function withId(storage: Storage, start: number): { id: string } {
  return { id: `${start}`.padStart(storage.log.id.length, '0') };
}
