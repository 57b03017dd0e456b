// The cases of permessage-deflate against peers that heed what was agreed on, and against those that do not, in memory: each careless one is
// found out by the case that is about it, in both roles. And what may be made of an offer or an answer, graded.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { SubjectRole } from '../../lib/conformance/case.ts';
import { CASES } from '../../lib/conformance/cases/index.ts';
import type { Endpoint, Engine } from '../../lib/conformance/engine.ts';
import { judge } from '../../lib/conformance/tester/judge.ts';
import { runInMemory } from '../../lib/conformance/memory/run-in-memory.ts';
import { octetsOf } from '../../lib/conformance/payload.ts';
import type { Sight } from '../../lib/conformance/tester/sight.ts';
import { createCodecs } from '../../lib/core/deflate/codecs.ts';
import { compressionChoices } from '../../lib/core/deflate/compression-options.ts';
import { agreedBy, isFault, readParameters } from '../../lib/core/deflate/parameters.ts';
import type { AgreedParameters } from '../../lib/core/deflate/parameters.ts';
import { Connection } from '../../lib/core/protocol/connection.ts';
import type { ConnectionOptions } from '../../lib/core/protocol/connection-options.ts';
import { MessageAssembler } from '../../lib/core/protocol/message-assembler.ts';
import type { MessageCompression } from '../../lib/core/wire/compression.ts';
import { nodePlatform } from '../../lib/node/platform.ts';
import { hex, utf8 } from '../support/bytes.ts';
import { element } from '../support/negotiation.ts';

// ---- peers ------------------------------------------------------------------------------------------------------------------------------

/** One direction, as was agreed on. */
interface Direction {
  readonly alone: boolean;
  readonly bits: number;
}

/** What a peer makes of the direction it sends, and of the one it receives. */
interface Habits {
  readonly sends?: (agreed: Direction) => Direction;
  readonly receives?: (agreed: Direction) => Direction;
  readonly limits?: ConnectionOptions['limits'];
}

function directions(role: SubjectRole, agreed: AgreedParameters): { readonly own: Direction; readonly other: Direction } {
  const server: Direction = { alone: agreed.serverNoContextTakeover, bits: agreed.serverMaxWindowBits };
  const client: Direction = { alone: agreed.clientNoContextTakeover, bits: agreed.clientMaxWindowBits };
  return role === 'server' ? { own: server, other: client } : { own: client, other: server };
}

function codecsOf(role: SubjectRole, own: Direction, other: Direction): MessageCompression {
  const [server, client] = role === 'server' ? [own, other] : [other, own];
  const agreed: AgreedParameters = {
    serverNoContextTakeover: server.alone, serverMaxWindowBits: server.bits,
    clientNoContextTakeover: client.alone, clientMaxWindowBits: client.bits,
  };
  const choices = compressionChoices(role, { serverMaxWindowBits: 15, clientMaxWindowBits: 15, threshold: 0 });
  return createCodecs(role, agreed, choices, { allocate: nodePlatform.allocate });
}

function compressionOf(role: SubjectRole, extensions: string, habits: Habits): MessageCompression | null {
  if (extensions === '') return null;
  const { sends = (agreed) => agreed, receives = (agreed) => agreed } = habits;
  const stated = readParameters(element(extensions), 'answer');
  if (isFault(stated)) throw new Error(`${extensions} is no answer: ${stated.parameter}`);
  const { own, other } = directions(role, agreedBy(stated));
  const { deflater } = codecsOf(role, sends(own), other);
  const { inflater } = codecsOf(role, own, receives(other));
  return { deflater, inflater };
}

