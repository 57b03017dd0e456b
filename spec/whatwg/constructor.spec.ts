// WHATWG WebSockets §3.1, the constructor: what it takes, what it refuses and how, and what a socket is when it returns.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { WebSocket } from '../../lib/whatwg/index.ts';
import type { WebSocketOptions } from '../../lib/whatwg/index.ts';
import { BLOCKED_PORTS } from '../../lib/whatwg/url.ts';
import { echo, FAILED, next, open, rawServing, serving, silence, story, throwsDom, turn } from './support.ts';

/** A socket that does not get anywhere, and is closed when the spec has looked at it. */
function connecting(...args: unknown[]): WebSocket {
  const [url, protocols, options = { connect: silence }] = args;
  const socket = new WebSocket(url as string, protocols as string, options as WebSocketOptions);
  socket.close();
  return socket;
}

/** What the socket made with this URL says its URL is. */
const urlOf = (url: unknown): string => connecting(url).url;

describe('the constructor: URL', () => {
  it('needs a URL: no argument is a TypeError', () => {
    assert.throws(() => Reflect.construct(WebSocket, []), TypeError);
    assert.equal(WebSocket.length, 1);
  });

  it('makes an instance, and needs new', () => {
    assert.ok(connecting('ws://example.test') instanceof WebSocket);
    assert.throws(() => (WebSocket as unknown as (url: string) => void)('ws://example.test'), TypeError);
  });

  it('turns http into ws and https into wss [whatwg-ws-3.1-4]', () => {
    assert.equal(urlOf('http://example.test/a'), 'ws://example.test/a');
    assert.equal(urlOf('https://example.test/a'), 'wss://example.test/a');
    assert.equal(urlOf('http://example.test:443/'), 'ws://example.test:443/');
  });

  it('refuses what cannot be parsed with a SyntaxError, a space in the host too [whatwg-ws-3.1-3]', () => {
    for (const url of ['ws://foo bar.com/', 'ws://exa mple.test/', 'http://', 'wss://a:65536/', 'ws://[::1/', '']) {
      throwsDom('SyntaxError', () => new WebSocket(url));
    }
  });

  it('has no base URL: a relative URL is a SyntaxError', () => {
    for (const url of ['test', '/echo', '?', null, 123]) throwsDom('SyntaxError', () => new WebSocket(url as string));
  });

  it('refuses every other scheme with a SyntaxError [whatwg-ws-3.1-5]', () => {
    for (const url of ['ftp://example.test/', 'mailto:a@example.test', 'about:blank', 'javascript:0', 'data:,', 'file:///a', 'wsx://a/']) {
      throwsDom('SyntaxError', () => new WebSocket(url));
    }
  });

  it('refuses any fragment, even an empty one, with a SyntaxError [whatwg-ws-3.1-6]', () => {
    for (const url of ['ws://a/#test', 'ws://a/?test#test', 'ws://a/#', 'https://a/#']) throwsDom('SyntaxError', () => new WebSocket(url));
  });

  it('gives the serialised URL: slash, case, escapes, missing slashes, stringified, whatever the document [whatwg-ws-3.1-10]', () => {
    assert.equal(urlOf('ws://example.test'), 'ws://example.test/');
    assert.equal(urlOf('WSS://EXAMPLE.test:443/Path'), 'wss://example.test/Path');
    assert.equal(urlOf('ws:example.test/echo'), 'ws://example.test/echo');
    assert.equal(urlOf('ws:/example.test/echo'), 'ws://example.test/echo');
    assert.equal(urlOf('wss:/example.test'), 'wss://example.test/');
    assert.equal(urlOf('ws://example.test/?a b%20c'), 'ws://example.test/?a%20b%20c');
    assert.equal(urlOf('ws://example.test/?å'), 'ws://example.test/?%C3%A5');
    assert.equal(urlOf('ws://example.test/?\0b\0'), 'ws://example.test/?%00b');
    assert.equal(urlOf('ws://bücher.test/'), 'ws://xn--bcher-kva.test/');
    assert.equal(urlOf('ws://user:pass@example.test/'), 'ws://user:pass@example.test/');
    assert.equal(urlOf(new URL('ws://example.test/of/a/URL')), 'ws://example.test/of/a/URL');
    assert.equal(urlOf({ toString: () => 'ws://example.test/of/an/anchor' }), 'ws://example.test/of/an/anchor');
    assert.throws(() => new WebSocket(Symbol('ws://example.test') as unknown as string), TypeError);
  });

  it('takes ports 80 and 443 with either scheme', () => {
    for (const url of ['ws://a:80/', 'ws://a:443/', 'wss://a:80/', 'wss://a:443/']) assert.equal(connecting(url).readyState, WebSocket.CLOSING);
  });

  it('fails the connection to each port that Fetch blocks, without an exception and without connecting [whatwg-fetch-2.9-1]', async () => {
    let connects = 0;
    const connect = (): ReturnType<typeof silence> => {
      connects++;
      return silence();
    };
    assert.equal(BLOCKED_PORTS.size, 83);
    const stories = await Promise.all([...BLOCKED_PORTS].map((port) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`, [], { connect });
      assert.equal(socket.readyState, WebSocket.CONNECTING);
      return story(socket);
    }));
    for (const told of stories) assert.deepEqual(told, FAILED);
    assert.equal(connects, 0);
  });

  it('opens and closes a plain URL', async () => {
    const { url } = await serving(echo);
    const socket = new WebSocket(url);
    const told = story(socket);
    await next(socket, 'open');
    socket.close();
    assert.deepEqual(await told, ['open 1', 'close 3: 1005 "" clean']);
  });
});

describe('the constructor: subprotocols', () => {
  it('takes a string for a list of one [whatwg-ws-3.1-7]', async () => {
    const { url } = await serving(echo);
    assert.equal((await open(url, 'foobar')).protocol, 'foobar');
  });

  it('takes anything iterable for a list, and stringifies all else', async () => {
    const raw = await rawServing();
    for (const [given, sent] of [[new Set(['a', 'b']), 'a, b'], [null, 'null'], [undefined, undefined], [[], undefined]] as const) {
      void new WebSocket(`ws://127.0.0.1:${raw.port}/`, given as unknown as string[], { serialize: false });
      const peer = await raw.next();
      await peer.until(({ text }) => text.includes('\r\n\r\n'));
      assert.equal(/^sec-websocket-protocol: (.*)\r$/im.exec(peer.text)?.[1], sent);
      peer.socket.destroy();
    }
  });

  it('refuses what is no token with a SyntaxError: empty, separators, controls, blanks, beyond ASCII [whatwg-ws-3.1-8]', () => {
    const separators = [...'()<>@,;:\\"/[]?={} \t'];
    const controls = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code));
    const high = Array.from({ length: 129 }, (_, i) => String.fromCharCode(0x7f + i));
    for (const character of [...separators, ...controls, ...high]) {
      throwsDom('SyntaxError', () => new WebSocket('ws://example.test', character));
      throwsDom('SyntaxError', () => new WebSocket('ws://example.test', ['chat', `a${character}b`]));
    }
    for (const protocol of ['', ['']] as const) throwsDom('SyntaxError', () => new WebSocket('ws://example.test', protocol as string));
    assert.ok(connecting('ws://example.test', "!#$%&'*+-.^_`|~09azAZ"));
  });

  it('refuses a repeated subprotocol with a SyntaxError, whatever its case [whatwg-ws-3.1-8]', () => {
    throwsDom('SyntaxError', () => new WebSocket('ws://example.test', ['echo', 'echo']));
    throwsDom('SyntaxError', () => new WebSocket('ws://example.test', ['echo', 'chat', 'ECHO']));
  });
});

