// `npm start`: an echo server on loopback, a conversation with it through this project's own client, and the transcript of both. It
// knows arguments and exit codes; what is said is conversation.ts, how it is shown is frame-log.ts.

import { parseArgs } from 'node:util';
import { converse } from './conversation.ts';
import { explainListening, parsePort } from './echo-command.ts';
import { listenAndEcho } from './echo.ts';

const USAGE = `Usage: npm start -- [--once] [--port N] [--host NAME]

Starts a WebSocket echo server, holds a short conversation with it, prints every frame of it in both directions, and stays up as an
echo server until it is interrupted.

  --once       exit after the conversation
  --port N     listen on port N; default 9001, with --once any free one
  --host NAME  listen on this address; default 127.0.0.1
  --help       this text`;

const DEFAULT_PORT = 9001;

interface Arguments {
  readonly once: boolean;
  readonly port: number;
  readonly host: string;
}

/** Reads the command line; null when the usage was asked for. @throws Error saying which argument is wrong */
function readArguments(): Arguments | null {
  const { values } = parseArgs({
    options: { once: { type: 'boolean' }, port: { type: 'string' }, host: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help === true) return null;
  const once = values.once ?? false;
  const port = values.port === undefined ? (once ? 0 : DEFAULT_PORT) : parsePort(values.port);
  return { once, port, host: values.host ?? '127.0.0.1' };
}

async function main(): Promise<void> {
  const parsed = readArguments();
  if (parsed === null) return console.log(USAGE);
  const { once, port, host } = parsed;
  const log = (line: string): void => console.log(line);
  const server = await listenAndEcho({ host, port }, log);
  log(`echo server: listening on ${server.url}\n`);
  try {
    await converse(server.url, log);
  } catch (error) {
    await server.close();
    throw error;
  }
  if (once) return server.close();
  server.quiet();
  log(`\nThe echo server stays up on ${server.url}: point any client at it. Ctrl-C ends it.`);
}

main().catch((error: unknown) => {
  console.error(`hawser: ${explainListening(error).message}`);
  process.exitCode = 1;
});
