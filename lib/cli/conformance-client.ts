// `hawser conformance client`: the suite against a client, which is made to connect in one of three ways.

import { parseArgs } from 'node:util';
import { serveClassic } from '../conformance/network/classic.ts';
import type { ClassicOptions } from '../conformance/network/classic.ts';
import { runClient } from '../conformance/network/client-runner.ts';
import type { ClientRunOptions, Drive } from '../conformance/network/client-runner.ts';
import { listRun } from './conformance-list.ts';
import { readRun, readWhole, RUN_FLAGS, RUN_USAGE, sayCommand } from './conformance-options.ts';
import type { RunArguments } from './conformance-options.ts';
import { Output, untilInterrupted } from './conformance-output.ts';
import { Driver, execDrive } from './conformance-programs.ts';
import { explainListening, parsePort } from './echo-command.ts';

const CLIENT_USAGE: string = `Usage: hawser conformance client [options]

Runs the conformance suite against a client that sends every message back until the connection closes. It is made to connect by one of:

  --exec 'command {url}'   started in a shell for each case; without {url} the URL stands behind the command
  --driver 'command'       started once; reads a URL a line from standard input, and connects to each
  (neither)                the protocol of the classic suite: /getCaseCount, /runCase?case=N&agent=NAME, /getCaseInfo, /getCaseStatus,
                           /updateReports; the client comes by itself, and the run ends with its report

  --port N            listen on this port; default 9001 for the classic protocol, any free one otherwise
  --host NAME         listen on this address; default 127.0.0.1
  --all               classic: also the cases whose response is deliberately bad; many drivers stop where they cannot connect
  --keep              classic: go on after a report, for further clients, until it is interrupted
  --idle MS           classic: end when no client has come for so long, once there was one; default 60000

${RUN_USAGE}`;

const FLAGS = {
  ...RUN_FLAGS, exec: { type: 'string' }, driver: { type: 'string' }, port: { type: 'string' }, host: { type: 'string' },
  all: { type: 'boolean' }, keep: { type: 'boolean' }, idle: { type: 'string' },
} as const;
const AGENT = 'client';
const LONGEST = 86_400_000;

/** Runs it; the exit code. @throws Error saying which argument is wrong, or why nothing could be run */
export async function conformanceClient(args: readonly string[]): Promise<number> {
  if (args.includes('--list')) return listRun('client', FLAGS, args);
  const { values, positionals: [unexpected] } = parseArgs({ args: [...args], allowPositionals: true, options: FLAGS });
  if (values.help === true) {
    console.log(CLIENT_USAGE);
    return 0;
  }
  if (unexpected !== undefined) throw new Error(`nothing goes without an option here, found ${JSON.stringify(unexpected)}`);
  const { exec, driver, host = '127.0.0.1', all = false, keep = false } = values;
  if (exec !== undefined && driver !== undefined) throw new Error('--exec or --driver: which?');
  for (const [name, command] of Object.entries({ exec, driver })) if (command?.trim() === '') throw new Error(`--${name} must be a command`);
  const classic = exec === undefined && driver === undefined;
  if (!classic && (all || keep || values.idle !== undefined)) throw new Error('--all, --keep and --idle are for the classic protocol');
  if (classic && (values.jobs !== undefined || values.bail === true)) throw new Error('--jobs and --bail are not for the classic protocol: the client decides');
  if (keep && values.tap === true) throw new Error('--keep may bring many reports, and --tap is one: which?');
  const where = { host, ...values.port !== undefined && { port: parsePort(values.port) } };
  const run = readRun(values, 'client');
  const output = new Output(run.outputs, 'client');
  const command = (...words: readonly string[]): string => `${sayCommand(['hawser', 'conformance', 'client', ...words, ...run.again])} --case {id}`;
  try {
    if (exec !== undefined) return await play(execDrive(exec), false, run, output, where, command('--exec', exec));
    if (driver !== undefined) return await playThrough(driver, run, output, where, command('--driver', driver));
    const idle = values.idle === undefined ? {} : { idleTimeout: readWhole('--idle', values.idle, 1, LONGEST) };
    return await serve(run, output, { ...where, ...idle, keep, badHeads: all }, command(...all ? ['--all'] : []));
  } catch (error) {
    throw error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' ? explainListening(error) : error;
  }
}

type Where = Pick<ClientRunOptions, 'host' | 'port'>;

async function play(drive: Drive, lasting: boolean, { options }: RunArguments, output: Output, where: Where, replay: string): Promise<number> {
  const { agent = AGENT, jobs } = options;
  const signal = untilInterrupted();
  const recorder = output.recorderOf(agent);
  const report = await runClient(drive, {
    ...options, ...where, agent, lasting, signal, replay, onResult: (result, progress) => output.progress(result, progress),
    ...lasting && jobs === undefined && { jobs: 1 }, // one client that reads a line after another
    ...recorder !== undefined && { recorder },
  });
  return output.finish([report], signal.aborted);
}

async function playThrough(command: string, run: RunArguments, output: Output, where: Where, replay: string): Promise<number> {
  const driver = new Driver(command);
  try {
    return await play(driver.drive, true, run, output, where, replay);
  } finally {
    await driver.end();
  }
}

async function serve(
  { options, outputs }: RunArguments, output: Output, how: Pick<ClassicOptions, 'host' | 'port' | 'keep' | 'badHeads' | 'idleTimeout'>, replay: string,
): Promise<number> {
  const { agent = AGENT, cases, patience, budget, strict = false } = options;
  const signal = untilInterrupted();
  const recorder = output.recorderOf(agent);
  const done = new Map<string, { done: number; failed: number }>();
  let total = cases.length;
  const reports = await serveClassic({
    ...how, agent, cases, strict, signal, replay, ...recorder !== undefined && { recorder },
    ...patience !== undefined && { patience }, ...budget !== undefined && { budget },
    onListening: (url, count) => {
      total = count;
      if (!outputs.quiet) output.say(`listening on ${url} with ${count} cases`);
    },
    onResult: (result, by) => {
      const so = done.get(by) ?? { done: 0, failed: 0 };
      so.done++;
      so.failed += Number(result.verdict === 'fail');
      done.set(by, so);
      output.progress(result, { ...so, total });
    },
    onReport: (report) => output.write(report),
  });
  const complete = how.keep === true && reports.length > 0 && reports.every(({ results }) => results.length === total);
  return output.finish(reports, signal.aborted && !complete);
}
