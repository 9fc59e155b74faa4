// After a start: the saved state, then the log from there on, through the same step as live, with the effects held back.
import type { Logger } from '../base/logger.ts';
import { catalogueFormat } from '../series/catalogue.ts';
import type { Lease, Store } from '../store/store.ts';
import { type Tail, tail } from '../store/tail.ts';
import { panesFormat } from '../windows/saved-panes.ts';
import type { SavedAnalysis } from './saved-analysis.ts';
import type { EngineState } from './state.ts';
import { step } from './step.ts';
import { tick, tickMs } from './tick.ts';

const stateName = 'catalogue';
const panesName = 'panes';
const mostPaneBytes = 32 * 1024 * 1024;
const partition = 0;

/** Catches up with the log, then follows it: settles when live. */
export async function recover(state: EngineState, store: Store, saved: SavedAnalysis, logger: Logger): Promise<Tail> {
  const { log, effects, catalogued } = state;
  catalogued.upTo = await loadState(state, store, logger);
  const after = Math.min(catalogued.upTo, await saved.load());
  let isLive = false;
  let lastTick = 0;
  const following = tail(log, partition, after, (block) => {
    if (!isLive) saved.resumeBefore(block.first);
    step(state, block);
    if (isLive) {
      effects.perform();
      return;
    }
    effects.drop();
    // An arrival may lie in the future, where windows must not be.
    const second = Math.floor(Math.min(block.at, log.now()) / tickMs);
    if (second > lastTick) tick(state, second * tickMs);
    lastTick = second;
  });
  await following.live;
  isLive = true;
  return following;
}

async function loadState({ catalogue, log }: EngineState, store: Store, logger: Logger): Promise<number> {
  const saved = await store.loadState(stateName);
  // Of another format, or ahead of the log: it is computed again.
  if (saved === undefined || saved.format !== catalogueFormat || saved.offset > log.head(partition)) {
    return log.floor(partition) - 1;
  }
  try {
    catalogue.load(saved.bytes);
    return saved.offset;
  } catch (error) {
    logger.warn({ error }, 'the saved catalogue could not be read; it is computed again from the log');
    return log.floor(partition) - 1;
  }
}

/** Saves what recovery would have to compute again otherwise. */
export async function saveState({ catalogue, log }: EngineState, store: Store, lease: Lease): Promise<void> {
  // Both are read in one turn: the bytes are the state at exactly that offset.
  const bytes = catalogue.save();
  const offset = log.head(partition);
  const { epoch } = lease;
  await store.commit(lease, [
    { kind: 'state', name: stateName, partition, offset, epoch, format: catalogueFormat, bytes },
  ]);
}

/** Panes as they were saved, for those who come for their windows after a start. */
export async function loadPanes({ windows }: EngineState, store: Store, logger: Logger): Promise<void> {
  const saved = await store.loadState(panesName);
  if (saved === undefined || saved.format !== panesFormat) return;
  try {
    windows.load(saved.bytes);
  } catch (error) {
    logger.warn({ error }, 'the saved panes could not be read; windows are filled from the log');
  }
}

/** So that windows need not be filled from the whole log after a start. */
export async function savePanes({ windows, log }: EngineState, store: Store, lease: Lease): Promise<void> {
  const offset = log.head(partition);
  const bytes = await windows.save(mostPaneBytes);
  const { epoch } = lease;
  await store.commit(lease, [{ kind: 'state', name: panesName, partition, offset, epoch, format: panesFormat, bytes }]);
}
