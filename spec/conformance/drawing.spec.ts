// Holds the drawn transcript to what a reader has to see of it, line by line.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { drawTranscript } from '../../lib/conformance/transcript/drawing.ts';
import type { DrawingOptions } from '../../lib/conformance/transcript/drawing.ts';
import { TranscriptRecorder } from '../../lib/conformance/transcript/recorder.ts';
import { concat, hex, latin1 } from '../support/bytes.ts';
import { Random } from '../support/random.ts';

function draw(fill: (recorder: TranscriptRecorder) => void, options: Partial<DrawingOptions> = {}, begins: 'heads' | 'frames' = 'frames'): readonly string[] {
  const recorder = new TranscriptRecorder({ begins });
  fill(recorder);
  return drawTranscript(recorder.entries(), { subject: 'server', ...options }).split('\n').slice(1, -1);
}

describe('a drawn transcript', () => {
  it('is what one sees of a conversation', () => {
    const recorder = new TranscriptRecorder();
    recorder.write('tester', 0, latin1('GET / HTTP/1.1\r\nHost: h\r\n\r\n'));
    recorder.write('subject', 0.41, latin1('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'));
    recorder.note(0.5, 'step 1');
    recorder.write('tester', 0.5, hex('818537fa213d7f9f4d5158'));
    recorder.write('subject', 1000.8, hex('810548656c'));
    recorder.write('subject', 1000.9, hex('6c6f'));
    recorder.write('subject', 1001, hex('a10548656c6c6f'));
    recorder.end('subject', 1002, 'fin');
    recorder.end('tester', 1003, 'reset');
    assert.equal(drawTranscript(recorder.entries(), { subject: 'server' }), [
      '       ms  → tester   ← subject',
      '     0.00  →  GET / HTTP/1.1',
      '              Host: h',
      '     0.41  ←  HTTP/1.1 101 Switching Protocols',
      '              Upgrade: websocket',
      '     0.50  ·  step 1',
      '     0.50  →  FIN      text                 5  masked  8185 37fa213d 7f9f4d51 58                    "Hello"',
      '  1000.80  ←  FIN      text                 5          8105 48656c6c 6f                             "Hello", in 2 chunks',
      '  1001.00  ←  FIN RSV2 text                 5          a105 48656c6c 6f                             "Hello"',
      '              ╰─ 1 010 0001 0 0000101  ✗ RSV_NOT_NEGOTIATED (§5.2): RSV bits are 0 unless a negotiated extension defines them',
      '  1002.00  ←  subject ends its side (FIN)',
      '  1003.00  →  tester ends with a reset',
      '',
    ].join('\n'));
  });

  it('of nothing is nothing', () => assert.equal(drawTranscript([], { subject: 'server' }), ''));

  it('what a frame says begins at the same column, so that 20 characters of it fit into 120', () => {
    const lines = draw((recorder) => {
      recorder.write('tester', 1, hex(`81fe 007e 37fa213d ${'00'.repeat(126)}`));
      recorder.write('subject', 12345.67, hex('8802 03e8'));
    });
    assert.deepEqual(lines.map((line) => Math.max(line.indexOf('"'), line.indexOf(' 1000') + 1)), [100, 100]);
  });

  it('names are the caller\'s, and times are left out where there are none', () => {
    assert.equal(drawTranscript([{ at: 0, from: 'tester', end: 'fin' }], { subject: 'server', times: false, names: { tester: 'client', subject: 'server' } }),
      '  → client   ← server\n  →  client ends its side (FIN)\n');
  });

  it('a reserved opcode is its digit, RSV bits are told apart, a frame without FIN has none', () => {
    const lines = draw((recorder) => recorder.write('subject', 0, hex('7b00 3000')));
    assert.match(lines[0] ?? '', /← {2}··· RSV123 opcode B +0 /);
    assert.match(lines[2] ?? '', /← {2}··· RSV23 continuation +0 /);
  });

  it('a frame that did not come whole says how much of it came, however long it would be', () => {
    const [line = ''] = draw((recorder) => recorder.write('tester', 0, hex('82ff 7fffffffffffffff 01020304 05')));
    assert.match(line, / 9,223,372,036,854,775,807 {2}masked {2}82ff 7fffffffffffffff 01020304 05 +of which 1 octet came$/);
  });

  it('of a payload as much is drawn as fits into the line, or as many octets as are asked for, in lines of sixteen', () => {
    const write = (recorder: TranscriptRecorder): void => recorder.write('subject', 0, concat(hex('8232'), new Uint8Array(50).fill(0x2a)));
    assert.match(draw(write)[0] ?? '', / 8232 2a2a2a2a 2a2a2a2a 2a2a2a2a 2a2a2a2a 2…$/);
    const [first = '', ...rest] = draw(write, { octets: 40 });
    assert.match(first, / 8232$/);
    assert.deepEqual(rest.map((line) => line.trim()), ['2a2a2a2a 2a2a2a2a 2a2a2a2a 2a2a2a2a', '2a2a2a2a 2a2a2a2a 2a2a2a2a 2a2a2a2a', '2a2a2a2a 2a2a2a2a', '…']);
    assert.deepEqual(draw(write, { octets: Infinity }).at(-1)?.trim(), '2a2a');
    assert.equal(rest[0]?.indexOf('2a'), first.indexOf('8232'));
  });

  it('octets that are no frame are drawn as text if they are such, and in hex if not', () => {
    const [, , , text = '', bits = ''] = draw((recorder) => {
      recorder.write('tester', 0, latin1('GET / HTTP/1.1\r\n\r\n'));
      recorder.write('tester', 0, hex('81'));
      recorder.write('subject', 1, latin1('HTTP/1.1 404 Not Found\r\n\r\nno such\n'));
      recorder.write('subject', 1, new Uint8Array(0));
    }, {}, 'heads').concat(draw((recorder) => recorder.write('subject', 0, new Uint8Array(100).fill(0xff)), {}, 'heads'));
    assert.match(text, /← {2}8 octets that are no frame {2}"no such\\n"$/);
    assert.match(bits, /← {2}100 octets that are no frame {2}ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff…$/);
  });

  it('frames that are left out are counted', () => {
    assert.deepEqual(drawTranscript([{ at: 3, from: 'subject', left: 1234 }], { subject: 'server' }).split('\n')[1],
      '     3.00  ⋮  1,234 more of the subject are left out');
  });

  it('a compressed message says what it inflates to', () => {
    const [line = ''] = draw((recorder) => recorder.write('subject', 0, hex('c107f248cdc9c90700')), { compressed: true });
    assert.match(line, / {2}inflates to "Hello"$/);
  });

  it('nothing of a peer reaches the terminal but what can be seen', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Random(seed);
      const recorder = new TranscriptRecorder();
      recorder.write('tester', 0, concat(latin1('GET / HTTP/1.1\r\n'), random.bytes(40), latin1('\r\n\r\n'), random.bytes(60)));
      recorder.write('subject', 0, concat(latin1('HTTP/1.1 200 \x1b]0;x\x07\r\n\r\n'), random.bytes(60)));
      recorder.note(0, `two\nlines \u001b[2J ${String.fromCharCode(...random.bytes(20))}`);
      const drawn = drawTranscript(recorder.entries(), { subject: random.oneIn(2) ? 'server' : 'client', octets: 64 });
      assert.doesNotMatch(drawn, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/, `seed ${seed}`);
    }
  });
});
