// The cases of permessage-deflate, held against what is known from elsewhere: the classic suite's groups 12 and 13, the vectors, and zlib,
// which reads every payload that a case has written down. A payload that says something else than its case would blame the innocent.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constants, inflateRawSync } from 'node:zlib';
import type { ZlibOptions } from 'node:zlib';

import type { Case, FrameItem, Item, Outcome, Pattern } from '../../lib/conformance/case.ts';
import { COMPRESSION_BOMBS } from '../../lib/conformance/cases/compression-bombs.ts';
import { COMPRESSION_DATA } from '../../lib/conformance/cases/compression-data.ts';
import { COMPRESSION_ECHO } from '../../lib/conformance/cases/compression-echo.ts';
import { COMPRESSION_FAULTS } from '../../lib/conformance/cases/compression-faults.ts';
import { COMPRESSION_NEGOTIATION } from '../../lib/conformance/cases/compression-negotiation.ts';
import { VALUES } from '../../lib/conformance/cases/compression-offers.ts';
import { COMPRESSION_WINDOWS } from '../../lib/conformance/cases/compression-windows.ts';
import { lengthOf, octetsOf } from '../../lib/conformance/payload.ts';
import { MessageInflater } from '../../lib/core/deflate/inflater.ts';
import { concat, toHex } from '../support/bytes.ts';
import { deflated, TAIL } from '../support/deflated.ts';
import { play } from '../support/inflating.ts';
import { readJson } from '../support/project.ts';

// ---- the classic suite ------------------------------------------------------------------------------------------------------------------

interface Classic {
  readonly id: string;
  readonly params: {
    readonly size: number;
    readonly count: number;
    readonly fragment: number;
    readonly binary: boolean;
    readonly data: string;
  };
  readonly negotiation?: { readonly clientOffers: readonly string[]; readonly serverDemands: string };
}

const CLASSIC = readJson<readonly Classic[]>('spec/conformance/classic-cases.json').filter(({ id }) => /^1[23]\./.test(id));

/** What its data are generated as here. */
const CORPORA: Readonly<Record<string, string>> = {
  json_data1: 'json', lena512: 'image', gutenberg_faust: 'prose', html_data1: 'markup', ooms: 'noise',
};

const DEMANDS: Readonly<Record<string, readonly string[]>> = {
  'nothing extra': [''],
  'best of: no_context_takeover+bits 9 / no_context_takeover / nothing': [
    '; client_no_context_takeover; client_max_window_bits=9', '; client_no_context_takeover', '',
  ],
};

/** What some clients insist on of the server, behind each demand. */
const GIVEN: readonly string[] = [
  '', '; server_no_context_takeover', '; server_max_window_bits=9', '; server_no_context_takeover; server_max_window_bits=9',
];

/** `a+b` in the words of the header. */
function written(parameters: string): string {
  return parameters === 'plain' ? '' : `; ${parameters.replaceAll('+', '; ')}`;
}

/** A payload, a few of them, or their frames, in hex. */
interface Vector {
  readonly id: string;
  readonly payload?: string;
  readonly messages?: readonly string[];
  readonly frames?: readonly string[];
}

// ---- what a case sends, read by zlib ----------------------------------------------------------------------------------------------------

function unrolled(item: Item): readonly Item[] {
  return 'again' in item ? Array.from({ length: item.times }, () => item.again.flatMap(unrolled)).flat() : [item];
}

/** Frames one by one; null for a case that sends something else too. */
function framesOf({ steps }: Case): readonly FrameItem[] | null {
  const items = steps.flatMap((step) => 'send' in step ? step.send.flatMap(unrolled) : []);
  return items.length > 0 && items.every((item) => 'frame' in item) ? items : null;
}

