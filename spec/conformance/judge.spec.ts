// The judge: which patterns fit what was seen and which do not, which outcome counts, and what is said to somebody whose implementation failed.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Flooded, Grade, Outcome, Pattern } from '../../lib/conformance/case.ts';
import { explainOpening } from '../../lib/conformance/tester/explain.ts';
import { judge } from '../../lib/conformance/tester/judge.ts';
import type { Sight } from '../../lib/conformance/tester/sight.ts';
import { breach } from '../../lib/conformance/tester/subject-reader.ts';
import { CLEAN, fails, hex as octets, passes, passesCleanly, sawBinary, sawPong, sawText, stretch } from '../../lib/conformance/write.ts';
import { hex, utf8 } from '../support/bytes.ts';

// ---- sights -----------------------------------------------------------------------------------------------------------------------

const text = (content: string): Sight => ({ kind: 'text', octets: utf8(content), frames: 1, compressed: false });
const binary = (digits: string): Sight => ({ kind: 'binary', octets: hex(digits), frames: 1, compressed: false });
const pong = (content: string): Sight => ({ kind: 'pong', octets: utf8(content) });
const ping: Sight = { kind: 'ping', octets: utf8('?') };
const close = (code: number | null, reason: string = ''): Sight => ({ kind: 'close', code, reason });
const http = (status: number, extensions: string = '', fields: readonly (readonly [string, string])[] = []): Sight => (
  { kind: 'http', status, extensions, fields }
);
const broken = (rule: string): Sight => (
  breach(rule, '§5.1', 'a client masks every frame it sends', 'a header that begins 8100 (text, not masked, length 0)')
);
const fin: Sight = { kind: 'end', how: 'fin' };
const reset: Sight = { kind: 'end', how: 'reset' };
const request: Sight = { kind: 'request' };
const open: Sight = { kind: 'open' };
const silence: Sight = { kind: 'silence' };
const volley: Sight = { kind: 'volley', count: 5 };
const flooded = (how: Flooded): Sight => ({ kind: 'flooded', how });

/** Whether they are just what was seen. */
function fit(patterns: readonly Pattern[], sights: readonly Sight[]): boolean {
  return judge({ outcomes: [passes(...patterns)], expects: 'It.' }, sights).verdict === 'pass';
}

const fits = (patterns: readonly Pattern[], ...sights: readonly Sight[]): boolean => fit(patterns, sights);

/** Everything that can be seen, one of each. */
const SIGHTS: readonly Sight[] = [
  text('a'), text('b'), binary('61'), pong('a'), pong(''), close(1000), close(1000, 'bye'), close(1002), close(null), http(101), http(404),
  http(101, 'permessage-deflate'), request, broken('MASK_MISSING'), fin, reset, open, silence, volley, flooded('stalled'), flooded('bounded'),
  flooded('unbounded'), { kind: 'keys', keys: 'vary' }, { kind: 'keys', keys: 'repeat' },
];

/** A pattern, and all that it fits of the above. */
const SINGLE: readonly (readonly [Pattern, readonly Sight[]])[] = [
  [sawText('a'), [text('a')]],
  [sawBinary(octets('61')), [binary('61')]],
  [sawPong('a'), [pong('a')]],
  [sawPong(''), [pong('')]],
  ['close', [close(1000), close(1000, 'bye'), close(1002), close(null)]],
  [{ close: [1000] }, [close(1000), close(1000, 'bye')]],
  [{ close: [1002, null] }, [close(1002), close(null)]],
  [{ close: [1000], reason: 'bye' }, [close(1000, 'bye')]],
  [{ close: [1000], reason: '' }, [close(1000)]],
  [{ http: 101 }, [http(101), http(101, 'permessage-deflate')]],
  [{ http: 101, extensions: '' }, [http(101)]],
  [{ http: [400, 499] }, [http(404)]],
  [{ http: [404, 499] }, [http(404)]],
  [{ http: [400, 403] }, []],
  ['request', [request]],
  [{ breach: 'MASK_MISSING' }, [broken('MASK_MISSING')]],
  [{ breach: 'MASK_UNEXPECTED' }, []],
  ['end', [fin, reset]],
  ['fin', [fin]],
  ['open', [open]],
  ['silence', [silence]],
  ['volley', [volley]],
  [{ flooded: 'stalled' }, [flooded('stalled')]],
  [{ flooded: 'bounded' }, [flooded('bounded')]],
  [{ flooded: 'unbounded' }, [flooded('unbounded')]],
  [{ keys: 'vary' }, [{ kind: 'keys', keys: 'vary' }]],
  [{ keys: 'repeat' }, [{ kind: 'keys', keys: 'repeat' }]],
  [{ either: ['silence', { close: [1002] }] }, [close(1002), silence]],
];

