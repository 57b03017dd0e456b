// Holds the recorder to what it writes down: everything that passes, legal or not, in order, bounded, and the same at any chunking.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TranscriptRecorder } from '../../lib/conformance/transcript/recorder.ts';
import type { RecorderOptions } from '../../lib/conformance/transcript/recorder.ts';
import type { Entry, Transcript } from '../../lib/conformance/transcript/transcript.ts';
import { concat, hex, latin1 } from '../support/bytes.ts';
import { eachChunking } from '../support/chunking.ts';
import { Random } from '../support/random.ts';

const REQUEST = 'GET /chat HTTP/1.1\r\nHost: example\r\nUpgrade: websocket\r\n\r\n';
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n';
const DEFLATE = 'HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n';

/** What one side sends. */
function record(bytes: Uint8Array, options?: RecorderOptions): Transcript {
  const recorder = new TranscriptRecorder(options);
  recorder.write('subject', 1, bytes);
  return recorder.entries();
}

const frames = (digits: string, options: RecorderOptions = {}): Transcript => record(hex(digits), { begins: 'frames', ...options });

/** An entry in a line: what the specs ask of it. */
function say(entry: Entry): string {
  if ('note' in entry) return `note ${entry.note}`;
  if ('head' in entry) return `head ${entry.head.join(' | ')}`;
  if ('end' in entry) return `${entry.from} ${entry.end}`;
  if ('left' in entry) return `${entry.left} left`;
  if ('octets' in entry) return `octets ${entry.octets} of ${entry.passed}`;
  const { fin, rsv, opcode, masked, length, passed } = entry.frame;
  return `${fin ? 'F' : '-'}${rsv} ${opcode.toString(16)} ${masked ? 'masked ' : ''}${passed}/${length}`;
}

const said = (transcript: Transcript): string[] => transcript.map(say);

/** Entries but for how many chunks a frame came in. */
function apartFromChunks(transcript: Transcript): Transcript {
  return transcript.map((entry) => ('frame' in entry ? { ...entry, frame: { ...entry.frame, chunks: 0 } } : entry));
}

