// A small file system in memory, for what a full or a read-only disk does. Needs root and the right to mount.
import { spawnSync } from 'node:child_process';

export interface MountedFolder {
  /** Mounts it again with these options. */
  remount(options: string): void;
  unmount(): void;
}

/** Mounts over the folder; undefined where this machine does not let us. */
export function mountTmpfs(folder: string, options: string): MountedFolder | undefined {
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status !== 0) return undefined;
  return {
    remount: (changed) => run('mount', ['-o', `remount,${changed}`, folder]),
    unmount: () => run('umount', [folder]),
  };
}

function run(command: string, words: readonly string[]): void {
  const { status, stderr } = spawnSync(command, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${stderr}`);
}
