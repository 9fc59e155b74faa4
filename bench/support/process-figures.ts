// What Linux says of a process: the CPU of all its threads, ended ones too, and its memory.
import { readFileSync, writeFileSync } from 'node:fs';

const msPerTick = 10;

/** User and system time of a process in milliseconds, to 10 ms. */
export function cpuMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name in brackets may hold anything; behind it field 14 is utime, 15 stime (proc_pid_stat(5)).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}

export interface Memory {
  /** Bytes in memory now, and the most since the start or the last forgetPeak(). */
  readonly rss: number;
  readonly peak: number;
}

export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1');
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1024;
  return { rss: bytes('VmRSS'), peak: bytes('VmHWM') };
}

/** Lets a process's peak begin anew at what it uses now (proc_pid_clear_refs(5)). */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