/** What node:zlib tells with the option `info`. */
interface Told {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/** What node:zlib makes of `octets`, and how many of them it read: it stops behind a final block. */
function inflateOnce(octets: Uint8Array, history: Uint8Array): { readonly output: Uint8Array; readonly read: number } {
  const dictionary = history.length > 0 ? { dictionary: history.slice(-32_768) } : {};
  const options: ZlibOptions = { finishFlush: constants.Z_SYNC_FLUSH, info: true, ...dictionary };
  const { buffer, engine } = inflateRawSync(octets, options) as unknown as Told; // its types leave out what `info` changes
  return { output: buffer, read: engine.bytesWritten };
}

/** A compressed payload inflated, read on behind final blocks (RFC 7692 §7.2.2). @throws what zlib throws */
function inflate(payload: Uint8Array, history: Uint8Array = new Uint8Array(0)): Uint8Array {
  let rest: Uint8Array = concat(payload, TAIL);
  let output: Uint8Array = new Uint8Array(0);
  while (rest.length > 0) {
    const once = inflateOnce(rest, concat(history, output));
    output = concat(output, once.output);
    rest = rest.subarray(once.read);
    assert.ok(once.read > 0);
  }
  return output;
}

/** What an echo of these frames is: messages and Pongs, a line each. */
function echoOf(frames: readonly FrameItem[]): readonly string[] {
  const lines: string[] = [];
  let history: Uint8Array = new Uint8Array(0);
  let first: FrameItem | null = null;
  let payload: Uint8Array = new Uint8Array(0);
  for (const frame of frames) {
    const octets = octetsOf(frame.payload ?? { hex: '' });
    if (frame.frame === 9) lines.push(`pong ${toHex(octets)}`);
    if (frame.frame >= 8) continue;
    first ??= frame;
    payload = concat(payload, octets);
    if (frame.fin === false) continue;
    const content = first.rsv === 4 ? inflate(payload, history) : payload;
    if (first.rsv === 4) history = concat(history, content).slice(-32_768);
    lines.push(`${first.frame === 1 ? 'text' : 'binary'} ${toHex(content)}`);
    first = null;
    payload = new Uint8Array(0);
  }
  return lines;
}

/** What a pattern is fulfilled by, in the same words; nothing for the closing handshake. */
function wanted(pattern: Pattern): readonly string[] {
  if (typeof pattern === 'string') return [];
  if ('again' in pattern) return Array.from({ length: pattern.times }, () => pattern.again.flatMap(wanted)).flat();
  if ('anyOrder' in pattern) return pattern.anyOrder.flatMap(wanted);
  if ('text' in pattern) return [`text ${toHex(octetsOf(pattern.text))}`];
  if ('binary' in pattern) return [`binary ${toHex(octetsOf(pattern.binary))}`];
  return 'pong' in pattern ? [`pong ${toHex(octetsOf(pattern.pong))}`] : [];
}

function graded({ outcomes }: Case, grade: Outcome['grade']): readonly Outcome[] {
  return outcomes.filter((outcome) => outcome.grade === grade);
}

function named(cases: readonly Case[], id: string): Case {
  const found = cases.find((one) => one.id === id);
  assert.ok(found, `there is a case ${id}`);
  return found;
}

/** The compressed payload of a case's only message. */
function payloadOf(one: Case): Uint8Array {
  return concat(...(framesOf(one) ?? []).map(({ payload }) => octetsOf(payload ?? { hex: '' })));
}

describe('groups 12 and 13 of the classic suite', () => {
  it('are 216 ids, each an alias of one case', () => {
    assert.equal(CLASSIC.length, 216);
    assert.deepEqual(COMPRESSION_ECHO.flatMap(({ aliases }) => aliases).sort(), CLASSIC.map(({ id }) => id).sort());
  });

  it('send as many messages of the same size, kind, content and cut, several of them under way', () => {
    for (const { id, params: { size, count, fragment, binary, data } } of CLASSIC) {
      const one = COMPRESSION_ECHO.find(({ aliases }) => aliases.includes(id));
      const [step] = one?.steps ?? [];
      assert.ok(one !== undefined && step !== undefined && 'volley' in step, id);
      const { inFlight, ...volley } = step.volley;
      assert.deepEqual(volley, {
        count, message: binary ? 'binary' : 'text', payload: { corpus: CORPORA[data], length: size }, compressed: true,
        ...fragment > 0 && { fragment },
      }, id);
      assert.ok(Number.isInteger(inFlight) && inFlight >= 2 && inFlight * size <= 256 * 1024, id);
      assert.equal(one.weight, size * count >= 64 * 1024 * 1000 ? 'heavy' : undefined, id);
    }
  });

  it('offer what the classic client offers, and demand what the classic server demands', () => {
    for (const { id, negotiation = { clientOffers: ['plain'], serverDemands: 'nothing extra' } } of CLASSIC) {
      const { clientOffers, serverDemands } = negotiation;
      const opening = COMPRESSION_ECHO.find(({ aliases }) => aliases.includes(id))?.opening;
      assert.equal(opening?.offer, clientOffers.map((offer) => `permessage-deflate${written(offer)}`).join(', '), id);
      const demands = DEMANDS[serverDemands] ?? [written(serverDemands)];
      assert.deepEqual(opening?.answers, demands.flatMap((demand) => GIVEN.map((given) => `permessage-deflate${demand}${given}`)), id);
      assert.equal(opening?.needsCompression, true, id);
    }
  });
});

describe('the octets of a case', () => {
  it('are what zlib reads as the messages that have to come back', () => {
    let read = 0;
    for (const one of [...COMPRESSION_DATA, ...COMPRESSION_WINDOWS, ...COMPRESSION_BOMBS]) {
      const frames = framesOf(one);
      const [pass] = graded(one, 'pass').filter(({ sees }) => sees.flatMap(wanted).length > 0);
      if (frames === null || pass === undefined) continue;
      assert.deepEqual([...echoOf(frames)].sort(), pass.sees.flatMap(wanted).sort(), one.id);
      read++;
    }
    assert.ok(read > 45, `${read} cases`);
  });

  it('are no DEFLATE to zlib where a case says so', () => {
    const broken = COMPRESSION_FAULTS.filter((one) => one.id.startsWith('7692-7.2.2/') && graded(one, 'informational').length === 0);
    assert.ok(broken.length > 18);
    for (const one of broken) {
      // One is broken behind a final block, one behind a good message: the octet that is wrong is read all the same.
      assert.throws(() => echoOf(framesOf(one) ?? []), /Error: (?:invalid|too many)/, one.id);
    }
  });

  it('that are cut off are read by zlib as what an echo of them is told for', () => {
    for (const id of ['7692-7.2.2/codes-cut-off', '7692-7.2.2/stored-octets-cut-off']) {
      const one = named(COMPRESSION_FAULTS, id);
      assert.deepEqual(echoOf(framesOf(one) ?? []), graded(one, 'informational').flatMap(({ sees }) => sees.flatMap(wanted)), id);
    }
    const [lost] = graded(named(COMPRESSION_FAULTS, '7692-7.2.2/fault-behind-a-final-block'), 'non-strict').slice(-1);
    assert.deepEqual(lost?.sees.flatMap(wanted), [`binary ${toHex(Buffer.from('Hello'))}`]);
  });

  it('inflate to what is not UTF-8 where a text is to be refused for that', () => {
    const texts = COMPRESSION_FAULTS.filter(({ requirements }) => requirements.includes('6455-8.1-1'));
    assert.equal(texts.length, 6);
    for (const one of texts) {
      const content = inflate(payloadOf(one));
      assert.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(content), TypeError, one.id);
    }
  });

  it('are those of the examples in RFC 7692 §7.2.3 and of the other vectors', () => {
    const { pmd } = readJson<{ pmd: readonly Vector[] }>('spec/vectors/vectors.json');
    const sent = [...COMPRESSION_DATA, ...COMPRESSION_FAULTS].map((one) => ` ${(framesOf(one) ?? []).map(shown).join(' ')} `);
    for (const { id, payload = '', messages = [payload], frames = messages.map((message) => `c1..${message}`) } of pmd) {
      // What stands behind noise is in the cases of windows, with other noise; the bomb is in those of bombs.
      if (/^distance-\d|^bomb-/.test(id)) continue;
      const wire = frames.map((frame) => `${frame.slice(0, 1)}:${frame.slice(4)}`).join(' ');
      assert.ok(sent.some((line) => line.includes(` ${wire} `)), `${id}: ${wire}`);
    }
  });
});

