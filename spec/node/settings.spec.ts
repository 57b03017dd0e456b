// Handlers and settings: what is taken, what is refused, and how a server's defaults meet what is said of one connection.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import type { ConnectionEvents, Payload } from '../../lib/core/protocol/events.ts';
import { checkSettings, fieldsOf, mergeSettings, pick, sinkOf } from '../../lib/node/settings.ts';
import type { Handlers } from '../../lib/node/settings.ts';

function piece(text: string): Payload {
  const bytes = Buffer.from(text);
  return { kind: 'text', bytes, start: 0, end: bytes.length, first: true, last: true, remaining: 0, room: 0, ascii: true };
}

const total = (log: string[]): ConnectionEvents => ({
  payload: ({ start, end }) => log.push(`payload ${start}–${end}`),
  ping: () => log.push('ping'),
  pong: () => log.push('pong'),
  closing: () => log.push('closing'),
  drained: () => log.push('drained'),
  closed: () => log.push('closed'),
});

const outcome = {
  code: 1000, reason: '', clean: true, sentCode: 1000, violation: null, limit: null, position: 0, messageUnfinished: false, unsent: 0,
};

function tellAll(sink: ConnectionEvents): void {
  sink.payload(piece('abc'));
  sink.payload({ ...piece('de'), kind: 'binary' });
  sink.ping(new Uint8Array(0));
  sink.pong(new Uint8Array(0));
  sink.closing(1000, '');
  sink.drained();
  sink.closed(outcome);
}

describe('handlers', () => {
  it('get whole messages and every other event', () => {
    const log: string[] = [];
    tellAll(sinkOf({
      text: (message) => log.push(`text ${message}`),
      binary: (message) => log.push(`binary ${message.length}`),
      ping: () => log.push('ping'),
      pong: () => log.push('pong'),
      closing: (code) => log.push(`closing ${code}`),
      drained: () => log.push('drained'),
      closed: ({ code }) => log.push(`closed ${code}`),
    }));
    assert.deepEqual(log, ['text abc', 'binary 2', 'ping', 'pong', 'closing 1000', 'drained', 'closed 1000']);
  });

  it('may leave out what they do not want to hear', () => {
    tellAll(sinkOf({}));
    tellAll(sinkOf({ payload: undefined } as Handlers));
  });

  it('with payload get the pieces as they are', () => {
    const log: string[] = [];
    tellAll(sinkOf(total(log)));
    assert.deepEqual(log, ['payload 0–3', 'payload 0–2', 'ping', 'pong', 'closing', 'drained', 'closed']);
  });

  it('are methods of their object, and may be replaced later', () => {
    const heard: string[] = [];
    const handlers = {
      name: 'first',
      text(message: string) { heard.push(`${this.name} ${message}`); },
    };
    const own = Object.create({ text: handlers.text }) as typeof handlers; // an instance: its own properties are its business
    own.name = 'second';
    const sink = sinkOf(own);
    sink.payload(piece('a'));
    own.text = (message) => { heard.push(`replaced ${message}`); };
    sink.payload(piece('b'));
    assert.deepEqual(heard, ['second a', 'replaced b']);
  });

  it('that name an event which there is not, or are no functions, are a mistake', () => {
    const misspelt = { mesage: () => {} } as Handlers;
    assert.throws(() => sinkOf(misspelt), { name: 'TypeError', message: /events\.mesage is not an event; known are text, binary/ });
    assert.throws(() => sinkOf({ text: 7 } as unknown as Handlers), { name: 'TypeError', message: /events\.text must be a function, found number/ });
    assert.throws(() => sinkOf(null as unknown as Handlers), { name: 'TypeError', message: /events must be an object, found null/ });
    assert.throws(() => sinkOf({ payload: () => {} } as unknown as Handlers), { name: 'TypeError', message: /events\.ping must be a function/ });
    assert.throws(() => sinkOf({ ...total([]), text: () => {} } as Handlers), { name: 'TypeError', message: /events\.text is not an event/ });
  });
});

describe('settings', () => {
  it('of one connection win over those of its server, limits one by one', () => {
    const general = { limits: { maxFrameSize: 1, maxFragments: 2 }, keepalive: 'off', closeTimeout: 5 } as const;
    assert.deepEqual(
      mergeSettings(general, { limits: { maxFragments: 3 }, closeTimeout: 6 }),
      { limits: { maxFrameSize: 1, maxFragments: 3 }, keepalive: 'off', closeTimeout: 6 },
    );
  });

  it('given as undefined are left out', () => {
    assert.deepEqual(pick({ a: 1, b: undefined, c: 3 }, ['a', 'b']), { a: 1 });
  });

  it('that make no sense are told by name', () => {
    assert.throws(() => checkSettings('client', {}, { limits: { maxFrameSize: -1 } }), { name: 'RangeError', message: /limits\.maxFrameSize/ });
    assert.throws(() => checkSettings('server', {}, { closeTimeout: 0.5 }), { name: 'RangeError', message: /closeTimeout/ });
    assert.doesNotThrow(() => checkSettings('server', {}, { keepalive: { interval: 1 } }));
  });

  it('fields of a head come as pairs or as an object', () => {
    assert.deepEqual([...fieldsOf({ A: '1', B: '2' })], [['A', '1'], ['B', '2']]);
    assert.deepEqual([...fieldsOf([['A', '1'], ['A', '2']])], [['A', '1'], ['A', '2']]);
  });
});
