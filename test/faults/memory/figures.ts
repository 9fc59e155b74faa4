// What must hold of the server's memory, and of healthy clients, under every attack of this part.
import { atMost, type Finding } from '../support/attack.ts';
import { type AttackedServer, pause } from '../support/attacked-server.ts';
import type { Witness } from '../support/witness.ts';

const maxPeakMiB = 1024;
const maxGrowth = 0.2;

/** After the attack, while its clients are still there. */
export async function heldUnderAttack(server: AttackedServer, witness: Witness): Promise<Finding[]> {
  const end = server.ended;
  return [
    { what: 'the server', measured: end ?? 'runs', limit: 'running', holds: end === null },
    atMost('highest resident memory', server.peakMiB(), maxPeakMiB, 'MiB'),
    ...(await witness.findings()),
  ];
}

/** Once all attackers have left: what is left of their memory. */
export async function heldAfterLeaving(
  server: AttackedServer,
  beforeMiB: number,
  waitSeconds: number,
): Promise<Finding[]> {
  if (server.ended !== null) return [];
  await Promise.race([pause(waitSeconds * 1000), server.gone]);
  const limit = Math.round(beforeMiB * (1 + maxGrowth));
  const what = `resident memory ${waitSeconds} s after all have left (before: ${beforeMiB} MiB)`;
  // When pages go back to the system is up to the allocator: the part judges it, on a machine of its own.
  return [{ ...atMost(what, server.residentMiB(), limit, 'MiB'), isWallTime: true }];
}
