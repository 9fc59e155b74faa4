// Which calls fail in which way, and which codes the store may then give.
import { constants } from 'node:os';
import type { PulseErrorCode } from '../../../src/base/errors.ts';
import type { DiskFault, FaultCall } from '../disk/disk-library.ts';

/** A way to fail; `at` is tried from 1 on. */
export interface FaultKind extends Omit<DiskFault, 'at'> {
  readonly name: string;
  readonly codes: readonly PulseErrorCode[];
}

const { EIO, ENOSPC } = constants.errno;
const half = 0;
const everAfter = 2 ** 31;

const errnoNames: Readonly<Record<number, string>> = { [EIO]: 'EIO', [ENOSPC]: 'ENOSPC', [half]: 'half of it' };

const timesNames: Readonly<Record<number, string>> = { 1: 'once', 2: 'twice', [everAfter]: 'from then on' };

function kind(call: FaultCall, errno: number, times: number, codes: readonly PulseErrorCode[]): FaultKind {
  const name = `${call}, ${errnoNames[errno]}, ${timesNames[times]}`;
  return { call, errno, times, codes, name };
}

// SQLite says of a file that does not open only that, not why: the store then names what is most likely.
export const faultKinds: readonly FaultKind[] = [
  kind('open', EIO, 1, ['STORAGE_FAILED', 'STORAGE_READ_ONLY']),
  kind('open', EIO, everAfter, ['STORAGE_FAILED', 'STORAGE_READ_ONLY']),
  kind('read', EIO, 1, ['STORAGE_FAILED']),
  kind('read', EIO, 2, ['STORAGE_FAILED']),
  kind('read', EIO, everAfter, ['STORAGE_FAILED']),
  kind('read', half, 1, []),
  kind('write', EIO, 1, ['STORAGE_FAILED']),
  kind('write', EIO, everAfter, ['STORAGE_FAILED']),
  kind('write', ENOSPC, 1, ['STORAGE_FULL', 'STORAGE_FAILED']),
  kind('write', ENOSPC, everAfter, ['STORAGE_FULL', 'STORAGE_FAILED']),
  kind('write', half, 1, []),
  kind('truncate', EIO, 1, ['STORAGE_FAILED']),
  kind('truncate', EIO, everAfter, ['STORAGE_FAILED']),
  kind('truncate', ENOSPC, 1, ['STORAGE_FULL', 'STORAGE_FAILED']),
  kind('fsync', EIO, 1, ['STORAGE_FAILED']),
  kind('fsync', EIO, everAfter, ['STORAGE_FAILED']),
  kind('fsync', ENOSPC, 1, ['STORAGE_FULL', 'STORAGE_FAILED']),
  kind('unlink', EIO, 1, ['STORAGE_FAILED']),
  kind('mkdir', EIO, 1, ['STORAGE_FAILED']),
  kind('mkdir', ENOSPC, 1, ['STORAGE_FULL']),
];
