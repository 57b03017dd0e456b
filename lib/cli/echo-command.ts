// `hawser echo`: a server that sends every message back, until it is interrupted.

import { parseArgs } from 'node:util';
import { listenAndEcho } from './echo.ts';

const USAGE = `Usage: hawser echo [--port N] [--host NAME] [--no-compression] [--quiet]

Listens and sends every message back. Pages of any origin may connect.

  --port N          default 9001; 0 is any free port
  --host NAME       the address to listen on; default 127.0.0.1
  --no-compression  do not compress messages, whatever clients offer
  --quiet           do not tell what arrives
  --help            this text`;

const DEFAULT_PORT = 9001;

/** The port in an argument. @throws Error saying what is wrong with it */
export function parsePort(text: string): number {
  const port = Number(text);
  if (text.trim() !== '' && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`--port must be a whole number from 0 to 65535, found ${JSON.stringify(text)}`);
}

/** One line a person can act on. */
export function explainListening(error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  return new Error(code === 'EADDRINUSE' ? `the port is taken (${message}); choose another with --port` : message);
}

/** Runs `hawser echo`. */
export async function echoCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string' }, host: { type: 'string' }, 'no-compression': { type: 'boolean' }, quiet: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  const port = values.port === undefined ? DEFAULT_PORT : parsePort(values.port);
  const compression = values['no-compression'] === true ? 'off' : {};
  const server = await listenAndEcho({ host: values.host ?? '127.0.0.1', port, compression }, (line) => console.log(line.trimStart()))
    .catch((error: unknown) => { throw explainListening(error); });
  if (values.quiet === true) server.quiet();
  console.log(`listening on ${server.url}`);
  return 0; // listening keeps the process
}
