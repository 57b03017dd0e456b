// Holds the capture to being what passed: written and read back it is the same transcript, with connections told apart.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TranscriptRecorder } from '../../lib/conformance/transcript/recorder.ts';
import { TraceReader, TracingRecorder } from '../../lib/conformance/transcript/trace.ts';
import type { TraceOpening } from '../../lib/conformance/transcript/trace.ts';
import { hex, latin1 } from '../support/bytes.ts';

const OPENING: TraceOpening = { case: '5.1/a', role: 'server', agent: 'sample' };

function read(capture: string, ...more: ConstructorParameters<typeof TraceReader>): TraceReader {
  const reader = new TraceReader(...more);
  for (const line of capture.split('\n')) reader.read(line);
  return reader;
}

describe('a capture', () => {
  it('is a line for what opens, passes, ends and is noted, each with the number of its connection', () => {
    let capture = '';
    const recorder = new TracingRecorder(new TranscriptRecorder({ begins: 'frames' }), 7, { ...OPENING, begins: 'frames' }, (line) => { capture += line; });
    recorder.write('tester', 0.5, hex('8900'));
    recorder.write('subject', 1, new Uint8Array(0));
    recorder.note(2, 'a "note"');
    recorder.end('subject', 3, 'fin');
    assert.equal(capture, [
      '{"n":7,"case":"5.1/a","role":"server","agent":"sample","begins":"frames"}',
      '{"n":7,"at":0.5,"from":"tester","hex":"8900"}',
      '{"n":7,"at":1,"from":"subject","hex":""}',
      '{"n":7,"at":2,"note":"a \\"note\\""}',
      '{"n":7,"at":3,"from":"subject","end":"fin"}',
      '',
    ].join('\n'));
  });

  it('read back is the transcript that was recorded, of connections that were under way at the same time too', () => {
    let capture = '';
    const put = (line: string): void => { capture += line; };
    const first = new TracingRecorder(new TranscriptRecorder(), 1, OPENING, put);
    const second = new TracingRecorder(new TranscriptRecorder({ begins: 'frames' }), 2, { case: '5.1/b', role: 'client', agent: 'other', begins: 'frames' }, put);
    first.write('tester', 0, latin1('GET / HTTP/1.1\r\n'));
    second.write('subject', 1, hex('8185 37fa'));
    first.write('tester', 2, latin1('\r\n'));
    second.write('subject', 3, hex('213d 7f9f4d5158'));
    first.write('subject', 4, latin1('HTTP/1.1 101 x\r\n\r\n'));
    second.note(4, 'sees it');
    first.write('subject', 5, hex('8900'));
    second.end('subject', 6, 'reset');
    const { connections } = read(capture);
    assert.deepEqual(connections.map(({ n, case: id, role, agent }) => [n, id, role, agent]), [[1, '5.1/a', 'server', 'sample'], [2, '5.1/b', 'client', 'other']]);
    assert.deepEqual(connections.map(({ recorder }) => recorder.entries()), [first.entries(), second.entries()]);
    assert.equal(first.entries().length, 3);
    assert.equal(second.entries().length, 3);
  });

  it('may have a number again: another connection begins', () => {
    const { connections } = read('{"n":1,"case":"a","role":"server","agent":"x"}\n{"n":1,"at":0,"note":"first"}\n\n{"n":1,"case":"b","role":"server","agent":"x"}\n{"n":1,"at":0,"note":"second"}\n');
    assert.deepEqual(connections.map(({ recorder }) => recorder.entries()), [[{ at: 0, note: 'first' }], [{ at: 0, note: 'second' }]]);
  });

  it('of which only some connections are wanted is read for those alone, and kept as far as is asked for', () => {
    const capture = ['a', 'b'].map((id, n) => `{"n":${n},"case":"${id}","role":"server","agent":"x","begins":"frames"}\n{"n":${n},"at":0,"from":"tester","hex":"820401020304"}\n`).join('');
    const { connections } = read(capture, { octets: 2 }, (opening) => opening.case === 'b');
    assert.deepEqual(connections.map(({ case: id, recorder }) => [id, recorder.entries().map((entry) => ('frame' in entry ? entry.frame.payload : ''))]), [['b', ['0102']]]);
  });

  it('that is damaged is told by the line and what is wrong with it', () => {
    const open = '{"n":1,"case":"a","role":"server","agent":"x"}\n';
    const wrong: readonly (readonly [line: string, message: RegExp])[] = [
      ['{"n":1,"at":0,', /^line 2 of the capture: .*JSON/],
      ['[]', /^line 2 of the capture: the whole must be an object, found \[\]$/],
      ['{"at":0}', /^line 2 of the capture: n must be a whole number, 0 or more, found nothing$/],
      ['{"n":2,"at":0,"note":"x"}', /^line 2 of the capture: n must be the number of a connection that was opened, found 2$/],
      ['{"n":1,"at":"0","note":"x"}', /^line 2 of the capture: at must be a number, found "0"$/],
      ['{"n":1,"at":0,"from":"me","hex":""}', /^line 2 of the capture: from must be one of tester, subject, found "me"$/],
      ['{"n":1,"at":0,"from":"tester","hex":"8"}', /^line 2 of the capture: hex must be octets in hex, in lower case, found "8"$/],
      ['{"n":1,"at":0,"from":"tester","end":"x"}', /^line 2 of the capture: end must be one of fin, reset, found "x"$/],
      ['{"n":1,"at":0,"from":"tester"}', /^line 2 of the capture: hex must be .*, found nothing$/],
      ['{"n":1,"case":"b","role":"x","agent":"x"}', /^line 2 of the capture: role must be one of server, client, found "x"$/],
      ['{"n":1,"case":"b","role":"server","agent":"x","begins":"heads"}', /^line 2 of the capture: begins must be one of frames, found "heads"$/],
    ];
    for (const [line, message] of wrong) assert.throws(() => read(open + line), { message }, line);
  });
});
