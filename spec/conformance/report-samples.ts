// Runs for the specs of reports: every verdict, and strings that try to be something else wherever they end up.

import type { Case } from '../../lib/conformance/case.ts';
import { TranscriptRecorder } from '../../lib/conformance/transcript/recorder.ts';
import type { CaseResult, RunReport } from '../../lib/conformance/result.ts';
import { define } from '../../lib/conformance/write.ts';
import { concat, hex, latin1, utf8 } from '../support/bytes.ts';

/** Ends a script, an attribute, a comment, an element, a YAML scalar, a directive, a line; and turns what follows. */
export const HOSTILE = '</script><img src=x onerror=alert(1)>"\' # SKIP & ]]> --> {id} $& \\ \u202e\u0007\n\u2028';

function recorded(): CaseResult['transcript'] {
  const recorder = new TranscriptRecorder();
  recorder.write('tester', 0, latin1(`GET / HTTP/1.1\r\nX: ${HOSTILE.replaceAll(/[^\x0b-\xff]/g, '')}\r\n\r\n`));
  recorder.write('subject', 1.234, latin1('HTTP/1.1 101 <b>Switching</b>\r\n\r\n'));
  recorder.write('tester', 2, hex('8185 37fa213d 7f9f4d5158'));
  recorder.note(2, `sees ${HOSTILE}`);
  const text = utf8('</script><img src=x>');
  recorder.write('subject', 3, concat(hex('a1'), Uint8Array.of(text.length), text));
  recorder.write('subject', 4, hex('81'));
  recorder.end('subject', 5, 'fin');
  return [...recorder.entries(), { at: 6, from: 'tester', left: 7 }];
}

const steps = { steps: [{ finish: 'close' }], outcomes: [] } as const;

export const SAMPLE_CASES: readonly Case[] = [
  define({ id: '5.1/good', does: 'Sends a text.', expects: 'It comes back.', requirements: ['6455-5.1-1'], aliases: ['1.1.1'], ...steps }),
  define({ id: '5.1/soft', does: 'Sends another.', expects: 'It comes back too.', requirements: [], ...steps }),
  define({ id: '5.2/bad', does: `Sends ${HOSTILE}.`, expects: `It ${HOSTILE}.`, requirements: ['6455-5.2-1', '6455-5.2-2'], incidents: ['CVE-1'], ...steps }),
  define({ id: '5.2/odd', does: 'Looks at it.', expects: 'Whatever.', requirements: [], ...steps }),
  define({ id: '7692-7.1/none', does: 'Compresses.', expects: 'It is inflated.', requirements: [], opening: { by: 'steps' }, ...steps }),
  define({ id: '7692-7.1/never-run', does: 'Nobody ran it.', expects: 'Nothing.', requirements: [], ...steps }),
];

function result(id: string, verdict: CaseResult['verdict'], why: string, more: Partial<CaseResult> = {}): CaseResult {
  return { id, role: 'server', verdict, why, seen: [], ms: 1.5, transcript: [], ...more };
}

export function sampleReport(about: Partial<RunReport> = {}): RunReport {
  return {
    agent: 'sample 1.0',
    role: 'server',
    date: '2026-01-02T03:04:05.000Z',
    ms: 1234.5,
    hawser: '0.1.0',
    replay: 'npx hawser conformance server ws://h/?a=1&b=2 --case {id}',
    results: [
      result('5.1/good', 'pass', 'It comes back.'),
      result('5.1/soft', 'non-strict', 'it took two frames'),
      result('5.2/bad', 'fail', HOSTILE, { seen: ['close 1002', HOSTILE], transcript: recorded() }),
      result('5.2/odd', 'informational', 'it says # nothing'),
      result('7692-7.1/none', 'skipped', 'permessage-deflate was not agreed on'),
    ],
    ...about,
  };
}