/** FIN and RSV bits of a frame as a digit, and its payload. */
function shown({ fin, rsv, payload }: FrameItem): string {
  return `${((fin === false ? 0 : 8) | (rsv ?? 0)).toString(16)}:${toHex(octetsOf(payload ?? { hex: '' }))}`;
}

/** An inflater that is given what was agreed on, and what it makes of messages one behind the other: the first refusal, or null. */
function refusal(bits: number, takeover: boolean, ...payloads: readonly Uint8Array[]): string | null {
  const inflater = new MessageInflater({ windowBits: bits, contextTakeover: takeover, allocate: (size) => new Uint8Array(size) });
  for (const payload of payloads) {
    const played = play(inflater, [payload]);
    if (played.refusal !== null) return played.refusal[0];
  }
  return null;
}

function zlibMessages(contents: readonly Uint8Array[], bits: number, takeover: boolean): readonly Uint8Array[] {
  return contents.map((content, at) => {
    const history = takeover ? concat(...contents.slice(0, at)).slice(-(2 ** bits)) : new Uint8Array(0);
    return deflated(content, history, { windowBits: bits });
  });
}

/** The contents that a case sends for the subject to compress. */
function contentsOf(one: Case): readonly Uint8Array[] {
  const items = one.steps.flatMap((step) => 'send' in step ? step.send.flatMap(unrolled) : []);
  return items.flatMap((item) => 'message' in item ? [octetsOf(item.payload)] : []);
}

