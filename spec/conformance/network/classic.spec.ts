// The protocol of the classic suite, driven as the drivers in the field drive it.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { serveClassic } from '../../../lib/conformance/network/classic.ts';
import type { ClassicOptions } from '../../../lib/conformance/network/classic.ts';
import type { RunReport } from '../../../lib/conformance/result.ts';
import { dial } from '../../../lib/node/dial.ts';
import type { DialOptions } from '../../../lib/node/dial.ts';
import { deferred } from '../../support/sockets.ts';
import { VirtualClock } from '../../support/clock.ts';
import { turns, virtualScheduler } from '../../support/duplex.ts';
import { BAD_HEAD, COMPRESSED, echoClient, PING, RSV, TEXT, verdicts, whyOf } from './support.ts';

const CASES = [TEXT, PING, RSV, BAD_HEAD];

interface Suite {
  readonly url: string;
  readonly told: string[];
  readonly reports: Promise<readonly RunReport[]>;
}

/** Begins to serve, and waits until it does. */
async function suite(options: ClassicOptions = {}): Promise<Suite> {
  const listening = deferred<string>();
  const told: string[] = [];
  const reports = serveClassic({
    port: 0, cases: CASES, onListening: (url, cases) => listening.resolve(`${url} ${cases}`),
    onResult: ({ id, verdict }, agent) => told.push(`${agent}: ${id} ${verdict}`), ...options,
  });
  const [url = ''] = (await Promise.race([listening.promise, reports.then(() => '')])).split(' ');
  return { url, told, reports };
}

/** Everything that is said on one connection, which ends cleanly. */
async function ask(url: string, options: DialOptions = {}): Promise<string> {
  let said = '';
  const transport = await dial(url, { ...options, events: { text: (text) => { said += text; } } });
  const { clean, code } = await transport.closed;
  assert.deepEqual([clean, code], [true, 1000]);
  return said;
}

/** What every driver does. */
async function drive(url: string, agent: string): Promise<void> {
  const count = Number(await ask(`${url}/getCaseCount`));
  for (let number = 1; number <= count; number++) await echoClient(`${url}/runCase?case=${number}&agent=${agent}`);
  await ask(`${url}/updateReports?agent=${agent}`);
}

