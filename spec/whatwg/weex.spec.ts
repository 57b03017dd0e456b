// The webSocket module of Weex: the documented contract over real sockets, and the adapter in somebody else's hands.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { createWeexWebSocketModule, weexWebSocketAdapter } from '../../lib/whatwg/index.ts';
import type { WeexCloseEvent, WeexWebSocketAdapter, WeexWebSocketListener, WeexWebSocketModule } from '../../lib/whatwg/index.ts';
import { deferred } from '../support/sockets.ts';
import { echo, IDENTITY, serving, silence, TRUST, turn } from './support.ts';

/** What the module tells next through that handler. */
function told<K extends 'onopen' | 'onmessage' | 'onclose' | 'onerror'>(
  module: WeexWebSocketModule, handler: K,
): Promise<Parameters<NonNullable<WeexWebSocketModule[K]>>[0]> {
  return new Promise((resolve) => { Reflect.set(module, handler, resolve); });
}

/** An adapter that does nothing but remember. */
class Recorder implements WeexWebSocketAdapter {
  readonly calls: unknown[][] = [];
  listener: WeexWebSocketListener | null = null;

  connect(url: string, protocol: string, listener: WeexWebSocketListener): void {
    this.calls.push(['connect', url, protocol]);
    this.listener = listener;
  }

  send(data: string | Uint8Array): void {
    this.calls.push(['send', typeof data === 'string' ? data : [...data]]);
    if (data === 'break') throw new Error('broken pipe');
  }

  close(code: number, reason: string): void {
    this.calls.push(['close', code, reason]);
  }

  destroy(): void {
    this.calls.push(['destroy']);
  }
}

/** A module over an adapter that remembers, open if asked for. */
function recorded(): { module: WeexWebSocketModule; adapters: Recorder[] } {
  const adapters: Recorder[] = [];
  const module = createWeexWebSocketModule(() => {
    const adapter = new Recorder();
    adapters.push(adapter);
    return adapter;
  });
  return { module, adapters };
}

describe('the Weex module over the WebSocket', () => {
  it('has WebSocket, send and close, and four handlers to assign', () => {
    const module = createWeexWebSocketModule();
    for (const name of ['WebSocket', 'send', 'close'] as const) assert.equal(typeof module[name], 'function');
    for (const name of ['onopen', 'onmessage', 'onclose', 'onerror'] as const) assert.equal(module[name], null);
    assert.throws(() => createWeexWebSocketModule({} as never), TypeError);
  });

  it('opens with {}, echoes text as {data}, and closes with code, reason and wasClean, over TLS too', async () => {
    for (const [server, options] of [[await serving(echo), {}], [await serving(echo, { tls: IDENTITY }), TRUST]] as const) {
      const module = createWeexWebSocketModule(weexWebSocketAdapter(options));
      module.WebSocket(server.url, '');
      assert.deepEqual(await told(module, 'onopen'), {});
      module.send('hello');
      assert.deepEqual(await told(module, 'onmessage'), { data: 'hello' });
      module.close(3001, 'bye');
      assert.deepEqual(await told(module, 'onclose'), { code: 3001, reason: 'bye', wasClean: true });
    }
  });

  it('calls a handler whenever it was assigned: before WebSocket(), after it, or instead of another', async () => {
    const { url } = await serving(echo);
    const module = createWeexWebSocketModule();
    const opened = told(module, 'onopen'); // before
    module.WebSocket(url);
    module.onmessage = () => assert.fail('replaced');
    await opened;
    module.send('a');
    const message = told(module, 'onmessage'); // instead
    assert.equal((await message).data, 'a');
    module.onmessage = null;
    module.send('nobody listens');
    module.close();
    assert.equal((await told(module, 'onclose')).code, 1000);
  });

  it('carries binary: bytes or the bridge\'s base64 out, an ArrayBuffer in', async () => {
    const { url } = await serving(echo);
    const module = createWeexWebSocketModule();
    module.WebSocket(url);
    await told(module, 'onopen');
    for (const data of [Uint8Array.of(1, 2, 255), Uint8Array.of(1, 2, 255).buffer, { '@type': 'binary', base64: 'AQL/' } as const]) {
      module.send(data);
      const { data: back } = await told(module, 'onmessage');
      assert.ok(back instanceof ArrayBuffer);
      assert.deepEqual([...new Uint8Array(back)], [1, 2, 255]);
    }
    const wrong = told(module, 'onerror');
    module.send({ '@type': 'text', base64: '' } as never);
    assert.match((await wrong).data, /@type/);
    module.close();
  });

  it('offers the subprotocol, several with commas between', async () => {
    const offered: (readonly string[])[] = [];
    const { url } = await serving((pending) => {
      offered.push(pending.request.protocols);
      return echo(pending);
    });
    for (const protocol of ['chat', 'chat, superchat', '', null, undefined]) {
      const module = createWeexWebSocketModule();
      module.WebSocket(url, protocol);
      await told(module, 'onopen');
      module.close();
      await told(module, 'onclose');
    }
    assert.deepEqual(offered, [['chat'], ['chat', 'superchat'], [], [], []]);
  });

  it('takes the code as a string or a number; one that is missing or no number is 1000', async () => {
    const { url } = await serving(echo);
    for (const [code, expected] of [['4001', 4001], [1001, 1001], ['', 1000], [null, 1000], [undefined, 1000], ['soon', 1000]] as const) {
      const module = createWeexWebSocketModule();
      module.WebSocket(url);
      await told(module, 'onopen');
      module.close(code, null);
      assert.deepEqual(await told(module, 'onclose'), { code: expected, reason: '', wasClean: true });
      module.close(4002); // a closed socket stays closed
    }
  });

  it('reports a code or reason that cannot be sent to onerror, and stays open', async () => {
    const { url } = await serving(echo);
    const module = createWeexWebSocketModule();
    module.WebSocket(url);
    await told(module, 'onopen');
    for (const [code, reason] of [[1005, ''], [999, ''], [1000, 'x'.repeat(124)]] as const) {
      const error = told(module, 'onerror');
      module.close(code, reason);
      assert.match((await error).data, /close (?:code|reason)/);
    }
    module.send('still open');
    assert.deepEqual(await told(module, 'onmessage'), { data: 'still open' });
    module.close();
  });

  it('reports what goes wrong as {data}: a URL that is none, a connection that fails or is lost, send() before open', async () => {
    const module = createWeexWebSocketModule();
    module.WebSocket('nonsense');
    assert.match((await told(module, 'onerror')).data, /a WebSocket URL is absolute/);
    let early = told(module, 'onerror');
    module.send('nowhere');
    assert.deepEqual(await early, { data: 'WebSocket is not ready' });

    module.WebSocket('ws://127.0.0.1:25');
    early = told(module, 'onerror');
    module.send('too early');
    assert.deepEqual(await early, { data: 'WebSocket is not ready' });
    assert.match((await told(module, 'onerror')).data, /port 25 is blocked/);
    assert.deepEqual(await told(module, 'onclose'), { code: 1006, reason: '', wasClean: false });

    const { url } = await serving((pending) => {
      const transport = pending.accept();
      setImmediate(() => transport.terminate());
    });
    module.WebSocket(url);
    const closed = told(module, 'onclose');
    assert.match((await told(module, 'onerror')).data, /the connection failed/);
    assert.deepEqual(await closed, { code: 1006, reason: '', wasClean: false }, 'not the 1000 of the originals');
  });

  it('closes an earlier socket with 1001 CLOSE_GOING_AWAY and hears of it no more, on destroy() too', async () => {
    const ends: [number, string][] = [];
    const both = deferred<void>();
    const { url } = await serving((pending) => {
      const { connection } = pending.accept({
        events: {
          text: (message) => { connection.sendText(message); },
          closing: (code, reason) => { if (ends.push([code, reason]) === 2) both.resolve(); },
        },
      });
    });
    const module = createWeexWebSocketModule();
    const closes: WeexCloseEvent[] = [];
    module.onclose = (event) => { closes.push(event); };
    module.WebSocket(url);
    await told(module, 'onopen');
    module.WebSocket(url);
    await told(module, 'onopen');
    module.send('on the second');
    assert.equal((await told(module, 'onmessage')).data, 'on the second');
    module.destroy();
    await both.promise;
    assert.deepEqual(ends, [[1001, 'CLOSE_GOING_AWAY'], [1001, 'CLOSE_GOING_AWAY']]);
    await turn();
    assert.deepEqual(closes, []);
    const error = told(module, 'onerror');
    module.send('gone');
    assert.deepEqual(await error, { data: 'WebSocket is not ready' });
    module.close(); // nothing to close
  });

  it('close() before the socket is open gives it up: onclose, not clean', async () => {
    const module = createWeexWebSocketModule(weexWebSocketAdapter({ connect: silence }));
    module.WebSocket('ws://example.test');
    module.close();
    assert.equal((await told(module, 'onclose')).wasClean, false);
  });
});