/** A peer that echoes, is open from the start, and compresses by its habits. */
function peer(habits: Habits): Engine {
  return {
    name: 'peer', opening: 'none',
    start(role: SubjectRole, extensions: string): Endpoint {
      const events = new MessageAssembler(nodePlatform, {
        text: (message) => { connection.sendText(message); },
        binary: (message) => { connection.sendBinary(message); },
        drained: () => {}, ping: () => {}, pong: () => {}, closing: () => {}, closed: () => {},
      });
      const connection = new Connection({
        role, platform: nodePlatform, events, keepalive: 'off', compression: compressionOf(role, extensions, habits),
        ...habits.limits !== undefined && { limits: habits.limits },
      });
      connection.advance(0);
      return connection;
    },
  };
}

/** The verdicts of one case, by role: all that it has unless said. */
function verdicts(id: string, habits: Habits, roles?: readonly SubjectRole[]): readonly string[] {
  const known = CASES.find((one) => one.id === id);
  assert.ok(known, id);
  return (roles ?? known.roles).map((role) => runInMemory(peer(habits), known, role, { platform: nodePlatform }).verdict);
}

const WIDEST: Direction = { alone: false, bits: 15 };

/** A habit, and the cases that find it out. */
const CARELESS: readonly (readonly [habit: string, habits: Habits, cases: readonly string[]])[] = [
  ['keeps a history that it promised not to have', { sends: (agreed) => ({ ...agreed, alone: false }) },
    ['7692-7.2.1/json-without-history', '7692-7.2.1/json-without-history-within-512-octets', '7692-7.1.1/alone-json-1024']],
  ['compresses with the largest window, whatever was agreed on', { sends: (agreed) => ({ ...agreed, bits: 15 }) },
    ['7692-7.2.1/window-8-within-a-message', '7692-7.2.1/window-9-across-messages', '7692-7.2.1/window-14-across-messages',
      '7692-7.1.2/window-9-json-4096']],
  ['compresses with a window of one bit more than was agreed on', { sends: (agreed) => ({ ...agreed, bits: Math.min(15, agreed.bits + 1) }) },
    ['7692-7.2.1/window-9-within-a-message', '7692-7.2.1/window-12-across-messages', '7692-7.2.1/window-14-within-a-message']],
  ['forgets what came before each message', { receives: (agreed) => ({ ...agreed, alone: true }) },
    ['7692-7.2.3.2/by-reference', '7692-7.2.3.2/uncompressed-message-between', '7692-7.2.2/history-of-many-messages',
      '7692-7/history-of-the-other-side']],
  ['inflates with a window of 512 octets, whatever was agreed on', { receives: (agreed) => ({ ...agreed, bits: 9 }) },
    ['7692-7.2.2/distance-513', '7692-7.2.2/distance-32768', '7692-7.2.2/history-of-32-kib', '7692-7/window-of-the-other-side']],
  ['inflates with half the window that was agreed on', { receives: (agreed) => ({ ...agreed, bits: agreed.bits - 1 }) },
    ['7692-7.2.2/distance-32768', '7692-7.2.2/history-of-many-messages']],
];

describe('a peer with compression', () => {
  it('that heeds what was agreed on passes every case that its habits could fail', () => {
    for (const [, , cases] of CARELESS) {
      for (const id of cases) assert.deepEqual(verdicts(id, {}), ['pass', 'pass'], id);
    }
  });

  for (const [habit, habits, cases] of CARELESS) {
    it(`that ${habit} is found out`, () => {
      for (const id of cases) assert.deepEqual(verdicts(id, habits), ['fail', 'fail'], id);
    });
  }

  it('that reads more than was agreed on is told so, and not blamed', () => {
    const generous: Habits = { receives: () => WIDEST };
    for (const id of ['7692-7.1.2/distance-beyond-the-agreed-window', '7692-7.1.1/reference-though-no-history-was-agreed']) {
      assert.deepEqual(verdicts(id, generous), ['informational', 'informational'], id);
      assert.deepEqual(verdicts(id, {}), ['pass', 'pass'], id);
    }
  });

  it('that has no limit is told so, and not blamed; one with a limit refuses the bomb, and may refuse what is legal', () => {
    const unlimited: Habits = { limits: { maxMessageSize: 2 ** 30, maxQueueSize: 2 ** 30 } };
    for (const id of ['7692-8/bomb', '7692-8/bomb-in-fragments', '7692-8/bomb-without-an-end']) {
      assert.deepEqual(verdicts(id, {}), ['pass', 'pass'], id);
      assert.deepEqual(verdicts(id, unlimited, ['server']), ['informational'], id);
    }
    assert.deepEqual(verdicts('7692-8/a-mebibyte-of-zeros', {}), ['pass', 'pass']);
    assert.deepEqual(verdicts('7692-8/a-mebibyte-of-zeros', { limits: { maxMessageSize: 65_536 } }), ['informational', 'informational']);
  });
});

