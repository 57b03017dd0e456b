// The Web IDL surface: constants, attributes and operations where browsers have them, event handler attributes, events of the right class.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { CloseEvent, ErrorEvent, WebSocket } from '../../lib/whatwg/index.ts';
import type { CloseEventInit, ErrorEventInit } from '../../lib/whatwg/index.ts';
import { echo, next, rawServing, serving, silence, accept } from './support.ts';
import { frame } from '../support/frames.ts';

const CONSTANTS = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;
const READ_ONLY = ['url', 'readyState', 'bufferedAmount', 'extensions', 'protocol'] as const;
const HANDLERS = ['onopen', 'onmessage', 'onerror', 'onclose'] as const;

/** A socket that stays CONNECTING until it is closed, at once. */
function aSocket(): WebSocket {
  const socket = new WebSocket('ws://example.test', [], { connect: silence });
  socket.close();
  return socket;
}

/** Runs with the member's descriptor on the prototype changed, and restores it. */
function withMember(name: string, change: (descriptor: PropertyDescriptor) => void): void {
  const descriptor = Object.getOwnPropertyDescriptor(WebSocket.prototype, name);
  assert.ok(descriptor !== undefined);
  try {
    change(descriptor);
  } finally {
    Object.defineProperty(WebSocket.prototype, name, descriptor);
  }
}

/** A handler as scripts give it, whatever it is. */
function assign(socket: WebSocket, name: (typeof HANDLERS)[number], value: unknown): unknown {
  assert.ok(Reflect.set(socket, name, value));
  return socket[name];
}

describe('the WebSocket interface', () => {
  it('has its constants on the class, the prototype and instances, for good [whatwg-ws-3.1-1]', () => {
    const socket = aSocket();
    for (const [name, value] of Object.entries(CONSTANTS)) {
      for (const owner of [WebSocket, WebSocket.prototype]) {
        assert.deepEqual(Object.getOwnPropertyDescriptor(owner, name), { value, writable: false, enumerable: true, configurable: false });
        assert.equal(Reflect.set(owner, name, 5), false);
        assert.equal(Reflect.deleteProperty(owner, name), false);
        assert.throws(() => Object.defineProperty(owner, name, { get: () => 5 }), TypeError);
        assert.throws(() => Object.defineProperty(owner, name, { set: () => {} }), TypeError);
      }
      assert.equal(Reflect.get(socket, name), value);
    }
  });

  it('has attributes as accessors of the prototype, enumerable and configurable, those to be read only without a setter', () => {
    for (const name of [...READ_ONLY, ...HANDLERS, 'binaryType']) {
      const descriptor = Object.getOwnPropertyDescriptor(WebSocket.prototype, name);
      assert.equal(typeof descriptor?.get, 'function', name);
      assert.equal(typeof descriptor?.set, READ_ONLY.includes(name as 'url') ? 'undefined' : 'function', name);
      assert.ok(descriptor?.enumerable === true && descriptor.configurable === true, name);
      assert.equal(name in aSocket(), true);
    }
    assert.equal('URL' in WebSocket.prototype, false);
  });

  it('keeps the value of a read-only attribute that is assigned', () => {
    const socket = aSocket();
    for (const name of READ_ONLY) {
      const before = socket[name];
      assert.equal(Reflect.set(socket, name, 'other'), false);
      assert.equal(socket[name], before);
    }
  });

  it('lets a script delete an attribute, and define another getter or setter in its place', () => {
    for (const name of READ_ONLY) {
      const socket = aSocket();
      withMember(name, () => {
        assert.ok(Reflect.deleteProperty(WebSocket.prototype, name));
        assert.equal(socket[name], undefined);
        Object.defineProperty(WebSocket.prototype, name, { configurable: true, get: () => 'mine' });
        assert.equal(socket[name], 'mine');
        let seen: unknown;
        Object.defineProperty(WebSocket.prototype, name, { configurable: true, set: (value) => { seen = value; } });
        Reflect.set(socket, name, 'set');
        assert.equal(seen, 'set');
      });
    }
  });

  it('has operations that are enumerable, return undefined and can be shadowed on the instance', () => {
    const socket = aSocket();
    for (const [name, length] of [['close', 0], ['send', 1]] as const) {
      const descriptor = Object.getOwnPropertyDescriptor(WebSocket.prototype, name);
      assert.ok(descriptor?.enumerable === true && descriptor.writable === true && descriptor.configurable === true);
      assert.equal(WebSocket.prototype[name].length, length);
    }
    assert.equal(socket.close(), undefined);
    assert.equal(socket.send(''), undefined);
    Reflect.set(socket, 'close', 5);
    Reflect.set(socket, 'send', 6);
    assert.deepEqual([socket.close, socket.send], [5, 6]);
  });

  it('is an EventTarget with its class string, and refuses members of another object', () => {
    const socket = aSocket();
    assert.ok(socket instanceof EventTarget);
    assert.equal(String(socket), '[object WebSocket]');
    assert.deepEqual(Object.getOwnPropertyDescriptor(WebSocket.prototype, Symbol.toStringTag),
      { value: 'WebSocket', writable: false, enumerable: false, configurable: true });
    for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent']) {
      assert.equal(typeof Reflect.get(socket, name), 'function');
      assert.equal(Object.hasOwn(WebSocket.prototype, name), false);
    }
    assert.throws(() => WebSocket.prototype.readyState, TypeError);
    assert.throws(() => WebSocket.prototype.close.call({}), TypeError);
  });

  it('shows nothing beyond the standard', () => {
    assert.deepEqual(Object.keys(WebSocket.prototype).sort(),
      [...READ_ONLY, ...HANDLERS, ...Object.keys(CONSTANTS), 'binaryType', 'close', 'send'].sort());
    assert.deepEqual(Object.keys(WebSocket).sort(), Object.keys(CONSTANTS).sort());
    assert.deepEqual(Reflect.ownKeys(aSocket()).filter((key) => typeof key === 'string'), [], 'the symbols are EventTarget\'s');
  });
});

