// `hawser conformance server`: the suite against a server that echoes.

import { parseArgs } from 'node:util';
import { runServer } from '../conformance/network/server-runner.ts';
import { parseTarget } from '../node/target.ts';
import { listRun } from './conformance-list.ts';
import { readRun, RUN_FLAGS, RUN_USAGE, sayCommand } from './conformance-options.ts';
import { Output, untilInterrupted } from './conformance-output.ts';
import { parseHeader } from './connect.ts';

const SERVER_USAGE: string = `Usage: hawser conformance server <url> [options]

Runs the conformance suite against a server that sends every message back. One that is just starting is waited for.

  -H, --header 'Name: value'  a field of every request; may be repeated
  --insecure          do not verify the server's certificate

${RUN_USAGE}`;

const FLAGS = { ...RUN_FLAGS, header: { type: 'string', short: 'H', multiple: true }, insecure: { type: 'boolean' } } as const;

/** Runs it; the exit code. @throws Error saying which argument is wrong, or why nothing could be run */
export async function conformanceServer(args: readonly string[]): Promise<number> {
  if (args.includes('--list')) return listRun('server', FLAGS, args);
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: FLAGS });
  if (values.help === true) {
    console.log(SERVER_USAGE);
    return 0;
  }
  const [url, ...more] = positionals;
  if (url === undefined || more.length > 0) throw new Error('one URL is wanted: hawser conformance server ws://127.0.0.1:9001');
  const { options, outputs, again } = readRun(values, 'server');
  const { uri } = parseTarget(url);
  const headers = (values.header ?? []).map(parseHeader);
  const insecure = values.insecure === true;
  const agent = options.agent ?? uri;
  const output = new Output(outputs, 'server');
  const signal = untilInterrupted();
  const recorder = output.recorderOf(agent);
  const report = await runServer(url, {
    ...options, agent, headers, rejectUnauthorized: !insecure, signal, onResult: (result, progress) => output.progress(result, progress),
    replay: `${sayCommand([
      'hawser', 'conformance', 'server', uri, ...again, ...insecure ? ['--insecure'] : [],
      ...headers.flatMap(([name]) => ['--header', `${name}: …`]), // a value may be a secret
    ])} --case {id}`,
    ...recorder !== undefined && { recorder },
  });
  return output.finish([report], signal.aborted);
}