// ---- judgements -------------------------------------------------------------------------------------------------------------------------

const http = (status: number, extensions: string = ''): Sight => ({ kind: 'http', status, extensions, fields: [] });
const text = (content: string): Sight => ({ kind: 'text', octets: utf8(content), frames: 1, compressed: true });
const close = (code: number | null): Sight => ({ kind: 'close', code, reason: '' });
const request: Sight = { kind: 'request' };
const end: Sight = { kind: 'end', how: 'fin' };
const silence: Sight = { kind: 'silence' };
const pong: Sight = { kind: 'pong', octets: utf8('open?') };
const sample: Sight = { kind: 'text', octets: octetsOf({ corpus: 'prose', length: 1500 }), frames: 1, compressed: true };
const CLEAN = [close(1000), end];
const WORKS = [sample, sample, ...CLEAN];

function grades(id: string, ...rows: readonly (readonly [verdict: string, ...sights: readonly Sight[]])[]): void {
  const known = CASES.find((one) => one.id === id);
  assert.ok(known, id);
  for (const [verdict, ...sights] of rows) {
    assert.equal(judge(known, sights).verdict, verdict, `${id}: ${sights.map(({ kind }) => kind).join(', ')}`);
  }
}

describe('what is made of an offer, or of an answer', () => {
  it('§5, §7: a good offer is accepted; to refuse the connection over it is a fault', () => {
    for (const id of ['7692-7/offer-plain', '7692-7/offer-second-choice', '7692-7/offer-client-bits-none']) {
      grades(id, ['pass', http(101, 'permessage-deflate'), ...WORKS], ['fail', http(400), end], ['fail', end],
        ['fail', http(101, 'permessage-deflate'), sample, close(1002), end], ['fail', http(101), ...WORKS]);
    }
    grades('7692-7/offer-empty-element-before', ['non-strict', http(400)]);
    grades('7692-7/offer-spaces-around-equals', ['informational', http(400)]);
  });

  it('§5: of two good offers the first is to be answered', () => {
    grades('7692-5/first-choice', ['pass', http(101, 'permessage-deflate; server_no_context_takeover'), ...WORKS],
      ['non-strict', http(101, 'permessage-deflate'), ...WORKS], ['fail', http(400)]);
  });

  it('§7: a bad offer is declined, and the connection opens without compression', () => {
    for (const id of ['7692-7/offer-server-bits-leading-zero', '7692-7/offer-unknown-parameter', '7692-7/offer-client-alone-twice']) {
      grades(id, ['pass', http(101), ...WORKS], ['non-strict', http(400), end], ['fail', http(101, 'permessage-deflate'), ...WORKS],
        ['fail', end], ['fail', http(101), end]);
    }
    grades('7692-7/offer-capitals', ['informational', http(101, 'permessage-deflate'), ...WORKS], ['informational', http(400)]);
  });

  it('RFC 6455 §9.1: a list against the grammar is answered with an error', () => {
    for (const id of ['9.1/offer-semicolon-behind', '9.1/offer-backtracking', '9.1/offer-good-behind-malformed']) {
      grades(id, ['pass', http(400)], ['pass', http(426), end], ['non-strict', end], ['fail', http(101), ...WORKS],
        ['fail', http(101, 'permessage-deflate'), ...WORKS], ['fail', silence]);
    }
  });

  it('§7.1.2.1: a window of 15 bits is named in the answer, and harms nobody when it is not', () => {
    grades('7692-7/offer-server-bits-15', ['pass', http(101, 'permessage-deflate; server_max_window_bits=15'), ...WORKS],
      ['pass', http(101, 'permessage-deflate; server_max_window_bits=9'), ...WORKS],
      ['non-strict', http(101, 'permessage-deflate'), ...WORKS]);
  });

  it('§5.1, §7: a client fails over a bad answer before it is open, or says 1010', () => {
    const bad = ['7692-7/reply-server-bits-leading-zero', '7692-7/reply-client-bits-none', '9.1/reply-no-value'];
    for (const id of [...bad, '7692-5/reply-with-a-second-extension']) {
      grades(id, ['pass', request, end], ['pass', request, close(1010), end], ['informational', request, silence, end],
        ['non-strict', request, close(1002), end], ['fail', request, pong, end], ['fail', end]);
    }
    grades('7692-7/reply-capitals', ['informational', request, pong, end]);
    grades('7692-5/reply-in-two-lines', ['non-strict', request, pong, end]);
  });

  it('§7: a client opens over a good answer, and may give up only where it cannot do what it offered', () => {
    grades('7692-7/reply-server-bits-9', ['pass', request, ...WORKS], ['fail', request, end], ['fail', request, close(1002), end]);
    grades('7692-7/reply-client-bits-8', ['pass', request, ...WORKS], ['non-strict', request, end]);
    grades('7692-7/reply-empty-element-behind', ['non-strict', request, end]);
  });
});