describe('a pattern', () => {
  for (const [pattern, sights] of SINGLE) {
    it(`${JSON.stringify(pattern)} fits what it says and nothing else`, () => {
      assert.deepEqual(SIGHTS.filter((sight) => fits([pattern], sight)), sights);
      assert.equal(fits([pattern]), false, 'nothing was seen');
      for (const sight of sights) assert.equal(fits([pattern], sight, sight), false, 'it was seen twice');
    });
  }

  it('of a payload compares all of it, however long', () => {
    const long = stretch('prose', 100_000);
    const { octets: content } = { octets: new Uint8Array(100_000) };
    assert.equal(fits([{ binary: { repeat: '00', length: 100_000 } }], { kind: 'binary', octets: content, frames: 3, compressed: true }), true);
    content[99_999] = 1;
    assert.equal(fits([{ binary: { repeat: '00', length: 100_000 } }], { kind: 'binary', octets: content, frames: 3, compressed: true }), false);
    assert.equal(fits([{ binary: long }], { kind: 'binary', octets: content, frames: 1, compressed: false }), false);
  });

  it('of a response has just the extensions, each with the parameters that are listed and perhaps more', () => {
    const accepted = (extensions: string, wanted: string): boolean => fits([{ http: 101, extensions: wanted }], http(101, extensions));
    assert.equal(accepted('permessage-deflate', 'permessage-deflate'), true);
    assert.equal(accepted('permessage-deflate; server_no_context_takeover; client_max_window_bits=10', 'permessage-deflate; client_max_window_bits=10'), true);
    assert.equal(accepted('permessage-deflate', 'permessage-deflate; client_max_window_bits=10'), false);
    assert.equal(accepted('permessage-deflate; client_max_window_bits=11', 'permessage-deflate; client_max_window_bits=10'), false);
    assert.equal(accepted('permessage-deflate; client_max_window_bits', 'permessage-deflate; client_max_window_bits=10'), false);
    assert.equal(accepted('permessage-deflate, x', 'permessage-deflate'), false);
    assert.equal(accepted('x, permessage-deflate', 'permessage-deflate, x'), true);
    assert.equal(accepted('', 'permessage-deflate'), false);
    assert.equal(accepted('permessage-deflate', ''), false);
  });

  it('of a response has the elements in the lists of its fields, upper and lower case alike', () => {
    const sent = http(426, '', [['Upgrade', 'foo, WebSocket'], ['sec-websocket-version', '13'], ['Sec-WebSocket-Version', '8, 7']]);
    const has = (...fields: readonly string[]): boolean => fits([{ http: 426, fields }], sent);
    assert.equal(has(), true);
    assert.equal(has('upgrade: websocket', 'Sec-WebSocket-Version: 7', 'Sec-WebSocket-Version: 13'), true);
    assert.equal(has('Upgrade: webs'), false);
    assert.equal(has('Sec-WebSocket-Version: 9'), false);
    assert.equal(has('Connection: Upgrade'), false);
  });
});

