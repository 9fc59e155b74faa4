// Where values come from: the owner of a query's partition. In one process that is the process itself; whoever asks
// sees whole frames and never a pane.

import type { WindowQuery } from '../windows/window-query.ts';
import type { ValueFrame, WindowBucket } from '../windows/window-value.ts';
import type { Windows } from '../windows/windows.ts';

export interface Peers {
  /** The value now. Errors: LIMIT_EXCEEDED, TIMEOUT, STORAGE_DAMAGED. */
  value(query: WindowQuery): Promise<ValueFrame>;
  /** The window cut into about `buckets` steps. Errors: as value. */
  history(query: WindowQuery, buckets: number): Promise<readonly WindowBucket[]>;
}

export function embeddedPeers(windows: Windows): Peers {
  return {
    value: (query) => windows.value(query),
    history: (query, buckets) => windows.history(query, buckets),
  };
}
