// What the tests need beside npm's packages: programs of Debian. As root they are installed where they are missing; else
// they are named. A test that needs one which is not there fails with a sentence.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Where Debian's package of that name puts its program; libc6-dev, which gcc needs, has headers. */
const programs = {
  chromium: '/usr/bin/chromium',
  faketime: '/usr/bin/faketime',
  gcc: '/usr/bin/gcc',
  'libc6-dev': '/usr/include/stdio.h',
  nginx: '/usr/sbin/nginx',
  strace: '/usr/bin/strace',
} as const;

type SystemPackage = keyof typeof programs;

/** The program's path; an error that says what to install where it is not there. */
export function programOf(name: SystemPackage): string {
  const program = programs[name];
  if (existsSync(program)) return program;
  throw new Error(`there is no ${program}: install Debian's package ${name} (apt-get install ${name})`);
}

/** What gives a process another wall clock; the dynamic linker finds it in the machine's own folder of libraries. */
export function fakeTimeLibrary(): string {
  programOf('faketime');
  return '/usr/$LIB/faketime/libfaketime.so.1';
}

function missingPackages(): string[] {
  return Object.entries(programs)
    .filter(([, program]) => !existsSync(program))
    .map(([name]) => name);
}

/** Called by Vitest once, before all tests. */
export function setup(): void {
  const missing = missingPackages();
  if (missing.length === 0) return;
  if (process.getuid?.() === 0) {
    console.log(`installing ${missing.join(' and ')}, which the tests need`);
    aptGet('update') && aptGet('install', '-y', '--no-install-recommends', ...missing);
  }
  const left = missingPackages();
  if (left.length > 0) console.error(`tests will fail that need these packages: apt-get install ${left.join(' ')}`);
}

function aptGet(...words: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, error, stdout, stderr } = spawnSync('apt-get', words, { encoding: 'utf8', env });
  if (status === 0) return true;
  console.error(`apt-get ${words[0]} failed: ${error?.message ?? (stderr || stdout).trim()}`);
  return false;
}