describe('patterns', () => {
  it('are what was seen, from the first to the last, and nothing else', () => {
    const both = [sawText('a'), sawText('b')];
    assert.equal(fits([]), true);
    assert.equal(fits([], text('a')), false);
    assert.equal(fits(both, text('a'), text('b')), true);
    assert.equal(fits(both, text('b'), text('a')), false);
    assert.equal(fits(both, text('a')), false);
    assert.equal(fits(both, text('a'), text('b'), fin), false);
    assert.equal(fits(both, text('a'), fin, text('b')), false);
  });

  it('are not held against the Pings of a subject', () => {
    assert.equal(fits([sawText('a'), 'end'], ping, text('a'), ping, ping, fin), true);
  });

  it('maybe: it is there or not, and what stands behind it decides', () => {
    assert.equal(fits([{ maybe: sawPong('a') }, 'end'], pong('a'), fin), true);
    assert.equal(fits([{ maybe: sawPong('a') }, 'end'], fin), true);
    assert.equal(fits([{ maybe: sawPong('a') }, 'end'], pong('a'), pong('a'), fin), false);
    assert.equal(fits([{ maybe: sawPong('a') }, sawPong('a'), 'end'], pong('a'), fin), true);
    assert.equal(fits([{ maybe: sawPong('a') }, { maybe: sawPong('b') }, sawPong('c')], pong('b'), pong('c')), true);
    assert.equal(fits([{ maybe: sawPong('a') }, { maybe: sawPong('b') }, sawPong('c')], pong('b'), pong('a'), pong('c')), false);
    assert.equal(fits([{ maybe: { again: [sawPong('a')], times: 2 } }, 'end'], pong('a'), pong('a'), fin), true);
    assert.equal(fits([{ maybe: { again: [sawPong('a')], times: 2 } }, 'end'], pong('a'), fin), false);
  });

  it('some: any number of times, as often as it can be', () => {
    for (let times = 0; times < 4; times++) {
      assert.equal(fits([{ some: sawPong('a') }, 'end'], ...Array.from({ length: times }, () => pong('a')), fin), true);
    }
    assert.equal(fits([{ some: sawPong('a') }, 'end'], pong('a'), pong('b'), fin), false);
    assert.equal(fits([{ some: sawPong('a') }, sawPong('a')], pong('a')), false, 'none is left');
    assert.equal(fits([{ some: { either: [sawPong('a'), sawPong('b')] } }, 'end'], pong('a'), pong('b'), pong('a'), fin), true);
    assert.equal(fits([{ some: { maybe: sawPong('a') } }, 'end'], fin), true, 'nothing, any number of times, has an end');
  });

  it('anyOrder: each of them once', () => {
    const three: Pattern = { anyOrder: [sawPong('a'), sawPong('b'), sawText('a')] };
    assert.equal(fits([three], pong('a'), pong('b'), text('a')), true);
    assert.equal(fits([three], text('a'), pong('b'), pong('a')), true);
    assert.equal(fits([three], pong('a'), pong('b')), false);
    assert.equal(fits([three], pong('a'), pong('a'), text('a')), false);
    assert.equal(fits([three, 'end'], pong('b'), text('a'), pong('a'), fin), true);
    assert.equal(fits([{ anyOrder: [] }]), true);
    const twice: Pattern = { anyOrder: [sawPong('a'), sawPong('a'), sawPong('b')] };
    assert.equal(fits([twice], pong('a'), pong('b'), pong('a')), true);
    assert.equal(fits([twice], pong('b'), pong('b'), pong('a')), false);
    const shared = sawPong('a');
    assert.equal(fits([{ anyOrder: [shared, shared] }], pong('a')), false, 'the same object twice is two');
    assert.equal(fits([{ anyOrder: ['close', { close: [1000] }] }], close(1000), close(1001)), true, 'whichever stands for which');
  });

  it('either: one of them, whatever they are', () => {
    assert.equal(fits([{ either: ['silence', 'end'] }], fin), true);
    assert.equal(fits([{ either: ['silence', 'end'] }], silence, fin), false);
    assert.equal(fits([{ either: [{ again: [sawPong('a')], times: 2 }, sawPong('a')] }, sawPong('a')], pong('a'), pong('a')), true);
  });

  it('again: all of these in this order, so many times over', () => {
    const again: Pattern = { again: [sawText('a'), sawPong('b')], times: 3 };
    const once = [text('a'), pong('b')];
    assert.equal(fits([again, 'end'], ...once, ...once, ...once, fin), true);
    assert.equal(fits([again, 'end'], ...once, ...once, fin), false);
    assert.equal(fits([again, 'end'], ...once, ...once, ...once, ...once, fin), false);
    const nested: Pattern = { again: [{ again: [sawText('a')], times: 2 }, sawPong('b')], times: 2 };
    assert.equal(fits([nested], text('a'), text('a'), pong('b'), text('a'), text('a'), pong('b')), true);
    assert.equal(fits([{ again: [{ maybe: sawPong('a') }, sawPong('b')], times: 2 }], pong('b'), pong('a'), pong('b')), true);
    assert.equal(fits([{ again: [sawText('a')], times: 0 }]), true);
  });

  it('anything: whatever else there is, up to the end', () => {
    assert.equal(fits(['anything']), true);
    assert.equal(fits([sawText('a'), 'anything'], text('a')), true);
    assert.equal(fits([sawText('a'), 'anything'], text('a'), fin, silence), true);
    assert.equal(fits([sawText('a'), 'anything'], text('b'), text('a')), false);
  });

  it('may be a hundred thousand, and many of them optional, without running out of stack or time', () => {
    const many = Array.from({ length: 100_000 }, () => text('a'));
    const begun = performance.now();
    assert.equal(fit([{ again: [sawText('a')], times: 100_000 }, 'end'], [...many, fin]), true);
    assert.equal(fit([{ again: [sawText('a')], times: 100_001 }, 'end'], [...many, fin]), false);
    assert.equal(fit([{ some: sawText('a') }, 'end'], [...many, fin]), true);
    assert.equal(fit([{ again: [{ maybe: sawText('b') }], times: 50_000 }], [text('b')]), true);
    const alike = Array.from({ length: 200 }, (): Pattern => ({ maybe: sawText('a') }));
    assert.equal(fit([...alike, 'end'], [...many.slice(0, 150), silence]), false, 'which of them were there is not tried one by one');
    assert.equal(fit([{ anyOrder: Array.from({ length: 60 }, () => sawText('a')) }, 'end'], [...many.slice(0, 60), silence]), false);
    assert.ok(performance.now() - begun < 4_000, 'what is tried again and again takes for ever');
  });
});