describe('the classic protocol', () => {
  it('lets a driver count the cases, run each and end with its report; bad heads are left out', async () => {
    const made: RunReport[] = [];
    const { url, told, reports } = await suite({ onReport: (report) => { made.push(report); } });
    await drive(url, 'a%20client');
    const [report, ...more] = await reports;
    assert.deepEqual(more, []);
    assert.equal(report?.agent, 'a client');
    assert.equal(report?.role, 'client');
    assert.deepEqual(report === undefined ? [] : verdicts(report), ['5.6/text pass', '5.5.2/ping pass', '5.2/rsv2 pass']);
    assert.deepEqual(told, ['a client: 5.6/text pass', 'a client: 5.5.2/ping pass', 'a client: 5.2/rsv2 pass']);
    assert.deepEqual(made.map(verdicts), [verdicts(report as RunReport)], 'it was made before the client was told');
    await assert.rejects(dial(url), /ECONNREFUSED/);
  });

  it('has the bad heads where they are asked for', async () => {
    const { url, reports } = await suite({ badHeads: true });
    assert.equal(await ask(`${url}/getCaseCount`), '4');
    await assert.rejects(echoClient(`${url}/runCase?case=4&agent=a`), /Sec-WebSocket-Accept/i);
    await ask(`${url}/updateReports?agent=a`);
    assert.match(verdicts((await reports)[0] as RunReport).at(-1) ?? '', /wrong-accept pass/);
  });

  it('says of a case what it is, and how it went', async () => {
    const { url, reports } = await suite();
    assert.deepEqual(JSON.parse(await ask(`${url}/getCaseInfo?case=1`)), { id: '5.6/text', description: 'Sends a text. It comes back.' });
    assert.deepEqual(JSON.parse(await ask(`${url}/getCaseStatus?case=1&agent=a`)), { behavior: 'FAILED' }, 'it was not run');
    await echoClient(`${url}/runCase?case=1&agent=a`);
    assert.deepEqual(JSON.parse(await ask(`${url}/getCaseStatus?case=1&agent=a`)), { behavior: 'OK' });
    assert.deepEqual(JSON.parse(await ask(`${url}/getCaseStatus?case=1&agent=b`)), { behavior: 'FAILED' }, 'not by that client');
    await ask(`${url}/updateReports?agent=a`);
    await reports;
  });

  it('lets a client in whose case is not for it, and closes in order', async () => {
    const { url, reports } = await suite({ cases: [COMPRESSED] });
    assert.equal(await ask(`${url}/runCase?case=1&agent=a`, { compression: 'off' }), '');
    assert.deepEqual(JSON.parse(await ask(`${url}/getCaseStatus?case=1&agent=a`)), { behavior: 'UNIMPLEMENTED' });
    await ask(`${url}/updateReports?agent=a`);
    assert.deepEqual((await reports).map(verdicts), [['7692-7.2/volley skipped']]);
  });

  it('counts the latest run of a case, and has a name for a client that has none', async () => {
    const { url, reports } = await suite({ cases: [TEXT], agent: 'somebody' });
    await assert.doesNotReject(async () => (await dial(`${url}/runCase?case=1`)).connection.terminate());
    await echoClient(`${url}/runCase?case=1`);
    await ask(`${url}/updateReports`);
    const [report] = await reports;
    assert.deepEqual([report?.agent, verdicts(report as RunReport)], ['somebody', ['5.6/text pass']]);
  });

  it('a case that was never asked for has failed: nobody passes by leaving early', async () => {
    const { url, reports } = await suite();
    await echoClient(`${url}/runCase?case=1&agent=a`);
    await ask(`${url}/updateReports?agent=a`);
    const [report] = await reports;
    assert.deepEqual(verdicts(report as RunReport), ['5.6/text pass', '5.5.2/ping fail', '5.2/rsv2 fail']);
    assert.match(whyOf(report as RunReport, PING.id), /never asked for/);
  });

  it('with keep it goes on for further clients, until it is told to end', async () => {
    const abort = new AbortController();
    const made: string[] = [];
    const { url, reports } = await suite({ keep: true, signal: abort.signal, onReport: ({ agent }) => { made.push(agent); } });
    await drive(url, 'one');
    await drive(url, 'two');
    await echoClient(`${url}/runCase?case=1&agent=three`);
    await ask(`${url}/getCaseStatus?case=1&agent=three`); // it has seen the end
    abort.abort();
    assert.deepEqual((await reports).map((report) => `${report.agent}: ${report.results.length}`), ['one: 3', 'two: 3', 'three: 1']);
    assert.deepEqual(made, ['one', 'two']);
  });

  it('tells a client that asks for what is not there', async () => {
    const { url, reports } = await suite();
    for (const [path, body] of [
      ['/', /known are \/getCaseCount/], ['/runCase?case=0', /cases 1 to 3/], ['/runCase?case=4', /cases 1 to 3/], ['/runCase', /cases 1 to 3/],
      ['/getCaseInfo?case=x', /cases 1 to 3/], ['/getCaseStatus?case=1.5', /cases 1 to 3/], ['/getCases?case=1', /known are/],
    ] as const) {
      await assert.rejects(dial(url + path), (error: Error & { readonly body?: Uint8Array }) => {
        assert.match(error.message, /404/, path);
        return body.test(JSON.stringify(error, Object.getOwnPropertyNames(error)) + new TextDecoder().decode(error.body));
      }, path);
    }
    await ask(`${url}/updateReports`);
    await reports;
  });

  it('ends when no client has come for long, with what there is, and the rest has failed', async () => {
    const clock = new VirtualClock();
    const { url, reports } = await suite({ scheduler: virtualScheduler(clock), idleTimeout: 5_000 });
    clock.run(1_000_000); // nobody has come yet: somebody may
    await turns(5);
    await echoClient(`${url}/runCase?case=1&agent=a`);
    await ask(`${url}/getCaseCount`);
    clock.run(5_000);
    assert.deepEqual((await reports).map(verdicts), [['5.6/text pass', '5.5.2/ping fail', '5.2/rsv2 fail']]);
  });

  it('a report that could not be made is told to the client, and ends everything', async () => {
    const { url, reports } = await suite({ keep: true, onReport: () => Promise.reject(new Error('the disk is full')) });
    const failed = assert.rejects(reports, /the disk is full/);
    const transport = await dial(`${url}/updateReports?agent=a`);
    assert.equal((await transport.closed).code, 1011);
    await failed;
  });

  it('refuses options that make no sense', async () => {
    for (const [options, complaint] of [
      [{ jobs: 3, job: 3 }, /options\.job is not/], [{ keep: 'yes' }, /options\.keep/], [{ idleTimeout: -1 }, /options\.idleTimeout/],
      [{ onReport: true }, /options\.onReport/], [{ onResult: true }, /options\.onResult/],
    ] as const) {
      await assert.rejects(serveClassic(options as never), complaint);
    }
  });
});
