// `hawser inspect` as a person runs it: dumps of all kinds and captures, what is guessed, what is told, exit codes.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readHexDump } from '../../lib/cli/hex-dump.ts';
import { TranscriptRecorder } from '../../lib/conformance/transcript/recorder.ts';
import { TracingRecorder } from '../../lib/conformance/transcript/trace.ts';
import { hex, latin1, toHex } from '../support/bytes.ts';
import { runHawser } from '../support/program.ts';
import type { ProgramResult } from '../support/program.ts';
import { Random } from '../support/random.ts';

const inspect = (input: string, ...args: string[]): Promise<ProgramResult> => runHawser(input, 'inspect', ...args);

describe('a hex dump', () => {
  const octets = hex('8185 37fa213d 7f9f4d5158 8802 03e8 2e2e 6162 63');
  const digits = toHex(octets);
  const pairs = digits.match(/../g) ?? [];

  it('is plain hex, however it is written down', () => {
    for (const text of [
      digits, digits.toUpperCase(), pairs.join(' '), pairs.join('\n'), pairs.join(':'), pairs.map((pair) => `0x${pair}`).join(', '),
      `[${pairs.map((pair) => `0x${pair}`).join(',')}]`, `"${pairs.map((pair) => `\\x${pair}`).join('')}"`, `<Buffer ${pairs.join(' ')}>`,
      `# a text\r\n${pairs.slice(0, 7).join(' ')}  # and\r\n${pairs.slice(7).join('-')}\r\n`,
    ]) {
      assert.equal(toHex(readHexDump(text)), digits, text);
    }
    assert.equal(toHex(readHexDump('0x1, 0xA, 0x00')), '010a00');
    assert.equal(toHex(readHexDump('0000 0000')), '00000000', 'zeros are octets where no offset is meant');
    assert.equal(readHexDump(' \n').length, 0);
  });

  it('is a dump of xxd, hexdump -C, od or Wireshark, whose columns of characters look like hex', () => {
    for (const [name, text] of Object.entries({
      'xxd': '00000000: 8185 37fa 213d 7f9f 4d51 5888 0203 e82e  ..7.!=..MQX.....\n00000010: 2e61 6263                                .abc\n',
      'xxd -u -g1 with an offset': '00000020: 81 85 37 FA 21 3D 7F 9F 4D 51 58 88 02 03 E8 2E  ..7.!=..MQX.....\n00000030: 2E 61 62 63                                      .abc\n',
      'hexdump -C': '00000000  81 85 37 fa 21 3d 7f 9f  4d 51 58 88 02 03 e8 2e  |..7.!=..MQX.....|\n00000010  2e 61 62 63                                       |.abc|\n00000014\n',
      'od -A x -t x1': '000000 81 85 37 fa 21 3d 7f 9f 4d 51 58 88 02 03 e8 2e\n000010 2e 61 62 63\n000014\n',
      'od -A x -t x1z': '000000 81 85 37 fa 21 3d 7f 9f 4d 51 58 88 02 03 e8 2e  >..7.!=..MQX.....<\n000010 2e 61 62 63                                      >.abc<\n000014\n',
      'od -t x1': '0000000 81 85 37 fa 21 3d 7f 9f 4d 51 58 88 02 03 e8 2e\n0000020 2e 61 62 63\n0000024\n',
      'od -A d -t x1': '0000000 81 85 37 fa 21 3d 7f 9f 4d 51 58 88 02 03 e8 2e\n0000016 2e 61 62 63\n0000020\n',
      'Wireshark': '0000   81 85 37 fa 21 3d 7f 9f 4d 51 58 88 02 03 e8 2e   ..7.!=..MQX.....\r\n0010   2e 61 62 63                                       .abc\r\n',
    })) {
      assert.equal(toHex(readHexDump(text)), digits, name);
    }
    assert.equal(toHex(readHexDump('00000000: 6161 6161                                aaaa')), '61616161');
    assert.equal(toHex(readHexDump('00000000: 61 62 63 64 65 66 67 68  61 62 63 64')), '616263646566676861626364', 'eight and eight');
  });

  it('repeats the row before a star up to the next offset', () => {
    const row = '00 '.repeat(16).trim();
    for (const text of [
      `00000000  ${row}  |................|\n*\n00000030  01                |.|\n00000031\n`,
      `00000000: ${row}  ................\n*\n00000030: 01  .\n`,
      `000000 ${row}\n*\n000030 01\n000031\n`,
      `0000000 ${row}\n0000020 ${row}\n*\n0000060 01\n`,
    ]) {
      assert.equal(toHex(readHexDump(text)), `${'00'.repeat(48)}01`, text);
    }
    assert.throws(() => readHexDump(`0000000 ${row}\n*\n0000060 01\n`), /^Error: line 3, column 1: an offset in hex is wanted, of od with -A x: this may be octal or decimal, found "0000060"$/);
  });

  it('that is damaged is told by line and column', () => {
    const wrong: readonly (readonly [text: string, message: string])[] = [
      ['81 zz', 'line 1, column 4: a hex digit is wanted, found "z"'],
      ['81 85\n8', 'line 2, column 1: pairs of hex digits are wanted, found "8"'],
      ['81 0x', 'line 1, column 4: hex digits are wanted, found "0x"'],
      ['81 0x123', 'line 1, column 4: pairs of hex digits are wanted, found "0x123"'],
      ['00000000: 8185 37xx', 'line 1, column 16: pairs of hex digits are wanted, found "37xx"'],
      ['00000000: 8185\n00000003: 37', 'line 2, column 1: the offset of octet 2 is wanted, found "00000003"'],
      ['00000000: 8185\nwhat', 'line 2, column 1: an offset and octets are wanted, as in the lines before, found "what"'],
      ['0000000 8581 fa37', 'line 1, column 1: octets are wanted, as hexdump -C or od -A x -t x1 write them: words swap them, found "0000000 8581 fa37"'],
      ['0000000 102601 175067', 'line 1, column 1: octets are wanted, as hexdump -C or od -A x -t x1 write them: words swap them, found "0000000 102601 17506"'],
    ];
    for (const [text, message] of wrong) assert.throws(() => readHexDump(text), { message }, text);
  });

  it('never throws anything but what is wrong with it', () => {
    for (let seed = 1; seed <= 2000; seed++) {
      const random = new Random(seed);
      const text = Array.from({ length: random.below(60) }, () => random.pick([...'0123456789abcdef  \n:|*>x,#.\r\t'])).join('');
      try {
        readHexDump(`${random.oneIn(2) ? '00000000: ' : ''}${text}`);
      } catch (error) {
        assert.match((error as Error).message, /^line \d+, column \d+: .* wanted/, `seed ${seed}`);
      }
    }
  });
});