describe('the verdict', () => {
  const graded = (grade: Grade, because: string, ...sees: readonly Pattern[]): Outcome => ({ grade, sees, because });

  it('is that of the first outcome that fits, also where a later one is better', () => {
    const outcomes = [graded('non-strict', 'First.', sawText('a'), 'anything'), graded('pass', 'Second.', sawText('a'), 'end')];
    assert.deepEqual(judge({ outcomes, expects: 'It.' }, [text('a'), fin]), { verdict: 'non-strict', why: 'First.' });
    assert.deepEqual(judge({ outcomes: [...outcomes].reverse(), expects: 'It.' }, [text('a'), fin]), { verdict: 'pass', why: 'Second.' });
  });

  it('says what the outcome means, or, where it says nothing, what the case expects', () => {
    assert.deepEqual(judge({ outcomes: [passes('end')], expects: 'The end comes.' }, [fin]), { verdict: 'pass', why: 'The end comes.' });
    const told = [graded('informational', 'Good to know.', 'end')], harmed = [graded('fail', 'It is harmed.', 'end'), passes('anything')];
    assert.deepEqual(judge({ outcomes: told, expects: 'It.' }, [fin]), { verdict: 'informational', why: 'Good to know.' });
    assert.deepEqual(judge({ outcomes: harmed, expects: 'It.' }, [fin]), { verdict: 'fail', why: 'It is harmed.' });
  });

  it('is a failure when no outcome fits, or there is none', () => {
    assert.equal(judge({ outcomes: [passes('end')], expects: 'It.' }, [silence]).verdict, 'fail');
    assert.equal(judge({ outcomes: [], expects: 'It.' }, [silence]).verdict, 'fail');
  });
});

