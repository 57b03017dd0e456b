// Cases against clients over loopback: those that are in order, and those that never connect, go elsewhere, hang, flood or die.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import * as net from 'node:net';
import { runClient } from '../../../lib/conformance/network/client-runner.ts';
import type { Drive } from '../../../lib/conformance/network/client-runner.ts';
import { RunError } from '../../../lib/conformance/run.ts';
import { dial } from '../../../lib/node/dial.ts';
import type { CloseOutcome } from '../../../lib/core/protocol/events.ts';
import { requestText } from '../../support/handshake.ts';
import { RawPeer } from '../../support/sockets.ts';
import { BAD_HEAD, COMPRESSED, DEADLY, echoClient, HEAVY, PING, RSV, TEXT, verdicts, whyOf } from './support.ts';

/** A drive that behaves as `special` for the case with that id, and like a good client for all others. */
function except(id: string, special: Drive): Drive {
  return (url, signal) => (url.endsWith(`/${id}`) ? special(url, signal) : echoClient(url));
}

/** Does nothing until the case is over. */
function waits(_url: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });
}

/** Connects by hand with an opening handshake, to `path` or the URL's. */
async function byHand(url: string, path: string = new URL(url).pathname): Promise<RawPeer> {
  const peer = await RawPeer.connect(Number(new URL(url).port));
  peer.write(requestText().replace(/^GET \S+/, `GET ${path}`));
  await peer.until(({ text }) => text.includes('\r\n\r\n'));
  return peer;
}

const IMPATIENT = { patience: 60, jobs: 1 };

describe('a client that is in order', () => {
  it('passes: light cases at once and heavy ones alone, plain and compressed, and those whose head is bad', async () => {
    let running = 0, most = 0;
    const drive: Drive = async (url) => {
      most = Math.max(most, ++running);
      await echoClient(url).catch(() => {}); // one head is bad
      running--;
    };
    const report = await runClient(drive, { cases: [HEAVY, TEXT, PING, RSV, COMPRESSED, BAD_HEAD], agent: 'hawser' });
    assert.deepEqual(verdicts(report), [
      '5.6/two-mebibytes pass', '5.6/text pass', '5.5.2/ping pass', '5.2/rsv2 pass', '7692-7.2/volley pass', '4.2.2/wrong-accept pass',
    ]);
    assert.ok(most > 1);
    assert.deepEqual([report.agent, report.role], ['hawser', 'client']);
  });

  it('that has nothing to do with a case is let in all the same, and sent away in order', async () => {
    const outcomes: CloseOutcome[] = [];
    const drive: Drive = async (url) => { outcomes.push(await (await dial(url, { compression: 'off', protocols: ['chat'], requireProtocol: true })).closed); };
    const report = await runClient(drive, { cases: [COMPRESSED] });
    assert.deepEqual(verdicts(report), ['7692-7.2/volley skipped']);
    assert.deepEqual(outcomes.map(({ clean, code }) => [clean, code]), [[true, 1000]]);
  });

  it('is told when a case is over, and waited for', async () => {
    let over = 0;
    const report = await runClient(async (url, signal) => {
      await echoClient(url);
      await waits(url, signal);
      over++;
    }, { cases: [TEXT, PING] });
    assert.deepEqual([verdicts(report).length, over], [2, 2]);
  });

  it('may name its target in the absolute form, and only the first connection for a case is played on', async () => {
    const report = await runClient(async (url, signal) => {
      const peer = await byHand(url, url.replace('ws:', 'http:'));
      await assert.rejects(dial(url), /404/);
      peer.socket.end();
      await waits(url, signal);
    }, { cases: [RSV] });
    assert.deepEqual(report.results[0]?.seen, ['end (fin)']);
  });

  it('that lives through all cases is asked afterwards where it has to survive', async () => {
    const urls: string[] = [];
    const drive: Drive = (url) => {
      urls.push(new URL(url).pathname);
      return echoClient(url);
    };
    assert.deepEqual(verdicts(await runClient(drive, { cases: [DEADLY], lasting: true })), ['10.4/deadly pass']);
    assert.deepEqual(urls, ['/case/10.4/deadly', '/case/10.4/deadly/afterwards']);
    await runClient(drive, { cases: [DEADLY] });
    assert.equal(urls.length, 3, 'one that is started for each case has nothing to survive');
    const dead = await runClient(except('afterwards', () => Promise.reject(new Error('dead'))), { cases: [DEADLY], lasting: true, jobs: 1 });
    assert.match(whyOf(dead), /does not go on afterwards\. .*the client ended before it connected: dead/);
  });
});