describe('heads', () => {
  it('a direction begins with a head, and behind a request or a 101 come frames', () => {
    assert.deepEqual(said(record(concat(latin1(REQUEST), hex('8180 00000000')))),
      ['head GET /chat HTTP/1.1 | Host: example | Upgrade: websocket', 'F0 1 masked 0/0']);
    assert.deepEqual(said(record(concat(latin1(SWITCHING), hex('8100')))),
      ['head HTTP/1.1 101 Switching Protocols | Upgrade: websocket', 'F0 1 0/0']);
  });

  it('interim responses precede the 101, each an entry of its own', () => {
    assert.deepEqual(said(record(concat(latin1(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${SWITCHING}`), hex('8900')))),
      ['head HTTP/1.1 100 Continue', 'head HTTP/1.1 103 Early Hints | Link: x', 'head HTTP/1.1 101 Switching Protocols | Upgrade: websocket', 'F0 9 0/0']);
  });

  it('behind a final status that is no 101, and behind one that is no status, come octets, all of them one entry', () => {
    for (const first of ['HTTP/1.1 403 Forbidden', 'HTTP/1.1 200', 'HTTP/1.1', 'HTTP/1.1 abc', 'HTTP/1.1 099 x']) {
      assert.deepEqual(said(record(concat(latin1(`${first}\r\n\r\n`), hex('8100 8100')))), [`head ${first}`, 'octets 81008100 of 4']);
    }
  });

  it('what cannot begin a head is octets to the end', () => {
    assert.deepEqual(said(record(hex('8803 03ea 20'))), ['octets 880303ea20 of 5']);
    assert.deepEqual(said(record(hex('1603 0100'))), ['octets 16030100 of 4']);
  });

  it('empty lines before the first one are skipped over, a line that ends with LF alone keeps it, and octets are code units', () => {
    assert.deepEqual(record(latin1('\r\n\nGET / HTTP/1.1\nHost: \xe9\x00\r\n\n')),
      [{ at: 1, from: 'subject', head: ['', '\n', 'GET / HTTP/1.1\n', 'Host: \xe9\x00'] }]);
  });

  it('a head that does not end says so', () => {
    assert.deepEqual(said(record(latin1('GET / HTTP/1.1\r\nHos'))), ['head GET / HTTP/1.1 | Hos | … and does not end']);
  });

  it('2 KiB of a head are kept, and how many octets there were beyond', () => {
    const [head] = record(latin1(`GET / HTTP/1.1\r\nCookie: ${'x'.repeat(100_000)}\r\n\r\n`));
    assert.ok(head !== undefined && 'head' in head);
    assert.equal(head.head.length, 3);
    assert.equal(head.head.join('\r\n').indexOf('…'), 2048 + 2);
    assert.equal(head.head[2], `… ${(16 + 8 + 100_000 + 4 - 2048).toLocaleString('en')} octets more`);
  });

  it('a direction begins with frames where there is no opening handshake', () => {
    assert.deepEqual(said(frames('4745 0000')), ['-4 7 2/69'], 'GE');
  });
});

describe('frames', () => {
  it('a frame is told with its header, its payload masked and unmasked, what it says, and the chunks it came in', () => {
    const recorder = new TranscriptRecorder({ begins: 'frames' });
    recorder.write('tester', 1, hex('81'));
    recorder.write('tester', 2, hex('85 37fa213d 7f9f'));
    recorder.write('tester', 3, hex('4d5158'));
    assert.deepEqual(recorder.entries(), [{
      at: 1,
      from: 'tester',
      frame: {
        fin: true, rsv: 0, opcode: 1, masked: true, length: '5', header: '818537fa213d', payload: '7f9f4d5158', content: '48656c6c6f',
        means: '"Hello"', passed: 5, chunks: 3,
      },
    }]);
  });

  it('reading goes on behind whatever is illegal', () => {
    const illegal: readonly (readonly [digits: string, said: string])[] = [
      ['f100', 'F7 1 0/0'], // RSV
      ['8300', 'F0 3 0/0'], // reserved opcodes
      ['8f00', 'F0 f 0/0'],
      ['0900', '-0 9 0/0'], // a fragmented Ping
      ['89fe 0002 01020304 0000', 'F0 9 masked 2/2'], // a long one
      ['8801 00', 'F0 8 1/1'],
      ['817e 0001 2a', 'F0 1 1/1'], // lengths that are not minimal
      ['817f 0000000000000002 2a2a', 'F0 1 2/2'],
      ['8000', 'F0 0 0/0'], // nothing to continue
    ];
    const stream = illegal.map(([digits]) => digits).join('');
    assert.deepEqual(said(frames(`${stream}8100`)), [...illegal.map(([, line]) => line), 'F0 1 0/0']);
  });

  it('a length is told as it is written, up to 2^64 - 1, and how much of it came', () => {
    for (const [digits, length] of [['7fffffffffffffff', 2n ** 63n - 1n], ['8000000000000000', 2n ** 63n], ['ffffffffffffffff', 2n ** 64n - 1n],
      ['0020000000000001', 2n ** 53n + 1n]] as const) {
      assert.deepEqual(said(frames(`827f ${digits} 0102`)), [`F0 2 2/${length}`]);
    }
  });

  it('a header that is cut is octets, a payload that is cut says how much of it came', () => {
    assert.deepEqual(said(frames('81')), ['octets 81 of 1']);
    assert.deepEqual(said(frames('81fe 0080 0102')), ['octets 81fe00800102 of 6']);
    assert.deepEqual(said(frames('8105 4865')), ['F0 1 2/5']);
  });

  it('64 octets of a payload are kept, more if more is asked for, none of the array that was lent', () => {
    const bytes = concat(hex('827e 03e8'), new Uint8Array(1000).fill(0x2a));
    const recorder = new TranscriptRecorder({ begins: 'frames' });
    const more = new TranscriptRecorder({ begins: 'frames', octets: Infinity });
    for (const each of [recorder, more]) each.write('tester', 0, bytes);
    bytes.fill(0);
    for (const [each, kept] of [[recorder, 64], [more, 1000]] as const) {
      const [entry] = each.entries();
      assert.ok(entry !== undefined && 'frame' in entry);
      assert.equal(entry.frame.payload, '2a'.repeat(kept));
      assert.equal(entry.frame.header, '827e03e8');
      assert.equal(entry.frame.passed, 1000);
    }
  });
});

describe('what a frame means', () => {
  const means = (digits: string, options?: RecorderOptions): string[] =>
    frames(digits, options).flatMap((entry) => ('frame' in entry ? [entry.frame.means] : []));

  it('a text says what it is, with nothing in it that cannot be seen', () => {
    assert.deepEqual(means('810a 48690a1b5b316d225c7f'), ['"Hi\\n\\x1b[1m\\"\\\\\\x7f"']);
    assert.deepEqual(means('8106 e280ae c29b 61'), ['"\\u202e\\x9ba"']);
    assert.deepEqual(means('8104 f09f918b'), ['"👋"']);
    assert.deepEqual(means('8100'), ['']);
  });

  it('of a long one the beginning, cut between two characters', () => {
    assert.deepEqual(means(`813f${'e4b896'.repeat(21)}`), [`"${'世'.repeat(13)}"…`]);
  });

  it('what is not UTF-8 is told with its place, and a character may be cut by fragments', () => {
    assert.deepEqual(means('8104 4869ff21'), ['"Hi", not UTF-8 from octet 2 on']);
    assert.deepEqual(means('8103 e4b8 41'), ['"", not UTF-8 from octet 0 on']);
    assert.deepEqual(means('8102 e4b8'), ['"", not UTF-8 from octet 0 on']);
    assert.deepEqual(means('0102 e4b8 8002 9641'), ['""…', '…"A"']);
    assert.deepEqual(means('0101 f5 8000'), ['"", not UTF-8 from octet 0 on', '']);
  });

  it('a binary message and what has a reserved opcode say nothing, a continuation what its message is', () => {
    assert.deepEqual(means('0201 41 8001 42'), ['', '']);
    assert.deepEqual(means('8301 41 8b01 41 8001 41'), ['', '', '']);
    assert.deepEqual(means('0101 41 8900 8001 42 8001 43'), ['"A"', '', '"B"', ''], 'a Ping is not in between');
  });

  it('a Close says its code and its reason; one that may not be sent what it is called', () => {
    assert.deepEqual(means('8800 8801 03 8802 03e8 8805 03eb 627965 8802 03ed 8804 03e8 ff41'),
      ['no status code', 'half a status code', '1000', '1003 "bye"', '1005 (No Status Received)', '1000 "", not UTF-8 from octet 0 on']);
  });

  it('a Ping or a Pong says its payload if it is text', () => {
    assert.deepEqual(means('8902 6869 8a02 c328 8900'), ['"hi"', '', '']);
  });

  it('a message with RSV1 is compressed where that was agreed on, in all its frames, and nowhere else', () => {
    const wire = '4101 41 8900 8001 42 8101 43';
    assert.deepEqual(means(wire), ['"A"', '', '"B"', '"C"']);
    assert.deepEqual(means(wire, { compressed: true }), ['compressed', '', 'compressed', '"C"']);
    const recorder = new TranscriptRecorder();
    recorder.write('tester', 0, concat(latin1(REQUEST), hex('c101 41')));
    recorder.write('subject', 1, concat(latin1(DEFLATE), hex('c101 41')));
    assert.deepEqual(recorder.entries().flatMap((entry) => ('frame' in entry ? [entry.frame.means] : [])), ['compressed', 'compressed']);
  });
});

describe('the transcript as a whole', () => {
  it('entries are in the order in which they began, whichever side they are of', () => {
    const recorder = new TranscriptRecorder({ begins: 'frames' });
    recorder.write('tester', 1, hex('0101'));
    recorder.write('subject', 2, hex('8900'));
    recorder.note(3, 'a step');
    recorder.write('tester', 4, hex('41 8000'));
    recorder.end('subject', 5, 'fin');
    recorder.end('tester', 6, 'reset');
    assert.deepEqual(recorder.entries().map((entry) => `${entry.at} ${say(entry)}`),
      ['1 -0 1 1/1', '2 F0 9 0/0', '3 note a step', '4 F0 0 0/0', '5 subject fin', '6 tester reset']);
  });

  it('who draws while it happens is told of each head and each frame once it has passed whole', () => {
    const told: string[] = [];
    const recorder = new TranscriptRecorder({ told: (entry) => told.push(say(entry)) });
    const after = (bytes: Uint8Array): string[] => {
      recorder.write('subject', 0, bytes);
      return told.splice(0);
    };
    assert.deepEqual(after(latin1('HTTP/1.1 100 x\r\n\r\nHTTP/1.1 1')), ['head HTTP/1.1 100 x']);
    assert.deepEqual(after(latin1('01 x\r\n\r\n')), ['head HTTP/1.1 101 x']);
    assert.deepEqual(after(hex('8900 8102 41')), ['F0 9 0/0']);
    assert.deepEqual(after(hex('42')), ['F0 1 2/2']);
    assert.deepEqual(after(hex('81')), []);
  });

  it('is the same at every chunking, but for the chunks', () => {
    const wire = concat(
      latin1(`HTTP/1.1 102 Processing\r\n\r\n\r\n${SWITCHING}`),
      hex('8185 37fa213d 7f9f4d5158 f300 817e 0003 616263 0102 e4b8 8901 ff 8001 96 c900 8b81 01020304 05 88fe 0002 00000000 03e8'),
      hex('827f 0000000000000046'), new Uint8Array(70).fill(7), hex('81ff ffffffffffffffff 01020304 4142'),
    );
    const whole = apartFromChunks(record(wire));
    assert.equal(whole.length, 13);
    eachChunking(wire, (chunks) => {
      const recorder = new TranscriptRecorder();
      for (const chunk of chunks) {
        recorder.write('subject', 1, chunk);
        chunk.fill(0xee); // it was only lent
      }
      assert.deepEqual(apartFromChunks(recorder.entries()), whole);
    });
  });

  it('of many frames the first and the last are kept, and between them how many of each side are left out', () => {
    const recorder = new TranscriptRecorder({ begins: 'frames', first: 3, last: 2 });
    for (let i = 0; i < 10; i++) {
      recorder.write('tester', i, hex('8900'));
      recorder.write('subject', i, hex('8a00'));
      recorder.note(i, `note ${i}`);
    }
    recorder.end('subject', 10, 'fin');
    assert.deepEqual(recorder.entries().map((entry) => `${entry.at} ${'from' in entry ? entry.from : ''} ${say(entry)}`), [
      '0 tester F0 9 0/0', '0 subject F0 a 0/0', '0  note note 0', '1 tester F0 9 0/0', '1 subject 8 left', '1  note note 1',
      '2 tester 7 left', '2  note note 2', '3  note … 5 notes left out', '8  note note 8',
      '9 tester F0 9 0/0', '9 subject F0 a 0/0', '9  note note 9', '10 subject subject fin',
    ]);
  });

  it('whatever passes, what is kept is bounded: 100 frames and 20, as many notes, 64 octets of each', () => {
    const flood = hex('8a01 2a'.repeat(5000));
    const recorder = new TranscriptRecorder({ begins: 'frames' });
    for (let i = 0; i < 20; i++) {
      recorder.write('subject', i, flood);
      recorder.write('tester', i, concat(hex('827f 0000000000100000'), new Uint8Array(1024 * 1024)));
      for (let note = 0; note < 1000; note++) recorder.note(i, 'sees pong');
      recorder.end('subject', i, 'fin');
    }
    const entries = recorder.entries();
    assert.equal(entries.filter((entry) => 'frame' in entry).length, 120);
    assert.equal(entries.filter((entry) => 'note' in entry).length, 121);
    assert.equal(entries.reduce((sum, entry) => sum + ('left' in entry ? entry.left : 'frame' in entry ? 1 : 0), 0), 20 * 5001);
    assert.ok(JSON.stringify(entries).length < 100_000);
  });

  it('an endless head, octet by octet, costs what it is long', () => {
    const recorder = new TranscriptRecorder();
    const octet = Uint8Array.of(0x41);
    for (let i = 0; i < 1024 * 1024; i++) recorder.write('subject', 0, octet);
    assert.ok(JSON.stringify(recorder.entries()).length < 3000);
  });

  it('no octets make it throw, and each is accounted for', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const recorder = new TranscriptRecorder({ begins: 'frames', first: Infinity });
      let total = 0;
      for (let i = 0; i < 20; i++) {
        const bytes = random.bytes(random.below(50));
        total += bytes.length;
        recorder.write('subject', i, bytes);
      }
      const passed = recorder.entries().reduce((sum, entry) => {
        if ('octets' in entry) return sum + entry.passed;
        return 'frame' in entry ? sum + entry.frame.header.length / 2 + entry.frame.passed : sum;
      }, 0);
      assert.equal(passed, total, `seed ${seed}`);
      const heads = new TranscriptRecorder();
      for (let i = 0; i < 20; i++) heads.write('tester', i, Uint8Array.from(random.bytes(20), (octet) => (random.oneIn(8) ? 0x0a : octet & 0x7f)));
      heads.entries();
    }
  });
});