describe('hawser inspect', () => {
  it('--help says what there is, and the program names the command', async () => {
    const { code, out } = await inspect('', '--help');
    assert.equal(code, 0);
    for (const option of ['--from', '--frames', '--deflate', '--case', '--all', '--check']) assert.ok(out.includes(option), option);
  });

  it('draws what a client sent, which its MASK says, and the rule that a frame breaks', async () => {
    const { code, out, err } = await inspect('81 85 37fa213d 7f9f4d5158  89 00');
    assert.equal(err, '');
    assert.equal(code, 0);
    assert.equal(out, [
      '  → client   ← server',
      '  →  FIN      text                 5  masked  8185 37fa213d 7f9f4d51 58                    "Hello"',
      '  →  FIN      ping                 0          8900',
      '     ╰─ 1 000 1001 0 0000000  ✗ MASK_MISSING (§5.1): a client masks every frame it sends',
      '',
    ].join('\n'));
  });

  it('tells from the first head who sent it, and draws what follows as frames', async () => {
    const server = await inspect(toHex(latin1('HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n')) + 'c107f248cdc9c90700', '--check');
    assert.match(server.out, /← {2}HTTP\/1\.1 101 Switching Protocols\n +Sec-WebSocket-Extensions: permessage-deflate\n {2}← {2}FIN RSV1 text .*inflates to "Hello"\n$/);
    assert.deepEqual([server.code, server.err], [0, 'no rule is broken\n']);
    const client = await inspect(`${toHex(latin1('GET / HTTP/1.1\r\n\r\n'))}8180 00000000`, '-');
    assert.match(client.out, /→ {2}GET \/ HTTP\/1\.1\n {2}→ {2}FIN {6}text /);
  });

  it('--from and --frames say otherwise', async () => {
    const { code, out, err } = await inspect('8185 37fa213d 7f9f4d5158', '--from', 'server', '--check');
    assert.match(out, /← {2}FIN {6}text .*\n.*MASK_UNEXPECTED \(§5\.1\): a server masks no frame it sends\n$/);
    assert.deepEqual([code, err], [1, '1 frame breaks a rule\n']);
    const get = toHex(latin1('GET /'));
    assert.match((await inspect(get)).out, /→ {2}GET \/\n {5}… and does not end\n$/);
    assert.match((await inspect(get, '--frames')).out, /··· RSV1 opcode 7 /);
  });

  it('--deflate makes RSV1 legal and inflates', async () => {
    const plain = await inspect('c107f248cdc9c90700', '--check');
    assert.match(plain.out, /RSV_NOT_NEGOTIATED/);
    assert.equal(plain.code, 1);
    const deflated = await inspect('c107f248cdc9c90700', '--deflate', '--check');
    assert.match(deflated.out, /inflates to "Hello"\n$/);
    assert.equal(deflated.code, 0);
    assert.match((await inspect('c10106', '--deflate', '--check')).out, /DEFLATE_CORRUPT/);
  });

  it('draws 64 octets of a payload, --all of them, and judges more than it draws', async () => {
    const text = `817e 03e8 ${'41'.repeat(999)} ff`;
    const short = await inspect(text, '--check');
    assert.equal(short.out.split('\n').length, 9);
    assert.match(short.out, /TEXT_NOT_UTF8/);
    assert.equal((await inspect(text, '--all')).out.split('\n').length, 3 + 63 + 1);
  });

  it('draws the connections of a capture, --case only those of one, and counts the rules that the subject broke', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'inspect-'));
    const file = join(folder, 'capture.jsonl');
    try {
      let capture = '\n';
      for (const [n, id] of ['5.1/a', '5.1/b'].entries()) {
        const recorder = new TracingRecorder(new TranscriptRecorder(), n, { case: id, role: 'server', agent: 'sample \u001b[1m', begins: 'frames' }, (line) => { capture += line; });
        recorder.write('tester', 1, hex('8900'));
        recorder.write('subject', 2, hex(id === '5.1/a' ? '8a00' : '8a80 00000000'));
        recorder.end('subject', 3, 'fin');
      }
      writeFileSync(file, capture);
      const both = await inspect('', file, '--check');
      assert.match(both.out, /^5\.1\/a: sample \\x1b\[1m as server\n +ms {2}→ tester {3}← subject\n +1\.00 {2}→ {2}FIN {6}ping [^]*\n\n5\.1\/b: sample /);
      assert.deepEqual([both.code, both.err], [1, '1 frame breaks a rule\n']);
      const one = await inspect('', file, '--case', '5.1/a', '--check');
      assert.equal(one.out.split('\n').filter((line) => line.includes('sample')).length, 1);
      assert.deepEqual([one.code, one.err], [0, 'no rule is broken\n'], 'the tester breaks rules on purpose');
      const none = await inspect('', file, '--case', '5.1/c');
      assert.deepEqual([none.code, none.err], [1, 'hawser: the capture has no case "5.1/c"\n']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('draws what could be read of a capture that is cut', async () => {
    const { code, out, err } = await inspect('{"n":1,"case":"a","role":"server","agent":"x"}\n{"n":1,"at":0,"note":"so far"}\n{"n":1,"at"');
    assert.equal(code, 1);
    assert.match(out, /· {2}so far\n$/);
    assert.match(err, /^hawser: line 3 of the capture: .+\n$/);
  });

  it('what cannot be read is one clear line and exit code 1', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'inspect-'));
    try {
      for (const [input, ...args] of [['zz'], [''], ['{"n":1}'], ['81', '--from', 'me'], ['81', '--nonsense'], ['81', 'a', 'b'], ['', join(folder, 'none')], ['', folder]] as const) {
        const { code, out, err } = await inspect(input, ...args);
        assert.deepEqual([code, out], [1, ''], args.join(' '));
        assert.match(err, /^hawser: .+\n$/, args.join(' '));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