describe('event handler attributes [whatwg-ws-3.1-31]', () => {
  it('are null at first, keep functions and objects, and turn all else into null', () => {
    for (const name of HANDLERS) {
      const socket = aSocket();
      assert.equal(socket[name], null);
      const handler = (): void => {};
      assert.equal(assign(socket, name, handler), handler);
      const object = { handleEvent: handler };
      for (const value of [undefined, 1, 'function () {}', null, true, Symbol('a')]) {
        assert.equal(assign(socket, name, object), object);
        assert.equal(assign(socket, name, value), null);
      }
      assert.equal(assign(socket, name, 1), null, 'also where there was none');
    }
  });

  it('are called for every event of their type, synchronously when it is dispatched', () => {
    for (const name of HANDLERS) {
      const socket = aSocket();
      let calls = 0;
      assign(socket, name, () => { calls++; });
      socket.dispatchEvent(new Event(name.slice(2)));
      assert.equal(calls, 1);
    }
  });

  it('do not call an object, not even its handleEvent', () => {
    for (const name of HANDLERS) {
      const socket = aSocket();
      assign(socket, name, { handleEvent: () => assert.fail('called') });
      socket.dispatchEvent(new Event(name.slice(2)));
    }
  });

  it('take their place among the listeners when first set, keep it when replaced, and give it up with null', () => {
    const socket = aSocket();
    const calls: string[] = [];
    const say = (word: string) => (): void => { calls.push(word); };
    socket.addEventListener('open', say('first'));
    socket.onopen = say('wrong');
    socket.addEventListener('open', say('third'));
    socket.onopen = say('second');
    socket.dispatchEvent(new Event('open'));
    socket.onopen = null;
    socket.onopen = say('fourth');
    socket.dispatchEvent(new Event('open'));
    assert.deepEqual(calls, ['first', 'second', 'third', 'first', 'third', 'fourth']);
  });

  it('cancel an event that can be cancelled by returning false', () => {
    const socket = aSocket();
    socket.onopen = () => false;
    assert.equal(socket.dispatchEvent(new Event('open', { cancelable: true })), false);
    assert.equal(socket.dispatchEvent(new Event('open')), true);
  });

  it('and listeners see the socket as this and as target for every event, and as currentTarget at the target as far as Node tells', async () => {
    const raw = await rawServing();
    const socket = new WebSocket(`ws://127.0.0.1:${raw.port}`);
    const seen = new Map<string, number>();
    function look(this: unknown, event: Event): void {
      const count = seen.get(event.type) ?? 0;
      seen.set(event.type, count + 1);
      assert.ok(this === socket && event.target === socket);
      // Node 20 shows these to the first listener only.
      if (count === 0) assert.ok(event.currentTarget === socket && event.eventPhase === 2);
    }
    for (const type of ['open', 'message', 'error', 'close'] as const) {
      assign(socket, `on${type}`, look);
      socket.addEventListener(type, look);
    }
    const closed = next(socket, 'close');
    const peer = await raw.next();
    await accept(peer, '', Buffer.concat([frame({ opcode: 1, payload: 'a' }), frame({ opcode: 3 })]));
    await closed;
    assert.deepEqual([...seen], [['open', 2], ['message', 2], ['error', 2], ['close', 2]]);
  });

  it('and listeners are called in the order of their registration, and not once removed', async () => {
    const { url } = await serving(echo);
    const socket = new WebSocket(url);
    const calls: string[] = [];
    const removed = (): void => assert.fail('called');
    for (const type of ['open', 'message', 'close'] as const) {
      socket.addEventListener(type, removed);
      socket.addEventListener(type, () => { calls.push(`${type} 1`); });
      assign(socket, `on${type}`, () => { calls.push(`${type} 2`); });
      socket.addEventListener(type, () => { calls.push(`${type} 3`); });
      socket.removeEventListener(type, removed);
    }
    socket.addEventListener('open', () => socket.send('a'));
    socket.addEventListener('message', () => socket.close());
    await next(socket, 'close');
    assert.deepEqual(calls, ['open', 'message', 'close'].flatMap((type) => [1, 2, 3].map((place) => `${type} ${place}`)));
  });
});