describe('windows and history', () => {
  it('a distance is within the window that the case needs, and beyond the next smaller one', () => {
    for (const one of COMPRESSION_WINDOWS.filter(({ id }) => id.startsWith('7692-7.2.2/distance-'))) {
      const need = one.opening.needsCompression;
      assert.ok(typeof need === 'object' && need.windowBits !== undefined, one.id);
      const [least] = need.windowBits;
      assert.equal(refusal(least, true, payloadOf(one)), null, one.id);
      if (least > 9) assert.equal(refusal(least - 1, true, payloadOf(one)), 'DEFLATE_DISTANCE_TOO_FAR', one.id);
    }
    assert.equal(refusal(9, true, payloadOf(named(COMPRESSION_WINDOWS, '7692-7.1.2/distance-of-the-agreed-window'))), null);
    const beyond = payloadOf(named(COMPRESSION_WINDOWS, '7692-7.1.2/distance-beyond-the-agreed-window'));
    assert.equal(refusal(9, true, beyond), 'DEFLATE_DISTANCE_TOO_FAR');
  });

  it('a subject that compresses with a larger window than was agreed on is found out by the content, and one that heeds it is not', () => {
    for (let bits = 8; bits <= 14; bits++) {
      for (const id of [`7692-7.2.1/window-${bits}-within-a-message`, `7692-7.2.1/window-${bits}-across-messages`]) {
        const contents = contentsOf(named(COMPRESSION_WINDOWS, id));
        assert.equal(refusal(bits, true, ...zlibMessages(contents, bits, true)), null, id);
        assert.equal(refusal(bits, true, ...zlibMessages(contents, 15, true)), 'DEFLATE_DISTANCE_TOO_FAR', id);
        // For 8 bits zlib takes 9, and is not blamed for it.
        if (bits > 8) assert.equal(refusal(bits, true, ...zlibMessages(contents, bits + 1, true)), 'DEFLATE_DISTANCE_TOO_FAR', id);
      }
    }
  });

  it('a subject that keeps a history where none was agreed on is found out by the content, and one that keeps none is not', () => {
    for (const name of ['hello', 'json', 'much-json']) {
      const id = `7692-7.2.1/${name}-without-history`;
      const contents = contentsOf(named(COMPRESSION_WINDOWS, id));
      assert.equal(refusal(15, false, ...zlibMessages(contents, 15, false)), null, id);
      assert.equal(refusal(15, false, ...zlibMessages(contents, 15, true)), 'DEFLATE_DISTANCE_TOO_FAR', id);
    }
  });
});

