// Where values come from: the owner of a query's partition. In one process that is the process itself; whoever asks
// sees whole frames and never a pane.

import type { WindowQuery } from '../windows/window-query.ts';
import type { ValueFrame, WindowBucket } from '../windows/window-value.ts';
import type { Windows } from '../windows/windows.ts';

export interface Peers {
  /** The value now. Errors: LIMIT_EXCEEDED, TIMEOUT, STORAGE_DAMAGED. */
  value(query: WindowQuery, signal: AbortSignal | null): Promise<ValueFrame>;
  /** The window cut into about `buckets` steps. Errors: as value. */
  history(query: WindowQuery, buckets: number, signal: AbortSignal | null): Promise<readonly WindowBucket[]>;
}

export function embeddedPeers(windows: Windows): Peers {
  return {
    value: (query, signal) => windows.value(query, signal),
    history: (query, buckets, signal) => windows.history(query, buckets, signal),
  };
}
