#!/usr/bin/env -S node --no-warnings
// The command line: picks a command and runs it. The rest is loaded after a look at Node.js, for an older one fails at
// its first import with a sentence that helps nobody.
const needed = 24;
const major = Number(process.versions.node.split('.', 1)[0]);

if (major < needed) {
  process.stderr.write(`pulseql needs Node.js ${needed} or later; this is ${process.version}\n`);
  process.exitCode = 1;
} else {
  const { runCli } = await import('./cli/run-cli.ts');
  process.exitCode = await runCli(process.argv.slice(2));
}
