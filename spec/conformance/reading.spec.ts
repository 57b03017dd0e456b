// Holds the reading of a transcript to the rules of RFC 6455 and RFC 7692: which frame breaks which, on either side, and nothing is claimed of
// what is not there.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readTranscript } from '../../lib/conformance/transcript/reading.ts';
import type { ReadingOptions } from '../../lib/conformance/transcript/reading.ts';
import { TranscriptRecorder } from '../../lib/conformance/transcript/recorder.ts';
import type { RecorderOptions } from '../../lib/conformance/transcript/recorder.ts';
import { concat, hex, latin1 } from '../support/bytes.ts';

/** The rules that the frames of a server break, one a frame, '' for none. */
function broken(digits: string, options: Partial<ReadingOptions> & RecorderOptions = {}): readonly string[] {
  const recorder = new TranscriptRecorder({ begins: 'frames', ...options });
  recorder.write('subject', 0, hex(digits));
  const transcript = recorder.entries();
  const reading = readTranscript(transcript, { subject: 'server', ...options });
  return transcript.filter((entry) => 'frame' in entry).map((entry) => reading.broken.get(entry)?.rule ?? '');
}

describe('which rule a frame breaks', () => {
  const rules: readonly (readonly [rule: string, digits: string])[] = [
    ['RSV_NOT_NEGOTIATED', '9100'],
    ['RESERVED_OPCODE', '8b00'],
    ['CONTROL_FRAGMENTED', '0900'],
    ['CONTROL_TOO_LONG', '897e 0001 2a'],
    ['CLOSE_BODY_TOO_SHORT', '8801 03'],
    ['CLOSE_CODE_NOT_ALLOWED', '8802 03ed'],
    ['CLOSE_REASON_NOT_UTF8', '8803 03e8 ff'],
    ['MASK_UNEXPECTED', '8180 00000000'],
    ['LENGTH_NOT_MINIMAL', '827e 0001 2a'],
    ['LENGTH_NOT_MINIMAL', '827f 0000000000000001 2a'],
    ['LENGTH_TOP_BIT_SET', '827f 8000000000000000'],
    ['CONTINUATION_WITHOUT_START', '8000'],
    ['TEXT_NOT_UTF8', '8101 ff'],
  ];
  for (const [rule, digits] of rules) {
    it(`${digits}: ${rule}`, () => assert.deepEqual(broken(digits), [rule]));
  }

  it('a frame that breaks none breaks none', () => {
    assert.deepEqual(broken(`0102 e4b8 8900 8001 96 8200 827e 007e ${'00'.repeat(126)} 8a00 8804 03e8 6869`), ['', '', '', '', '', '', '']);
  });

  it('a message that begins within another, and goes on all the same', () => {
    assert.deepEqual(broken('0101 41 0101 42 8001 43 8001 44'), ['', 'MESSAGE_INTERLEAVED', '', 'CONTINUATION_WITHOUT_START']);
  });

  it('everything behind a Close', () => {
    assert.deepEqual(broken('8802 03e8 8900 8802 03e8'), ['', 'DATA_AFTER_CLOSE', 'DATA_AFTER_CLOSE']);
  });

  it('a client masks every frame, and the tester is judged as the other side is', () => {
    const recorder = new TranscriptRecorder({ begins: 'frames' });
    recorder.write('tester', 0, hex('8900'));
    recorder.write('subject', 0, hex('8900'));
    const transcript = recorder.entries();
    for (const subject of ['server', 'client'] as const) {
      const [only, ...more] = readTranscript(transcript, { subject }).broken.entries();
      assert.deepEqual([only?.[1].rule, more.length], ['MASK_MISSING', 0]);
      assert.equal(only?.[0], transcript[subject === 'server' ? 0 : 1]);
    }
  });

  it('of text that is cut by fragments the frame that proves it is no UTF-8, once', () => {
    assert.deepEqual(broken('0102 e4b8 0001 41 8001 41'), ['', 'TEXT_NOT_UTF8', '']);
    assert.deepEqual(broken('0102 e4b8 8000'), ['', 'TEXT_NOT_UTF8']);
    assert.deepEqual(broken('0201 ff 8001 ff'), ['', '']);
  });

  it('the first rule that is broken is the one that is told', () => {
    assert.deepEqual(broken('f9fe 0001 00000000 2a'), ['RSV_NOT_NEGOTIATED']);
    assert.deepEqual(broken('8181 00000000 ff'), ['MASK_UNEXPECTED']);
  });
});