describe('what is made of compressed data', () => {
  it('§7.2.2: what is no DEFLATE fails the connection with 1007, 1002 or nothing, and never with an echo', () => {
    grades('7692-7.2.2/reserved-block-type', ['pass', close(1007), end], ['pass', close(1002), end], ['pass', end],
      ['non-strict', close(1010), end], ['fail', { kind: 'binary', octets: hex(''), frames: 1, compressed: false }, ...CLEAN],
      ['fail', silence]);
    grades('7692-7.2.2/codes-cut-off', ['informational', { kind: 'binary', octets: utf8('Heh'), frames: 1, compressed: true }, ...CLEAN],
      ['fail', { kind: 'binary', octets: utf8('Hel'), frames: 1, compressed: true }, ...CLEAN]);
  });

  it('§7.2.1: final blocks are read on behind, and who does not is told what is lost', () => {
    grades('7692-7.2.1/blocks-behind-a-final-block', ['pass', text('HelloHello'), ...CLEAN], ['non-strict', text('Hello'), ...CLEAN],
      ['non-strict', close(1007), end], ['fail', text(''), ...CLEAN]);
    grades('7692-7.2.2/history-behind-a-final-block', ['pass', text('Hello'), text('Hello'), ...CLEAN],
      ['non-strict', text('Hello'), close(1007), end], ['non-strict', text('Hello'), text(''), ...CLEAN],
      ['fail', text('Hello'), text('World'), ...CLEAN]);
  });

  it('§6.1: RSV1 on a Close frame that is answered was overlooked', () => {
    grades('7692-6.1/rsv1-on-close', ['pass', close(1002), end], ['pass', end], ['fail', ...CLEAN], ['fail', close(null), end]);
  });

  it('RFC 6455 §10.4: a bomb may be answered by its size, but not by something else or by nothing', () => {
    const other: Sight = { kind: 'binary', octets: hex('00'), frames: 1, compressed: true };
    grades('7692-8/bomb', ['pass', close(1009), end], ['pass', end], ['non-strict', close(1008), end],
      ['fail', other, ...CLEAN], ['fail', ...CLEAN], ['fail', silence]);
  });
});