describe('a client that is not in order costs one case', () => {
  it('when it never connects', async () => {
    const report = await runClient(except(TEXT.id, waits), { cases: [TEXT, PING], ...IMPATIENT, patience: 500 });
    assert.deepEqual(verdicts(report), ['5.6/text fail', '5.5.2/ping pass']);
    assert.equal(whyOf(report, TEXT.id), 'no connection came within 1000 ms');
  });

  it('when it is gone before it connects, with what it had to say', async () => {
    const report = await runClient(except(TEXT.id, () => Promise.reject(new Error('exit code 3'))), { cases: [TEXT, PING] });
    assert.deepEqual(verdicts(report), ['5.6/text fail', '5.5.2/ping pass']);
    assert.equal(whyOf(report, TEXT.id), 'the client ended before it connected: exit code 3');
    const idle = await runClient(except(TEXT.id, () => Promise.resolve()), { cases: [TEXT] });
    assert.equal(whyOf(idle), 'the client ended before it connected: it was done');
  });

  it('when it goes elsewhere, and that is said', async () => {
    const report = await runClient(except(TEXT.id, async (url) => { await byHand(url, '/elsewhere?x'); }), { cases: [TEXT, PING], jobs: 1 });
    assert.deepEqual(verdicts(report), ['5.6/text fail', '5.5.2/ping pass']);
    assert.match(whyOf(report, TEXT.id), /ended before it connected.*; meanwhile somebody asked for "\/elsewhere\?x", where no case is played/);
  });

  it('when it sends no request', async () => {
    const drive: Drive = except(TEXT.id, async (url, signal) => {
      const peer = await RawPeer.connect(Number(new URL(url).port));
      peer.write('?'.repeat(20_000));
      await waits(url, signal);
      peer.socket.destroy();
    });
    const report = await runClient(drive, { cases: [TEXT, PING], ...IMPATIENT, patience: 500 });
    assert.deepEqual(verdicts(report), ['5.6/text fail', '5.5.2/ping pass']);
  });

  it('when it connects and then hangs', async () => {
    const drive: Drive = except(TEXT.id, async (url, signal) => {
      const peer = await byHand(url);
      await waits(url, signal);
      peer.socket.destroy();
    });
    const report = await runClient(drive, { cases: [TEXT, PING], ...IMPATIENT, patience: 500 });
    assert.deepEqual(verdicts(report), ['5.6/text fail', '5.5.2/ping pass']);
    assert.match(whyOf(report, TEXT.id), /it did not come in time/);
  });

  it('when it dies in the middle, with what it had to say', async () => {
    const drive: Drive = except(TEXT.id, async (url) => {
      const peer = await byHand(url);
      (peer.socket as net.Socket).resetAndDestroy();
      throw new Error('segmentation fault');
    });
    const report = await runClient(drive, { cases: [TEXT, PING], jobs: 1 });
    assert.deepEqual(verdicts(report), ['5.6/text fail', '5.5.2/ping pass']);
    assert.match(whyOf(report, TEXT.id), /found the end of the connection \(reset\)\. The client: segmentation fault\./);
  });

  it('when it sends without end', async () => {
    const ping = Buffer.concat(Array.from({ length: 1_000 }, () => Buffer.of(0x8a, 0x80 | 125, 0, 0, 0, 0, ...new Uint8Array(125))));
    const drive: Drive = except(TEXT.id, async (url) => {
      const peer = await byHand(url);
      const flood = (): void => {
        while (peer.socket.writable && peer.socket.write(ping));
      };
      peer.socket.on('drain', flood);
      flood();
      await peer.until(({ closed }) => closed).catch(() => {});
    });
    const report = await runClient(drive, { cases: [TEXT, PING], jobs: 1, patience: 60_000 });
    assert.deepEqual(verdicts(report), ['5.6/text fail', '5.5.2/ping pass']);
    assert.match(whyOf(report, TEXT.id), /UNASKED.*not without end/);
  });
});

describe('no run at all', () => {
  it('when the client never connects whatever it is told: that is seen after a few', async () => {
    let started = 0;
    const cases = Array.from({ length: 20 }, (_, i) => ({ ...TEXT, id: `5.6/${i}` }));
    await assert.rejects(runClient(() => {
      started++;
      return Promise.reject(new Error('foo: not found'));
    }, { cases, jobs: 1 }), (error) => error instanceof RunError && error.message === 'the client never connects: the client ended before it connected: foo: not found');
    assert.equal(started, 3);
  });

  it('when the port is taken', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    await assert.rejects(runClient(echoClient, { port: (taken.address() as net.AddressInfo).port }), { code: 'EADDRINUSE' });
    taken.close();
  });

  it('for options that make no sense', async () => {
    await assert.rejects(runClient('node client.mjs' as never), /drive must be a function/);
    await assert.rejects(runClient(echoClient, { lasting: 1 } as never), /options\.lasting/);
    await assert.rejects(runClient(echoClient, { exec: 'x' } as never), /options\.exec is not an option/);
  });

  it('when it is ended from outside, whether the client has come or not', async () => {
    for (const drive of [waits, async (url: string, signal: AbortSignal) => {
      const peer = await byHand(url);
      await waits(url, signal);
      peer.socket.destroy();
    }]) {
      const abort = new AbortController();
      const report = await runClient(async (url, signal) => {
        setImmediate(() => setImmediate(() => abort.abort()));
        await drive(url, signal);
      }, { cases: [TEXT, PING], signal: abort.signal, patience: 60_000 });
      assert.deepEqual(report.results, []);
    }
  });
});