describe('bombs', () => {
  it('inflate a thousandfold, to a mebibyte that everybody takes and to 64 that nobody with a limit does', () => {
    for (const [id, mebibytes] of [['7692-8/a-mebibyte-of-zeros', 1], ['7692-8/bomb', 64], ['7692-8/bomb-in-fragments', 64]] as const) {
      const one = named(COMPRESSION_BOMBS, id);
      const payload = payloadOf(one);
      const size = inflate(payload).length;
      assert.ok(size >= mebibytes * 1024 * 1024 && size < (mebibytes + 0.01) * 1024 * 1024 && size / payload.length > 1000, `${id}: ${size}`);
      const echoed = one.outcomes.flatMap(({ sees }) => sees).filter((pattern) => typeof pattern === 'object' && 'binary' in pattern);
      assert.deepEqual(echoed.map(({ binary }) => lengthOf(binary)), [size], id);
    }
    assert.deepEqual(payloadOf(named(COMPRESSION_BOMBS, '7692-8/bomb-in-fragments')), payloadOf(named(COMPRESSION_BOMBS, '7692-8/bomb')));
  });

  it('run alone where they are large, and are survived', () => {
    for (const id of ['7692-8/bomb', '7692-8/bomb-in-fragments', '7692-8/bomb-without-an-end']) {
      const { weight, survives } = named(COMPRESSION_BOMBS, id);
      assert.deepEqual([weight, survives], ['heavy', true], id);
    }
  });
});

// ---- negotiation ------------------------------------------------------------------------------------------------------------------------

interface GrammarRow {
  readonly value: string;
  readonly parse: unknown;
  readonly asOffer?: 'accept' | 'decline';
  readonly asResponse?: 'ok' | 'fail';
  readonly strength: 'required' | 'recommended' | 'choice';
}

/** What the row is worth where it is not met. */
const WORTH = { required: undefined, recommended: 'non-strict', choice: 'informational' } as const;

describe('values of Sec-WebSocket-Extensions', () => {
  const rows = readJson<{ extensionGrammar: { cases: readonly GrammarRow[] } }>('spec/vectors/vectors.json').extensionGrammar.cases;

  it('are all those of the vectors that speak of permessage-deflate, read and weighed as those have it', () => {
    for (const { value, parse, asOffer, asResponse, strength } of rows) {
      if (!/permessage.deflate/i.test(value)) continue; // the others have cases among those of the opening handshake
      const known = VALUES.find((one) => one.value === value);
      assert.ok(known, value);
      assert.equal(known.offer, parse === 'malformed' ? 'malformed' : asOffer, value);
      if (asResponse !== undefined) assert.equal(known.answer, asResponse === 'ok' ? 'good' : 'bad', value);
      if (parse === 'malformed') assert.equal(known.answer, 'bad', value);
      assert.equal(known.otherwise, WORTH[strength], value);
    }
  });

  it('each are sent to a server as an offer and, if they can be one, to a client as an answer', () => {
    const heads = (role: 'server' | 'client'): readonly string[] => COMPRESSION_NEGOTIATION.filter(({ roles }) => roles.includes(role))
      .flatMap(({ steps }) => steps.flatMap((step) => 'send' in step ? step.send.flatMap((item) => 'head' in item ? [item.head] : []) : []));
    const [requests, responses] = [heads('server'), heads('client')];
    for (const { value, answer } of VALUES) {
      const line = `\r\nSec-WebSocket-Extensions: ${value}\r\n`;
      assert.ok(requests.some((head) => head.startsWith('GET ') && head.includes(line)), value);
      assert.equal(responses.some((head) => head.startsWith('HTTP/1.1 101 ') && head.includes(line)), answer !== null, value);
    }
  });

  it('hold a server to 101 with compression, 101 without, or an error; a client to an echo or to the end', () => {
    for (const { name, offer, answer } of VALUES) {
      const section = offer === 'malformed' ? '9.1' : '7692-7';
      const [passed] = graded(named(COMPRESSION_NEGOTIATION, `${section}/offer-${name}`), 'pass');
      const [first] = passed?.sees ?? [];
      assert.ok(typeof first === 'object', name);
      const shown = 'either' in first ? first.either[0] : first;
      assert.ok(typeof shown === 'object' && 'http' in shown, name);
      if (offer === 'malformed') assert.deepEqual(shown.http, [400, 599], name);
      else assert.deepEqual([shown.http, shown.extensions?.startsWith('permessage-deflate')], [101, offer === 'accept'], name);
      if (answer === null) continue;
      const [opened] = graded(named(COMPRESSION_NEGOTIATION, `${section}/reply-${name}`), 'pass');
      assert.equal(opened?.sees.flatMap(wanted).length, answer === 'good' ? 2 : 0, name);
    }
  });
});
