// Runs the conformance suite against every face of Hawser and against other people's servers and clients, and holds what it finds to what is
// written down in docs/conformance/. With --write it writes it down: explanations that are there stay, and what a peer does is its own.
//
//   npm run conformance                    all of them
//   npm run conformance -- ws.server       only these
//   npm run conformance -- --write
//
// Every subject is a process of its own, as a real one is: a peer that hangs or dies takes nobody with it.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  CASES, compare, hawserEngine, html, json, renew, runClient, runInMemory, runServer, summary, TranscriptRecorder, writeBaseline,
} from '../../dist/lib/conformance/index.js';
import { VERSION } from '../../dist/lib/conformance/version.js';
import { nodePlatform } from '../../dist/lib/node/index.js';
import { faces } from '../../dist/spec/conformance/faces.js';
import { readResults, resultsPath, writeResultsPage } from '../../dist/spec/support/conformance-results.js';
import { clients, servers } from './conformance-peers.mjs';

const SUBJECT = fileURLToPath(new URL('conformance-subject.mjs', import.meta.url));
/** The page that shows all side by side, and each report whole, for whoever wants to know why. */
const REPORTS = new URL('../../dist/conformance/', import.meta.url);
const PAGE = fileURLToPath(new URL('all.html', REPORTS));
const REQUIREMENTS = new Map(JSON.parse(readFileSync(new URL('../requirements.json', import.meta.url), 'utf8')).map(({ id, text }) => [id, text]));
const idsFor = ({ role }) => new Set(CASES.filter(({ roles }) => roles.includes(role)).map(({ id }) => id));

const { values: { write = false }, positionals } = parseArgs({ options: { write: { type: 'boolean' } }, allowPositionals: true });

/** Ours first: their explanations are written by hand. */
const subjects = [
  ...['server', 'client'].map((role) => ({ name: 'hawser-engine', role, agent: 'hawser engine, in memory', ours: true })),
  ...faces.map(({ name, role }) => ({ name: `hawser-${name}`, role, agent: `hawser ${name}`, ours: true })),
  ...Object.entries(servers).map(([name, { agent }]) => ({ name, role: 'server', agent, ours: false })),
  ...Object.entries(clients).map(([name, { agent }]) => ({ name, role: 'client', agent, ours: false })),
].filter(({ name, role }) => positionals.length === 0 || positionals.includes(name) || positionals.includes(`${name}.${role}`));

const recorder = () => new TranscriptRecorder({ begins: 'heads' });

/** The process of a subject, and how it is talked to: a line in, a line out. */
function start(subject) {
  const child = fork(SUBJECT, [subject.name, subject.role], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  return { child, ready: once(child, 'message').then(([message]) => message) };
}

/** The engine has no process: it is run as in `npm test`. */
function runEngine({ agent, role }) {
  const engine = hawserEngine({ platform: nodePlatform, protocols: ['chat', 'superchat'] });
  const [date, begun] = [new Date(), performance.now()];
  const results = CASES.filter(({ roles }) => roles.includes(role)).map((testCase) => runInMemory(engine, testCase, role, { platform: nodePlatform, recorder }));
  const replay = `npm run conformance -- hawser-engine.${role}`;
  return { agent, role, date: date.toISOString(), ms: performance.now() - begun, hawser: VERSION, replay, results };
}

async function runOne(subject) {
  const { agent, role } = subject;
  if (subject.name === 'hawser-engine') return runEngine(subject);
  if (role === 'server') return runLiving(subject);
  const { child, ready } = start(subject);
  try {
    await ready;
    let number = 0;
    return await runClient((url, signal) => {
      const mine = number++;
      child.send({ url, number: mine });
      return new Promise((resolve) => {
        const settle = () => { child.off('message', heard); resolve(); };
        const heard = (message) => { if (message.done === mine) settle(); };
        child.on('message', heard);
        signal.addEventListener('abort', settle);
      });
    }, { agent, recorder, lasting: true });
  } finally {
    child.kill('SIGKILL');
  }
}

/** A server that dies of a case fails that case. It is started again for the others, one by one, so that it is clear of which. */
async function runLiving(subject) {
  const { agent } = subject;
  let { child, ready } = start(subject);
  const alive = () => child.exitCode === null && child.signalCode === null;
  const revive = async () => {
    if (!alive()) ({ child, ready } = start(subject));
    return (await ready).url;
  };
  try {
    const report = await runServer(await revive(), { agent, recorder });
    if (alive()) return report;
    const cases = new Map(CASES.map((one) => [one.id, one]));
    const results = [];
    for (const result of report.results) {
      if (result.verdict !== 'fail') {
        results.push(result);
        continue;
      }
      const again = await runServer(await revive(), { agent, recorder, cases: [cases.get(result.id)] });
      await new Promise((resolve) => { setTimeout(resolve, 20); }); // a process that throws takes a moment to be gone
      const [found] = again.results;
      results.push(alive() ? found : { ...found, verdict: 'fail', why: 'the process of the server ended: what a peer sends is to cost one connection.' });
    }
    return { ...report, results };
  } finally {
    child.kill('SIGKILL');
  }
}

const reports = [];
mkdirSync(REPORTS, { recursive: true });
for (const subject of subjects) {
  const report = await runOne(subject);
  reports.push(report);
  writeFileSync(new URL(`${subject.name}.${subject.role}.json`, REPORTS), json(report));
  console.log(summary(report, CASES).split('\n', 1)[0]);
  const before = readResults(subject);
  const { worse, better, stale } = compare(before, report.results, idsFor(subject));
  const differences = [
    ...[...worse, ...better].map(({ id, known, found }) => `  ${id}: ${known} is written down, ${found} was found`),
    ...stale.map((id) => `  ${id}: no such case`),
  ];
  console.log(write ? `  ${differences.length} differences are written down` : differences.join('\n'));
  if (write) writeFileSync(resultsPath(subject), writeBaseline(explained(renew(before, report, idsFor(subject)), report, subject)));
  else if (differences.length > 0) process.exitCode = 1;
}
if (write) writeResultsPage();
writeFileSync(PAGE, html(reports, CASES, { title: 'Hawser and others', requirements: REQUIREMENTS }));
console.log(`side by side: ${PAGE}`);
process.exit();

/** What others do is explained by what was found; what Hawser does, by a person. */
function explained(baseline, { results }, { ours }) {
  if (ours) return baseline;
  const whys = new Map(results.map(({ id, why }) => [id, why]));
  return { ...baseline, known: new Map([...baseline.known].map(([id, known]) => [id, { ...known, because: whys.get(id) ?? known.because }])) };
}