describe('the constructor: what there is afterwards', () => {
  it('is CONNECTING, has no protocol, no extensions, nothing buffered, and prefers Blobs [whatwg-ws-3.1-2] [whatwg-ws-3.1-11]', () => {
    const socket = new WebSocket('ws://example.test', 'chat', { connect: silence });
    assert.equal(socket.readyState, WebSocket.CONNECTING);
    assert.equal(socket.protocol, '');
    assert.equal(socket.extensions, '');
    assert.equal(socket.bufferedAmount, 0);
    assert.equal(socket.binaryType, 'blob');
    socket.close();
  });

  it('returns before any event, and connects in parallel [whatwg-ws-3.1-9]', async () => {
    const socket = new WebSocket('ws://127.0.0.1:25');
    const told = story(socket);
    await Promise.resolve();
    assert.equal(socket.readyState, WebSocket.CONNECTING, 'not in a microtask either');
    assert.deepEqual(await told, FAILED);
  });
});

describe('the constructor: the third argument, which is not the standard\'s', () => {
  it('ignores what is no object: a surplus argument', async () => {
    const { url } = await serving(echo);
    const socket = new WebSocket(url, 'echo', 'stray argument' as unknown as WebSocketOptions);
    await next(socket, 'open');
    socket.close();
    assert.equal(connecting('ws://127.0.0.1:25', [], null).readyState, WebSocket.CLOSING);
  });

  it('refuses an option that is unknown or makes no sense, at once and by name', () => {
    const make = (options: object): unknown => new WebSocket('ws://example.test', [], options as WebSocketOptions);
    assert.throws(() => make({ header: {} }), /options\.header is not an option/);
    assert.throws(() => make({ events: {} }), /options\.events is not an option/);
    assert.throws(() => make({ signal: 'now' }), /options\.signal must be an AbortSignal/);
    assert.throws(() => make({ limits: { maxQueueSize: -1 } }), /limits\.maxQueueSize/);
    assert.throws(() => make({ headers: { Upgrade: 'h2c' } }), TypeError);
    assert.throws(() => make({ handshakeTimeout: 'soon' }), RangeError);
  });

  it('gives up with its signal, before or while connecting; once open the signal means nothing', async () => {
    const { url } = await serving(echo);
    const before = new WebSocket(url, [], { signal: AbortSignal.abort() });
    assert.deepEqual(await story(before), FAILED);

    const controller = new AbortController();
    const during = new WebSocket(url, [], { connect: silence, signal: controller.signal });
    await turn();
    controller.abort(new Error('changed my mind'));
    const { message } = await next(during, 'error');
    assert.match(message, /changed my mind/);

    const late = new AbortController();
    const socket = await open(url, [], { signal: late.signal });
    late.abort();
    await turn();
    socket.send('still here');
    assert.equal((await next(socket, 'message')).data, 'still here');
    socket.close();
  });
});
