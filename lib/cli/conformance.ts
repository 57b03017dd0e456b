// `hawser conformance`: which of its commands, and its exit codes: 0 when nothing fails, 1 when something does, 2 for a mistake in the arguments
// and when nothing could be run.

import { conformanceClient } from './conformance-client.ts';
import { conformanceList } from './conformance-list.ts';
import { conformanceReport } from './conformance-report.ts';
import { conformanceServer } from './conformance-server.ts';

const USAGE = `Usage: hawser conformance <command> [options]

  hawser conformance server <url>   runs the suite against a server that echoes
  hawser conformance client         runs it against a client that echoes
  hawser conformance list           shows the cases
  hawser conformance report         puts runs that were kept side by side

hawser conformance <command> --help says more.`;

type Command = (args: readonly string[]) => number | Promise<number>;

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['server', conformanceServer],
  ['client', conformanceClient],
  ['list', conformanceList],
  ['report', conformanceReport],
]);

const MISTAKE = 2;

/** Runs `hawser conformance`. */
export async function conformanceCommand(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === 'help') {
    console.log(USAGE);
    return name === undefined ? MISTAKE : 0;
  }
  try {
    const command = COMMANDS.get(name);
    if (command === undefined) throw new Error(`there is no command conformance ${name}; hawser conformance --help lists them`);
    return await command(rest);
  } catch (error) {
    console.error(`hawser: ${error instanceof Error ? error.message : String(error)}`);
    return MISTAKE;
  }
}