describe('compression', () => {
  const HELLO = 'f248cdc9c90700';

  it('RSV1 is legal on the first frame of a message where it was agreed on, by the 101 or by who asks', () => {
    assert.deepEqual(broken(`c107${HELLO}`), ['RSV_NOT_NEGOTIATED']);
    assert.deepEqual(broken(`c107${HELLO} c900 4101 f2 c000 9100`, { compressed: true }),
      ['', 'RSV1_ON_CONTROL', '', 'RSV1_ON_CONTINUATION', 'RSV_NOT_NEGOTIATED']);
    for (const [extension, rule] of [['permessage-deflate', undefined], ['x-other', 'RSV_NOT_NEGOTIATED']] as const) {
      const recorder = new TranscriptRecorder();
      recorder.write('subject', 0, concat(latin1(`HTTP/1.1 101 x\r\nSec-WebSocket-Extensions: ${extension}\r\n\r\n`), hex(`c107${HELLO}`)));
      const transcript = recorder.entries();
      assert.equal(readTranscript(transcript, { subject: 'server' }).broken.get(transcript[1] as (typeof transcript)[number])?.rule, rule);
    }
  });

  /** What the messages of a server say, and the rules its frames break. */
  function read(digits: string, options: RecorderOptions = {}): readonly string[] {
    const recorder = new TranscriptRecorder({ begins: 'frames', compressed: true, ...options });
    recorder.write('subject', 0, hex(digits));
    const transcript = recorder.entries();
    const { broken: rules, says } = readTranscript(transcript, { subject: 'server', compressed: true });
    return transcript.map((entry) => says.get(entry) ?? rules.get(entry)?.rule ?? '');
  }

  it('a compressed message says what it inflates to, with the frame that ends it, and may refer to those before', () => {
    assert.deepEqual(read('4103f248cd 8900 8004c9c90700 c105f200110000 c20100'),
      ['', '', 'inflates to "Hello"', 'inflates to "Hello"', 'inflates to nothing']);
    assert.deepEqual(read('c2060a4a4c4a0600'), ['inflates to 4 octets']);
  });

  it('one that cannot be inflated breaks a rule, and those behind it are not judged', () => {
    assert.deepEqual(read(`c10106 c107${HELLO}`), ['DEFLATE_CORRUPT', '']);
  });

  it('one that inflates to what is no UTF-8 breaks that rule', () => {
    assert.deepEqual(read('c1047afa1f00'), ['inflates to "", not UTF-8 from octet 0 on']);
    const recorder = new TranscriptRecorder({ begins: 'frames', compressed: true });
    recorder.write('subject', 0, hex('c104 7afa1f00'));
    assert.deepEqual([...readTranscript(recorder.entries(), { subject: 'server', compressed: true }).broken.values()].map(({ rule }) => rule), ['TEXT_NOT_UTF8']);
  });

  it('one of which a part is not kept says nothing, nor do those that may refer to it', () => {
    assert.deepEqual(read(`c107${HELLO} c107${HELLO}`, { octets: 6 }), ['', '']);
    assert.deepEqual(read(`c107${HELLO} c203000102 c107${HELLO}`, { octets: 3 }), ['', '', '']);
  });
});

describe('what is not there is not judged', () => {
  it('a text or a Close of which only the beginning is kept', () => {
    assert.deepEqual(broken('8105 41414141ff 8105 41414141ff', { octets: 4 }), ['', '']);
    assert.deepEqual(broken('8807 03e8 4141ffffff', { octets: 4 }), ['']);
  });

  it('a message whose beginning is left out', () => {
    const recorder = new TranscriptRecorder({ begins: 'frames', first: 1, last: 2 });
    recorder.write('subject', 0, hex('8900 0102 e4b8 0101 ff 8001 96 8101 ff'));
    const transcript = recorder.entries();
    const { broken: rules } = readTranscript(transcript, { subject: 'server' });
    assert.deepEqual(transcript.map((entry) => ('left' in entry ? 'left' : rules.get(entry)?.rule ?? '')), ['', 'left', '', 'TEXT_NOT_UTF8']);
  });

  it('nor are entries that are no frames', () => {
    const recorder = new TranscriptRecorder();
    recorder.write('subject', 0, latin1('HTTP/1.1 404 x\r\n\r\nwhat'));
    recorder.note(0, 'x');
    recorder.end('subject', 0, 'fin');
    assert.equal(readTranscript(recorder.entries(), { subject: 'server' }).broken.size, 0);
  });
});