// ---- what is said -----------------------------------------------------------------------------------------------------------------

const ZEROS = '00'.repeat(32);

/** What was to come, what was seen, and what is said of it. */
const SAID: readonly (readonly [about: string, outcomes: readonly Outcome[], sights: readonly Sight[], said: string])[] = [
  ['an echo that does not come', [passesCleanly(sawText('Hello'))], [silence], 'expected text "Hello"; it did not come in time.'],
  ['an echo that is another', [passesCleanly(sawText('Hello'))], [text('hello'), close(1000), fin],
    'expected text "Hello"; found text "hello", then close 1000, then the end of the connection (fin).'],
  ['an echo of another kind', [passesCleanly(sawBinary(octets('ff00')))], [text('a'), silence],
    'expected binary ff00; found text "a", then nothing in time.'],
  ['a long echo that is cut', [passesCleanly({ text: stretch('prose', 5_000) })], [{ ...text('x'.repeat(40)), frames: 2 } as Sight],
    `expected text of 5000 octets; found text "${'x'.repeat(32)}"… (40 octets) in 2 frames, 40 octets instead of 5000, which differs from octet 0 on: `
    + '78 instead of 54.'],
  ['a long echo with one octet changed', [passesCleanly({ binary: { repeat: '00', length: 100 } })], [binary('00'.repeat(70) + 'ff' + '00'.repeat(29))],
    `expected binary ${ZEROS}… (100 octets); found binary ${ZEROS}… (100 octets), which differs from octet 70 on: ff instead of 00.`],
  ['a long echo that ends early', [passesCleanly({ binary: { repeat: '00', length: 100 } })], [binary('00'.repeat(99)), fin],
    `expected binary ${ZEROS}… (100 octets); found binary ${ZEROS}… (99 octets), cut behind 99 of 100 octets, then the end of the connection (fin).`],
  ['a connection that is not failed', fails(1002), [text('Hello'), silence],
    'expected close 1002 or the end of the connection; found text "Hello", then nothing in time.'],
  ['a Close without an end behind it', fails(1002), [close(1002), silence],
    'expected the end of the connection after close 1002; it did not come in time.'],
  ['more than one answer', [passesCleanly(sawPong('a'))], [pong('a'), pong('a'), close(1000), fin],
    'expected close 1000 or without a code after pong "a"; found pong "a", then close 1000, then the end of the connection (fin).'],
  ['something behind the end of what was expected', [passes(sawText('a'))], [text('a'), text('b')],
    'expected nothing more after text "a"; found text "b".'],
  ['a broken rule', [passesCleanly(sawText('Hello'))], [broken('MASK_MISSING')],
    'the subject breaks MASK_MISSING (§5.1): a client masks every frame it sends. Found a header that begins 8100 (text, not masked, length 0). '
    + 'Expected text "Hello".'],
  ['a broken rule behind something right', [passesCleanly(sawText('Hello'))], [text('Hello'), broken('MASK_MISSING')],
    'the subject breaks MASK_MISSING (§5.1): a client masks every frame it sends. Found a header that begins 8100 (text, not masked, length 0). '
    + 'Expected close 1000 or without a code after text "Hello".'],
  ['something wrong, and a broken rule behind it', [passesCleanly(sawText('Hello'))], [text('hello'), broken('MASK_MISSING')],
    'expected text "Hello"; found text "hello", then a breach of MASK_MISSING. And the subject breaks MASK_MISSING (§5.1): a client masks every '
    + 'frame it sends. Found a header that begins 8100 (text, not masked, length 0).'],
  ['a response', [passes({ http: [400, 499], fields: ['Sec-WebSocket-Version: 13'] })], [http(101, 'permessage-deflate')],
    'expected http 400–499 with Sec-WebSocket-Version: 13; found http 101 (permessage-deflate).'],
  ['an extension that was not offered', [passes({ http: 101, extensions: '' })], [http(101, 'permessage-deflate')],
    'expected http 101 with no extension; found http 101 (permessage-deflate).'],
  ['a connection that stays open', fails(1007), [open, silence],
    'expected close 1007 or the end of the connection; found the connection still open, then nothing in time.'],
  ['messages of which some do not come back', [passesCleanly('volley')], [{ kind: 'silence', during: '12 of 1000 messages had come back' }],
    'expected the echo of every message; it did not come in time: 12 of 1000 messages had come back.'],
  ['a flood', [passesCleanly({ flooded: 'stalled' }), passesCleanly({ flooded: 'bounded' })], [flooded('unbounded'), close(1000), fin],
    'expected a subject that stops reading the flood or few answers to the flood; found answers to all of the flood, held without bound, '
    + 'then close 1000, then the end of the connection (fin).'],
  ['masking keys', [passesCleanly({ keys: 'vary' })], [{ kind: 'keys', keys: 'repeat' }],
    'expected masking keys that vary; found masking keys that repeat.'],
  ['what comes behind much that is right', [passes({ again: [sawText('a')], times: 100_000 }, ...CLEAN)],
    [...Array.from({ length: 70_000 }, () => text('a')), text('b'), text('a'), text('a'), text('a'), silence],
    'expected text "a" after 69997 more, text "a", text "a", text "a"; found text "b", then text "a", then text "a", and 2 more.'],
  ['one of many things', [passes({ anyOrder: Array.from('abcdefgh', (letter) => sawPong(letter)) })], [silence],
    'expected pong "a" or pong "b" or pong "c" or pong "d" or pong "e" or pong "f" or one of 2 more; it did not come in time.'],
  ['nothing at all', [passesCleanly(sawText('a'))], [], 'expected text "a"; nothing more was seen.'],
  ['a case that only asks', [{ grade: 'informational', because: 'So.', sees: ['fin'] }], [reset],
    'expected a FIN; found the end of the connection (reset).'],
];