describe('the Weex module over another adapter', () => {
  it('makes one for each socket and passes everything through', () => {
    const { module, adapters } = recorded();
    const events: unknown[] = [];
    module.WebSocket('ws://example.test', 'chat');
    module.onopen = (event) => { events.push(event); };
    module.onmessage = (event) => { events.push(event); };
    module.onclose = (event) => { events.push(event); };
    module.onerror = (event) => { events.push(event); };
    const [adapter] = adapters;
    assert.ok(adapter?.listener);
    adapter.listener.onOpen();
    module.send('a');
    module.send(Uint8Array.of(7));
    module.send(5 as unknown as string);
    adapter.listener.onMessage('b');
    adapter.listener.onError('careful');
    module.close('4000', 'done');
    adapter.listener.onClose(4000, 'done', true);
    assert.deepEqual(adapter.calls, [
      ['connect', 'ws://example.test', 'chat'], ['send', 'a'], ['send', [7]], ['send', '5'], ['close', 4000, 'done'],
    ]);
    assert.deepEqual(events, [{}, { data: 'b' }, { data: 'careful' }, { code: 4000, reason: 'done', wasClean: true }]);
    module.WebSocket('ws://example.test/second');
    assert.deepEqual(adapter.calls.at(-1), ['destroy']);
    adapter.listener.onMessage('from the past');
    assert.equal(events.length, 4);
    assert.equal(adapters.length, 2);
  });

  it('reports an exception of the adapter to onerror', async () => {
    const { module, adapters } = recorded();
    module.WebSocket('ws://example.test');
    adapters[0]?.listener?.onOpen();
    const error = told(module, 'onerror');
    module.send('break');
    assert.deepEqual(await error, { data: 'broken pipe' });
    const odd = createWeexWebSocketModule(() => { throw 'no reason'; }); // whatever it throws
    odd.WebSocket('ws://example.test');
    assert.deepEqual(await told(odd, 'onerror'), { data: 'no reason' });
  });

  it('without an implementation says so', async () => {
    const module = createWeexWebSocketModule(() => null);
    module.WebSocket('ws://example.test');
    assert.deepEqual(await told(module, 'onerror'), { data: 'No implementation found for IWebSocketAdapter' });
    const silent = createWeexWebSocketModule(() => null);
    silent.WebSocket('ws://example.test'); // nobody listens, nothing is thrown
    await turn();
  });
});
