// The way to an open connection, against servers by hand: what is asked, what every refusal says, where redirects lead and what is told on
// the way, and what is the caller's mistake.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { WebSocketClient } from '../../lib/listener/client.ts';
import { WebSocketFailure } from '../../lib/listener/failure.ts';
import type { WebSocketClientOptions } from '../../lib/listener/options.ts';
import type { WebSocketRequest } from '../../lib/listener/request.ts';
import { listen } from '../../lib/node/listen.ts';
import { VirtualClock } from '../support/clock.ts';
import { turns, virtualScheduler } from '../support/duplex.ts';
import { accept, Recorder } from '../support/listener.ts';
import { rawServer } from '../support/sockets.ts';
import type { RawPeer, RawServer } from '../support/sockets.ts';
import { certificateAuthority } from '../support/tls.ts';

const { ca, issue } = certificateAuthority();
const identity = issue(['localhost', '127.0.0.1']);

const asked = (peer: RawPeer): Promise<RawPeer> => peer.until(({ text }) => text.endsWith('\r\n\r\n'));
const fieldsOf = (peer: RawPeer): string[] => peer.text.split('\r\n').slice(1, -2);
const urlOf = ({ port }: RawServer, path: string = '/'): string => `ws://127.0.0.1:${port}${path}`;

/** Asks a server that answers with these texts, one a connection; what the listener was told. */
async function answered(answers: readonly string[], options: WebSocketClientOptions = {}, request: Partial<WebSocketRequest> = {}): Promise<Recorder> {
  const server = await rawServer();
  const recorder = new Recorder();
  new WebSocketClient(options).newWebSocket({ url: urlOf(server), ...request }, recorder);
  for (const answer of answers) {
    const peer = await asked(await server.next());
    peer.write(answer.replaceAll('PORT', String(server.port)));
  }
  await recorder.ended();
  assert.equal(server.peers.length, answers.length);
  server.close();
  return recorder;
}

const ANSWER = 'HTTP/1.1 101 Switching Protocols\r\n';