describe('events', () => {
  it('are of the standard\'s classes and cannot be cancelled; error is an ErrorEvent, which says more than the plain Event', async () => {
    const raw = await rawServing();
    const socket = new WebSocket(`ws://127.0.0.1:${raw.port}`);
    const seen: Event[] = [];
    const states: number[] = [];
    for (const type of ['open', 'message', 'error', 'close'] as const) {
      socket.addEventListener(type, (event) => {
        seen.push(event);
        states.push(socket.readyState);
      });
    }
    const closed = next(socket, 'close');
    await accept(await raw.next(), '', Buffer.concat([frame({ opcode: 1, payload: 'good' }), frame({ opcode: 3 })]));
    await closed;
    assert.deepEqual(seen.map(({ type }) => type), ['open', 'message', 'error', 'close']);
    assert.ok(seen[1] instanceof MessageEvent); // the host's, whose class string is the host's too
    assert.deepEqual([0, 2, 3].map((i) => String(seen[i])), ['[object Event]', '[object ErrorEvent]', '[object CloseEvent]']);
    assert.deepEqual(states, [1, 1, 3, 3], 'CLOSED in the error event already');
    for (const event of seen) assert.deepEqual([event.bubbles, event.cancelable, event instanceof Event], [false, false, true]);
    assert.ok(seen[2] instanceof ErrorEvent && seen[3] instanceof CloseEvent);
    assert.match(seen[2].message, /opcodes 3–7 and B–F are reserved \(§5\.2, RESERVED_OPCODE\)/);
  });

  it('CloseEvent has wasClean, code and reason as initialised: false, 0 and "" by default [whatwg-ws-6-1]', () => {
    const plain = new CloseEvent('foo');
    assert.deepEqual([plain.type, plain.wasClean, plain.code, plain.reason], ['foo', false, 0, '']);
    const event = new CloseEvent('foo', { bubbles: true, cancelable: true, wasClean: true, code: 7, reason: 'x\ud800' });
    assert.deepEqual([event.bubbles, event.cancelable, event.wasClean, event.code, event.reason], [true, true, true, 7, 'x\ufffd']);
    assert.equal(new CloseEvent('foo', { code: 65_537 }).code, 1);
    assert.deepEqual([new CloseEvent('foo', null as unknown as CloseEventInit).code, String(plain)], [0, '[object CloseEvent]']);
    assert.throws(() => Reflect.construct(CloseEvent, []), TypeError);
    assert.throws(() => new CloseEvent('foo', 5 as CloseEventInit), TypeError);
    for (const name of ['wasClean', 'code', 'reason']) {
      assert.ok(Object.getOwnPropertyDescriptor(CloseEvent.prototype, name)?.enumerable);
      assert.equal(Reflect.set(plain, name, 1), false);
    }
    assert.equal('initCloseEvent' in plain, false);
  });

  it('ErrorEvent has message and error as initialised', () => {
    const error = new Error('why');
    const event = new ErrorEvent('error', { message: 'why', error });
    assert.deepEqual([event.type, event.message, event.error, String(event)], ['error', 'why', error, '[object ErrorEvent]']);
    assert.equal(new ErrorEvent('error').message, '');
    assert.throws(() => Reflect.construct(ErrorEvent, []), TypeError);
    assert.throws(() => new ErrorEvent('error', 'why' as ErrorEventInit), TypeError);
  });
});