describe('a failure', () => {
  for (const [about, outcomes, sights, said] of SAID) {
    it(`says of ${about} what was expected, behind what, and what was found`, () => {
      assert.equal(judge({ outcomes, expects: 'It.' }, sights).why, said);
    });
  }

  it('says nothing of a subject that turns, hides or breaks a line, and no octet that is no text', () => {
    const why = (sight: Sight): string => judge({ outcomes: [passes('end')], expects: 'It.' }, [sight]).why;
    assert.match(why(text('a\u202eb\u0085')), /; found text "a\\u202eb\\x85"\.$/);
    assert.match(why(close(1000, 'a\nb\u2028')), /; found close 1000 "a\\nb\\u2028"\.$/);
    assert.match(why(binary('00ff')), /; found binary 00ff\.$/);
    assert.match(why(binary('c3')), /; found binary c3\.$/);
  });

  it('of the opening handshake says what came instead of it', () => {
    assert.equal(explainOpening([http(403)]), 'the connection did not open: the server answered 403 where 101 is expected (§4.2.2).');
    assert.equal(explainOpening([reset]), 'the connection did not open: the transport ended (reset) before the opening handshake was over.');
    assert.equal(explainOpening([silence]), 'the connection did not open: the opening handshake was not over in time.');
    assert.equal(explainOpening([broken('MASK_MISSING')]), 'the connection did not open: the subject breaks MASK_MISSING (§5.1): '
      + 'a client masks every frame it sends. Found a header that begins 8100 (text, not masked, length 0).');
  });
});