describe('the request', () => {
  it('has the client\'s fields and its own, of which its own go first by name; Origin and subprotocols are the handshake\'s', async () => {
    const server = await rawServer();
    const client = new WebSocketClient({ headers: { 'User-Agent': 'spec', Accept: 'all', origin: 'https://client.example' }, ping: 'off' });
    const webSocket = client.newWebSocket({
      url: urlOf(server, '/chat?room=1'),
      headers: [['accept', 'one'], ['accept', 'two'], ['Origin', 'https://page.example'], ['Sec-WebSocket-Protocol', 'chat, superchat']],
    }, {});
    const peer = await asked(await server.next());
    assert.match(peer.text, /^GET \/chat\?room=1 HTTP\/1\.1\r\n/);
    const fields = fieldsOf(peer);
    for (const field of ['User-Agent: spec', 'accept: one', 'accept: two', 'Origin: https://page.example', 'Sec-WebSocket-Protocol: chat, superchat']) {
      assert.equal(fields.filter((each) => each === field).length, 1, field);
    }
    assert.equal(fields.filter((field) => /^(?:accept: all|origin: https:\/\/client)/i.test(field)).length, 0);
    webSocket.cancel();
    server.close();
  });

  it('may be of ws, WS, http: the same; user information is Basic credentials', async () => {
    for (const scheme of ['ws', 'WS', 'http']) {
      const server = await rawServer();
      const recorder = new Recorder();
      const webSocket = new WebSocketClient().newWebSocket({ url: `${scheme}://user:pa%20ss@127.0.0.1:${server.port}` }, recorder);
      const peer = await server.next();
      await accept(peer);
      await recorder.until('open');
      assert.ok(fieldsOf(peer).includes(`Authorization: Basic ${Buffer.from('user:pa ss').toString('base64')}`));
      webSocket.cancel();
      server.close();
    }
  });

  it('may be of wss or https: TLS, with the certificate verified', async () => {
    const server = await listen({ tls: identity }, (pending) => { pending.accept(); });
    const client = new WebSocketClient({ tls: { ca } });
    for (const url of [server.url, new URL(server.url.replace('wss', 'https'))]) {
      const recorder = new Recorder();
      const webSocket = client.newWebSocket({ url }, recorder);
      await recorder.until('open');
      webSocket.cancel();
    }
    const stranger = new Recorder();
    new WebSocketClient().newWebSocket({ url: server.url }, stranger);
    assert.deepEqual(await stranger.ended(), ['failure tls UNABLE_TO_VERIFY_LEAF_SIGNATURE']);
    server.terminate();
  });

  it('is judged before anything happens: a mistake throws', () => {
    const client = new WebSocketClient();
    const mistakes: readonly (readonly [request: object, message: RegExp])[] = [
      [{ url: 'ws://h', method: 'POST' }, /^Request must be GET: POST$/],
      [{ url: 'ws://h', headers: { 'sec-websocket-extensions': 'x' } }, /^Request header not permitted: 'Sec-WebSocket-Extensions'$/],
      [{ url: 'ws://h', headers: { 'Sec-WebSocket-Key': 'x' } }, /Sec-WebSocket-Key is written by the handshake itself/],
      [{ url: 'ws://h', headers: { Host: 'x' } }, /Host is written by the handshake itself/],
      [{ url: 'ws://h', headers: { A: 'b\r\nC: d' } }, /value of header A/],
      [{ url: 'ws://h', headers: { A: 1 } }, /request\.headers must be pairs of strings/],
      [{ url: 'ws://h', headers: ['ab'] }, /request\.headers must be pairs of strings/],
      [{ url: 'ws://h', headers: 7 }, /request\.headers must be pairs or an object, found 7/],
      [{ url: 'ws://h', headers: [['Origin', 'https://a'], ['origin', 'https://b']] }, /one Origin/],
      [{ url: 'ws://h', headers: { 'Sec-WebSocket-Protocol': 'a' }, protocols: ['b'] }, /which\?/],
      [{ url: 'ws://h', protocols: ['a', 'a'] }, /unique/],
      [{ url: 'ws://a:b@h', headers: { Authorization: 'x' } }, /which\?/],
      [{ url: 'ws://h', signal: {} }, /request\.signal must be an AbortSignal/],
      [{ url: 'ws://h', body: 'x' }, /request\.body is not an option/],
      [{ url: 'ftp://h' }, /ws:\/\/|wss:\/\//],
      [{ url: 'ws://h/#fragment' }, /no fragment/],
      [{}, /URI/],
    ];
    for (const [request, message] of mistakes) {
      assert.throws(() => client.newWebSocket(request as WebSocketRequest, {}), (error: Error) => {
        assert.ok(error instanceof TypeError || error instanceof RangeError);
        assert.match(error.message, message);
        return true;
      });
    }
    assert.throws(() => client.newWebSocket({ url: 'ws://h' }, { onMessage() {} } as never), /listener\.onMessage is never called; known are onOpen/);
    assert.throws(() => client.newWebSocket({ url: 'ws://h' }, { onOpen: 7 } as never), /listener\.onOpen must be a function, found number/);
    assert.throws(() => client.newWebSocket({ url: 'ws://h' }, null as never), /a listener is an object, found null/);
  });
});

describe('options', () => {
  const mistakes: readonly (readonly [options: object, message: RegExp])[] = [
    [{ pingInterval: 1 }, /options\.pingInterval is not an option; known are headers, tls, ping/],
    [{ ping: { interval: 0 } }, /options\.ping\.interval must be a whole number/],
    [{ ping: { timeout: 'x' } }, /options\.ping\.timeout must be a number/],
    [{ ping: { misses: -1 } }, /options\.ping\.misses/],
    [{ ping: { period: 1 } }, /options\.ping\.period is not an option/],
    [{ ping: 'on' }, /options\.ping must be an object, found on/],
    [{ limits: { maxMessageSize: NaN } }, /limits\.maxMessageSize/],
    [{ limits: { maxQueueSize: 1 } }, /limits\.maxQueueSize is options\.maxQueueSize here/],
    [{ limits: { queuePolicy: 'close' } }, /limits\.queuePolicy/],
    [{ maxQueueSize: -1 }, /options\.maxQueueSize/],
    [{ followRedirects: 1 }, /options\.followRedirects must be a boolean, found 1/],
    [{ allowInsecureRedirects: 'no' }, /options\.allowInsecureRedirects must be a boolean/],
    [{ requireProtocol: 'yes' }, /options\.requireProtocol must be a boolean/],
    [{ closeTimeout: 0 }, /options\.closeTimeout/],
    [{ lingerTimeout: 0 }, /options\.lingerTimeout/],
    [{ handshakeTimeout: 0 }, /timeout/],
    [{ handshakeLimits: { maxHeadSize: 0 } }, /maxHeadSize/],
    [{ headers: { Host: 'x' } }, /Host is written by the handshake itself/],
    [{ headers: { A: 7 } }, /options\.headers must be pairs of strings/],
    [{ tls: { checkServerIdentity: () => undefined } }, /options\.tls\.checkServerIdentity is not an option/],
    [{ tls: { cert: 'none' } }, /PEM|no start line/i],
    [{ proxy: { url: 'socks5://h' } }, /options\.proxy\.url must be like http:\/\/proxy\.example:3128/],
    [{ proxy: 'system' }, /options\.proxy must be an object, found system/],
  ];
  for (const [options, message] of mistakes) {
    it(`are judged when the client is made: ${message.source}`, () => {
      assert.throws(() => new WebSocketClient(options as WebSocketClientOptions), message);
    });
  }

  it('have defaults that are right: redirects followed, 16 MiB of queue, 10 s for the handshake', () => {
    const { settings } = new WebSocketClient();
    assert.deepEqual(
      [settings.followRedirects, settings.allowInsecureRedirects, settings.maxQueueSize, settings.handshakeTimeout], [true, false, 16 * 1024 * 1024, 10_000],
    );
  });
});

describe('an answer that is no acceptance', () => {
  it('is told with its status, fields and content, and with what was expected and found', async () => {
    const recorder = await answered(['HTTP/1.1 404 Not Found\r\nX-A: b\r\nContent-Length: 5\r\n\r\nSorry']);
    assert.deepEqual(recorder.lines, ['failure response STATUS_NOT_101']);
    const { failure, response } = recorder;
    assert.ok(failure instanceof WebSocketFailure && failure instanceof Error);
    assert.deepEqual([failure.status, failure.headers?.get('x-a'), Buffer.from(failure.body).toString()], [404, 'b', 'Sorry']);
    assert.equal(response, failure.response);
    assert.deepEqual([response?.status, response?.reason, response?.protocol], [404, 'Not Found', '']);
    assert.match(failure.message, /Expected 101; found 404 "Not Found"/);
  });

  it('of status 200 is none either, and says which versions the server speaks if it does', async () => {
    assert.match(String((await answered(['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'])).failure?.message), /Expected 101; found 200 "OK"/);
    const recorder = await answered(['HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13, 8\r\nContent-Length: 0\r\n\r\n']);
    assert.deepEqual(recorder.failure?.versions, [13, 8]);
  });

  const cases: readonly (readonly [title: string, head: string, name: string, message: RegExp])[] = [
    ['of status 101 without Connection says that', 'Upgrade: websocket\r\n', 'RESPONSE_CONNECTION_MISSING', /Expected Connection: Upgrade; found no Connection field/],
    ['of status 101 with another Connection says which', 'Upgrade: websocket\r\nConnection: Downgrade\r\n', 'RESPONSE_CONNECTION_WRONG', /found "Downgrade"/],
    ['of status 101 without Upgrade says that', 'Connection: Upgrade\r\n', 'RESPONSE_UPGRADE_MISSING', /Expected Upgrade: websocket; found no Upgrade field/],
    ['of status 101 with another Upgrade says which', 'Connection: Upgrade\r\nUpgrade: Pepsi\r\n', 'RESPONSE_UPGRADE_WRONG', /Expected websocket; found "Pepsi"/],
    ['of status 101 without Sec-WebSocket-Accept says what was expected', 'Connection: Upgrade\r\nUpgrade: websocket\r\n', 'ACCEPT_MISSING', /Expected Sec-WebSocket-Accept: [\w+/]{27}=; found no such field/],
    ['of status 101 with another Sec-WebSocket-Accept shows both', 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: magic\r\n', 'ACCEPT_WRONG', /Expected "[\w+/]{27}="; found "magic"/],
  ];
  for (const [title, head, name, message] of cases) {
    it(title, async () => {
      const recorder = await answered([`${ANSWER}${head}\r\n`]);
      assert.deepEqual(recorder.lines, [`failure response ${name}`]);
      assert.equal(recorder.failure?.status, 101);
      assert.match(String(recorder.failure?.violation?.section), /^RFC 6455 §4\.1$/);
      assert.match(String(recorder.failure?.message), message);
    });
  }

  it('without a subprotocol is one only if the client insists', async () => {
    for (const requireProtocol of [false, true]) {
      const server = await listen({}, (pending) => { pending.accept(); });
      const recorder = new Recorder();
      const webSocket = new WebSocketClient({ requireProtocol }).newWebSocket({ url: server.url, protocols: ['a'] }, recorder);
      if (requireProtocol) assert.deepEqual(await recorder.ended(), ['failure response PROTOCOL_MISSING']);
      else await recorder.until('open');
      webSocket.cancel();
      server.terminate();
    }
  });

  it('that does not come in time fails at the deadline, which nothing before it prolongs', async () => {
    const clock = new VirtualClock();
    const server = await rawServer();
    const recorder = new Recorder();
    const webSocket = new WebSocketClient({ handshakeTimeout: 1000, scheduler: virtualScheduler(clock) }).newWebSocket({ url: urlOf(server) }, recorder);
    const first = await asked(await server.next());
    clock.run(600);
    first.write('HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n');
    await asked(await server.next());
    await turns();
    clock.run(399);
    await turns();
    assert.equal(webSocket.state, 'connecting');
    clock.run(1);
    assert.deepEqual(await recorder.ended(), ['failure response RESPONSE_TIMEOUT']);
    assert.equal(webSocket.close(1000), false);
    server.close();
  });

  it('may come after an open connection for as long as it likes: the deadline is the handshake\'s alone', async () => {
    const clock = new VirtualClock();
    const server = await rawServer();
    const recorder = new Recorder();
    const webSocket = new WebSocketClient({ handshakeTimeout: 1000, ping: 'off', scheduler: virtualScheduler(clock) }).newWebSocket({ url: urlOf(server) }, recorder);
    await accept(await server.next());
    await recorder.until('open');
    clock.run(3_600_000);
    await turns();
    assert.equal(webSocket.state, 'open');
    webSocket.cancel();
    server.close();
  });

  it('may be asked again from within onFailure, twenty times in a row', async () => {
    let left = 20;
    const server = await listen({}, (pending) => { pending.reject(401); });
    const client = new WebSocketClient();
    const again = (): Promise<void> => new Promise((resolve) => {
      client.newWebSocket({ url: server.url }, { onFailure: (_webSocket, { status }) => {
        assert.equal(status, 401);
        if (--left === 0) resolve();
        else resolve(again());
      } });
    });
    await again();
    assert.equal(left, 0);
    await server.close();
  });
});

describe('one that asks to be asked again', () => {
  const timeout = 'HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nRETRY\r\n';
  it('with 408 is asked once more, and not a third time', async () => {
    const plain = timeout.replace('RETRY\r\n', '');
    assert.deepEqual((await answered([`${plain}\r\n`, `${plain}\r\n`])).lines, ['failure response STATUS_NOT_101']);
    const server = await rawServer();
    const recorder = new Recorder();
    const webSocket = new WebSocketClient().newWebSocket({ url: urlOf(server) }, recorder);
    (await asked(await server.next())).write(`${plain}\r\n`);
    await accept(await server.next());
    await recorder.until('open');
    webSocket.cancel();
    server.close();
  });

  it('with 503 is, if it says at once; later is not waited for', async () => {
    const at = (status: number, after: string): string => `HTTP/1.1 ${status} Later\r\nRetry-After: ${after}\r\nContent-Length: 0\r\n\r\n`;
    assert.equal((await answered([at(503, '0'), at(503, '0')])).failure?.status, 503);
    assert.equal((await answered([at(503, '1')])).failure?.status, 503);
    assert.equal((await answered([at(408, '1')])).failure?.status, 408);
    assert.equal((await answered(['HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n'])).failure?.status, 503);
  });
});

describe('a redirect', () => {
  const to = (location: string, status: number = 302): string => `HTTP/1.1 ${status} There\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;

  it('is followed, also to ws:, and within one origin credentials, cookies and every other field go along', async () => {
    const server = await rawServer();
    const recorder = new Recorder();
    const webSocket = new WebSocketClient({ ping: 'off' }).newWebSocket(
      { url: `ws://u:p@127.0.0.1:${server.port}/a`, headers: { Cookie: 'c=1', 'X-A': '1' }, protocols: ['chat'] }, recorder);
    for (const [answer, line] of [
      [to('b?c#d', 301), 'GET /a '], [to(urlOf(server, '/e'), 307), 'GET /b?c '], [to(`http://127.0.0.1:${server.port}/f`, 308), 'GET /e '], [null, 'GET /f '],
    ] as const) {
      const peer = await asked(await server.next());
      assert.ok(peer.text.startsWith(line), peer.text);
      for (const field of ['Cookie: c=1', 'X-A: 1', 'Sec-WebSocket-Protocol: chat', 'Authorization: Basic dTpw']) assert.ok(fieldsOf(peer).includes(field), field);
      if (answer === null) await accept(peer);
      else peer.write(answer);
    }
    await recorder.until('open');
    assert.equal(recorder.response?.url, urlOf(server, '/f'));
    assert.match(String(webSocket.request().url), /\/a$/);
    webSocket.cancel();
    server.close();
  });

  it('to another origin leaves credentials and cookies behind', async () => {
    const [one, other] = [await rawServer(), await rawServer()];
    const webSocket = new WebSocketClient().newWebSocket({
      url: urlOf(one), headers: { Authorization: 'Bearer x', cookie: 'c', 'Proxy-Authorization': 'p', 'X-A': '1' },
    }, {});
    (await asked(await one.next())).write(to(`ws://evil:secret@127.0.0.1:${other.port}/`));
    const peer = await asked(await other.next());
    assert.deepEqual(fieldsOf(peer).filter((field) => /authorization|cookie/i.test(field)), []);
    assert.ok(fieldsOf(peer).includes('X-A: 1'));
    webSocket.cancel();
    one.close();
    other.close();
  });

  it('is a failure with its response when redirects are not followed, or it leads nowhere', async () => {
    const recorder = await answered([to('/b')], { followRedirects: false });
    assert.deepEqual([recorder.lines, recorder.failure?.status, recorder.failure?.headers?.get('Location')], [['failure response STATUS_NOT_101'], 302, '/b']);
    for (const nowhere of ['HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n', 'HTTP/1.1 302 Found\r\nLocation: /a\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n', to('/b', 304)]) {
      assert.equal((await answered([nowhere])).failure?.phase, 'response');
    }
  });

  it('that may not be taken is a failure of its own, with the response', async () => {
    for (const [location, why] of [
      ['mailto:a@b', /mailto: is no scheme/], ['ws://[', /is no URL/], ['ws://h:0/', /h:0|port/],
    ] as const) {
      const { failure } = await answered([to(location)]);
      assert.deepEqual([failure?.phase, failure?.status], ['redirect', 302]);
      assert.match(String(failure?.message), why);
    }
  });

  it('is followed 20 times, and not a 21st', async () => {
    const recorder = await answered(Array.from({ length: 21 }, () => to('/')));
    assert.match(String(recorder.failure?.message), /redirect failed: there were 20 before it/);
  });

  it('from TLS to none is taken only if that is allowed', async () => {
    for (const allowInsecureRedirects of [false, true]) {
      const plain = await rawServer();
      const secure = await listen({ tls: identity }, (pending) => { pending.reject(302, { headers: { Location: urlOf(plain) } }); });
      const recorder = new Recorder();
      const webSocket = new WebSocketClient({ tls: { ca }, allowInsecureRedirects }).newWebSocket({ url: secure.url }, recorder);
      if (allowInsecureRedirects) {
        await accept(await plain.next());
        await recorder.until('open');
      } else {
        await recorder.ended();
        assert.deepEqual([recorder.failure?.phase, plain.peers.length], ['redirect', 0]);
        assert.match(String(recorder.failure?.message), /is without TLS/);
      }
      webSocket.cancel();
      plain.close();
      secure.terminate();
    }
  });
});
