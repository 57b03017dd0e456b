#!/usr/bin/env node
// The `hawser` program: which command, and what a person is told when it goes wrong. What a command does is its own module's.

import { conformanceCommand } from './conformance.ts';
import { connectCommand } from './connect.ts';
import { echoCommand } from './echo-command.ts';
import { inspectCommand } from './inspect.ts';

/** Runs with the arguments after the command's name and resolves with the exit code. */
export type Command = (args: readonly string[]) => Promise<number>;

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['conformance', conformanceCommand],
  ['connect', connectCommand],
  ['echo', echoCommand],
  ['inspect', inspectCommand],
]);

const USAGE = `Usage: hawser <command> [options]

  hawser connect <url>          lines in, messages out
  hawser echo                   a server that sends every message back
  hawser inspect [file]         a hex dump or a capture, drawn frame by frame
  hawser conformance <command>  the conformance suite against a server or a client

hawser <command> --help says more.`;

async function main(): Promise<number> {
  const [name, ...args] = process.argv.slice(2);
  if (name === undefined || name === '--help' || name === 'help') {
    console.log(USAGE);
    return name === undefined ? 1 : 0;
  }
  const command = COMMANDS.get(name);
  if (command === undefined) throw new Error(`there is no command ${JSON.stringify(name)}; hawser --help lists them`);
  return command(args);
}

main().then(
  (code) => { process.exitCode = code; },
  (error: unknown) => {
    console.error(`hawser: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  },
);
