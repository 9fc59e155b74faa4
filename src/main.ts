#!/usr/bin/env node
// The command line: picks a command and runs it.
import { runCli } from './cli/run-cli.ts';

process.exitCode = await runCli(process.argv.slice(2));
