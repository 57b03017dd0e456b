// Holds TAP, JUnit, JSON and the summary to their formats, whatever a peer has put into them.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { json, parseReport } from '../../lib/conformance/report/json.ts';
import { junit } from '../../lib/conformance/report/junit.ts';
import { summary } from '../../lib/conformance/report/summary.ts';
import { tap } from '../../lib/conformance/report/tap.ts';
import { HOSTILE, SAMPLE_CASES, sampleReport } from './report-samples.ts';

/** Nothing that a terminal, a log or a parser takes for more than a character. */
const UNSEEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/;

describe('TAP 14', () => {
  const lines = tap(sampleReport(), SAMPLE_CASES).split('\n');

  it('begins with its version and a plan, and names the run', () => {
    assert.deepEqual(lines.slice(0, 3), ['TAP version 14', '1..5', '# sample 1.0 as server, 2026-01-02T03:04:05.000Z, hawser 0.1.0']);
  });

  it('what fails is not ok; what is no pass otherwise says so behind a hash, skipped as SKIP', () => {
    assert.deepEqual(lines.filter((line) => /^(?:not )?ok /.test(line)).map((line) => line.replace(/Sends <.*$/, '…').replace(/Sends [^.]*$/, '…')), [
      'ok 1 - 5.1/good: Sends a text.',
      'ok 2 - 5.1/soft: Sends another. # non-strict: it took two frames',
      'not ok 3 - 5.2/bad: …',
      'ok 4 - 5.2/odd: Looks at it. # informational: it says \\# nothing',
      'ok 5 - 7692-7.1/none: Compresses. # SKIP permessage-deflate was not agreed on',
    ]);
  });

  it('a description cannot become a directive, or more than a line', () => {
    const [line = ''] = lines.filter((each) => each.startsWith('not ok'));
    assert.doesNotMatch(line, /(?<!\\)#/);
    assert.match(line, /\\# SKIP/);
    assert.match(line, /\\\\u202e\\\\x07\\\\n/);
  });

  it('a failure has a YAML block with everything that is known of it', () => {
    const start = lines.indexOf('  ---');
    const block = lines.slice(start + 1, lines.indexOf('  ...'));
    assert.ok(block.every((line) => line.startsWith('  ')));
    const scalars = new Map(block.flatMap((line) => {
      const [, name = '', value] = /^ {2}(\w+): (".*")$/.exec(line) ?? [];
      return value === undefined ? [] : [[name, JSON.parse(value) as string] as const];
    }));
    assert.equal(scalars.get('case'), '5.2/bad');
    assert.equal(scalars.get('replay'), 'npx hawser conformance server ws://h/?a=1&b=2 --case 5.2/bad');
    assert.equal(scalars.get('message'), HOSTILE.replace('\u202e', '\\u202e').replace('\u0007', '\\x07').replace('\n', '\\n').replace('\u2028', '\\u2028'));
    for (const line of ['  severity: fail', '  role: server', '  duration_ms: 1.500', '  requirements:', '    - "6455-5.2-1"', '  seen:', '    - "close 1002"', '  transcript: |2']) {
      assert.ok(block.includes(line), line);
    }
    assert.ok(block.some((line) => /^ {4}.*FIN RSV2 text/.test(line)));
  });

  it('nothing in it cannot be seen', () => assert.doesNotMatch(lines.join('\n'), UNSEEN));

  it('a case that nobody knows has its id', () => assert.match(tap(sampleReport(), []), /^ok 1 - 5\.1\/good$/m));
});

/** Elements with their attributes and text, in order: enough of XML to hold a document to it, and strict about what it knows. */
function parseXml(document: string): { readonly name: string; readonly attributes: ReadonlyMap<string, string>; text: string; readonly depth: number }[] {
  assert.doesNotMatch(document, /[^\t\n\u0020-\ud7ff\ue000-\ufffd]/, 'XML 1.0 §2.2');
  const unescape = (raw: string): string => {
    assert.doesNotMatch(raw, /&(?!(?:amp|lt|gt|quot|apos|#10);)/);
    const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", '#10': '\n' };
    return raw.replace(/&([^;]+);/g, (_, name: string) => entities[name] as string);
  };
  const elements: ReturnType<typeof parseXml> = [];
  const open: ReturnType<typeof parseXml> = [];
  let rest = document.replace('<?xml version="1.0" encoding="UTF-8"?>', '');
  while (rest.trim() !== '') {
    const [, text = '', close, name = '', attributes = '', empty] = /^([^<]*)<(\/?)([\w-]+)((?: [\w-]+="[^"<]*")*)(\/?)>/.exec(rest) ?? assert.fail(`no XML: ${rest.slice(0, 80)}`);
    rest = rest.slice(/^[^<]*<[^>]*>/.exec(rest)?.[0].length);
    const parent = open.at(-1);
    if (parent !== undefined) parent.text += unescape(text);
    if (close === '/') {
      assert.equal(open.pop()?.name, name);
      continue;
    }
    const found = Array.from(attributes.matchAll(/ ([\w-]+)="([^"]*)"/g), ([, key = '', value = '']) => [key, unescape(value)] as const);
    const element = { name, attributes: new Map(found), text: '', depth: open.length };
    elements.push(element);
    if (empty !== '/') open.push(element);
  }
  assert.equal(open.length, 0);
  return elements;
}

describe('JUnit XML', () => {
  const elements = parseXml(junit(sampleReport(), SAMPLE_CASES));

  it('has a test suite for each section, with its figures', () => {
    assert.deepEqual(elements.filter(({ depth }) => depth < 2).map(({ name, attributes }) => [name, attributes.get('name'), ...['tests', 'failures', 'errors', 'skipped'].map((key) => attributes.get(key))]), [
      ['testsuites', 'sample 1.0 as server', '5', '1', '0', '1'],
      ['testsuite', 'RFC 6455 §5.1', '2', '0', '0', '0'],
      ['testsuite', 'RFC 6455 §5.2', '2', '1', '0', '0'],
      ['testsuite', 'RFC 7692 §7.1', '1', '0', '0', '1'],
    ]);
  });

  it('has a test case for each case, whose section is one name', () => {
    assert.deepEqual(elements.filter(({ name }) => name === 'testcase').map(({ attributes }) => `${attributes.get('classname')} ${attributes.get('name')} ${attributes.get('time')}`), [
      'conformance.server.5_1 5.1/good 0.002', 'conformance.server.5_1 5.1/soft 0.002', 'conformance.server.5_2 5.2/bad 0.002',
      'conformance.server.5_2 5.2/odd 0.002', 'conformance.server.7692-7_1 7692-7.1/none 0.002',
    ]);
  });

  it('a failure has its reason as message, and transcript and command as content', () => {
    const failures = elements.filter(({ name }) => name === 'failure');
    assert.equal(failures.length, 1);
    const [failure] = failures;
    assert.match(failure?.attributes.get('message') ?? '', /^<\/script><img src=x onerror=alert\(1\)>"' # SKIP & \]\]> --> \{id\} \$& \\ \\u202e\\x07\n\\u2028$/);
    assert.match(failure?.text ?? '', /FIN RSV2 text .*"<\/script><img src=x>"/);
    assert.match(failure?.text ?? '', /again: npx hawser conformance server ws:\/\/h\/\?a=1&b=2 --case 5\.2\/bad$/);
  });

  it('what was skipped says why, and what is no pass and no failure is a pass with a remark', () => {
    assert.deepEqual(elements.filter(({ name }) => name === 'skipped').map(({ attributes }) => attributes.get('message')), ['permessage-deflate was not agreed on']);
    assert.deepEqual(elements.filter(({ name }) => name === 'system-out').map(({ text }) => text), ['non-strict: it took two frames', 'informational: it says # nothing']);
  });
});

describe('JSON', () => {
  it('comes back as it was', () => {
    const report = sampleReport();
    assert.deepEqual(parseReport(json(report)), report);
    assert.deepEqual(parseReport(json({ ...report, results: [] })), { ...report, results: [] });
  });

  it('has a result a line', () => {
    const lines = json(sampleReport()).split('\n');
    assert.equal(lines.filter((line) => line.startsWith('    {"id":')).length, 5);
  });

  it('what is no JSON is told with line and column', () => {
    assert.throws(() => parseReport('{\n  "agent": nonsense', 'old.json'), /^Error: old\.json: no JSON from line 2, column 12 on: /);
    const place = (text: string): string => {
      try {
        parseReport(text);
      } catch (error) {
        return /^report: no JSON from line (\d+, column \d+) on: ./.exec((error as Error).message)?.[1] ?? (error as Error).message;
      }
      return 'taken';
    };
    const places: readonly (readonly [text: string, place: string])[] = [
      ['', '1, column 1'], [' \n', '2, column 1'], ['{"a":1', '1, column 7'], ['{"a":1,}', '1, column 8'], ['[1,]', '1, column 4'], ['[1 2]', '1, column 4'],
      ['{"a" 1}', '1, column 6'], ['{a:1}', '1, column 2'], ['{"a":[1,{"b":tru}]}', '1, column 14'], ['["a\nb"]', '1, column 4'], ['["\\x"]', '1, column 4'],
      ['["a', '1, column 4'], ['{}\n}', '2, column 1'], ['[1.5e3, -0, null, true, false, "\\u00e9\\"", [], {}]x', '1, column 51'], ['01', '1, column 2'],
    ];
    for (const [text, expected] of places) assert.equal(place(text), expected, text);
  });

  it('what is not as it should be is told with the way to it and what was found', () => {
    const whole = JSON.parse(json(sampleReport())) as Record<string, unknown> & { results: Record<string, unknown>[] };
    const wrong = (change: (copy: typeof whole) => void): string => {
      const copy = structuredClone(whole);
      change(copy);
      try {
        parseReport(JSON.stringify(copy));
      } catch (error) {
        return (error as Error).message;
      }
      return 'taken';
    };
    const entry = (at: number, value: unknown) => (copy: typeof whole): void => { (copy.results[2]?.['transcript'] as unknown[])[at] = value; };
    const frame = (change: Record<string, unknown>) => (copy: typeof whole): void => {
      const [, , found] = copy.results[2]?.['transcript'] as { frame: Record<string, unknown> }[];
      Object.assign(found?.frame ?? {}, change);
    };
    assert.equal(wrong(() => {}), 'taken');
    assert.equal(wrong((copy) => { delete copy['agent']; }), 'report: agent must be a string, found nothing');
    assert.equal(wrong((copy) => { copy['role'] = 'proxy'; }), 'report: role must be one of server, client, found "proxy"');
    assert.equal(wrong((copy) => { copy['ms'] = '1'; }), 'report: ms must be a number, found "1"');
    assert.equal(wrong((copy) => { Object.assign(copy, { results: {} }); }), 'report: results must be a list, found {}');
    assert.equal(wrong((copy) => { copy.results[3] = [] as unknown as Record<string, unknown>; }), 'report: results[3] must be an object, found []');
    assert.equal(wrong((copy) => { Object.assign(copy.results[3] ?? {}, { verdict: 'maybe' }); }),
      'report: results[3].verdict must be one of pass, non-strict, informational, fail, skipped, found "maybe"');
    assert.equal(wrong((copy) => { Object.assign(copy.results[0] ?? {}, { seen: ['a', 1] }); }), 'report: results[0].seen[1] must be a string, found 1');
    assert.equal(wrong(entry(0, { at: 1, from: 'tester' })),
      'report: results[2].transcript[0] must be an entry with note, head, end, left, octets or frame, found {"at":1,"from":"tester"}');
    assert.equal(wrong(entry(1, { at: 1, from: 'nobody', end: 'fin' })), 'report: results[2].transcript[1].from must be one of tester, subject, found "nobody"');
    assert.equal(wrong(frame({ opcode: 16 })), 'report: results[2].transcript[2].frame.opcode must be a whole number from 0 to 15, found 16');
    assert.equal(wrong(frame({ header: '8' })), 'report: results[2].transcript[2].frame.header must be octets in hex, in lower case, 2 or more, found "8"');
    assert.equal(wrong(frame({ header: '81' })), 'report: results[2].transcript[2].frame.header must be octets in hex, in lower case, 2 or more, found "81"');
    assert.equal(wrong(frame({ length: '-1' })), 'report: results[2].transcript[2].frame.length must be a length in decimal, as a string, found "-1"');
    assert.equal(wrong(frame({ fin: 1 })), 'report: results[2].transcript[2].frame.fin must be true or false, found 1');
    assert.equal(wrong(frame({ passed: 1.5 })), 'report: results[2].transcript[2].frame.passed must be a whole number, 0 or more, found 1.5');
    assert.equal(wrong((copy) => { copy['date'] = { long: 'x'.repeat(200) }; }), `report: date must be a string, found {"long":"${'x'.repeat(51)}…`);
    assert.throws(() => parseReport('null'), /^Error: report: the whole must be an object, found null$/);
    assert.throws(() => parseReport('{"__proto__":{"agent":"x"}}'), /agent must be a string, found nothing/);
  });
});

describe('the summary', () => {
  it('counts per section, and tells everything that is no pass with its reason', () => {
    assert.equal(summary(sampleReport()), [
      'sample 1.0 as server: 1 pass, 1 non-strict, 1 informational, 1 fail, 1 skipped in 1.2 s',
      '',
      '                    pass non-str.  inform.     fail  skipped',
      'RFC 6455 §5.1          1        1        ·        ·        ·',
      'RFC 6455 §5.2          ·        ·        1        1        ·',
      'RFC 7692 §7.1          ·        ·        ·        ·        1',
      'in all                 1        1        1        1        1',
      '',
      '~ 5.1/soft (non-strict)',
      '    it took two frames',
      '✗ 5.2/bad (fail)',
      `    </script><img src=x onerror=alert(1)>"' # SKIP & ]]> --> {id} $& \\ \\u202e\\x07\\n\\u2028`,
      'i 5.2/odd (informational)',
      '    it says # nothing',
      '',
      'one case again: npx hawser conformance server ws://h/?a=1&b=2 --case {id}',
      '',
    ].join('\n'));
  });

  it('of a run without a remark, or without a case, is short', () => {
    const report = sampleReport();
    assert.deepEqual(summary({ ...report, results: report.results.slice(0, 1) }).split('\n'),
      ['sample 1.0 as server: 1 pass in 1.2 s', '', '                    pass', 'RFC 6455 §5.1          1', '']);
    assert.match(summary({ ...report, results: [] }), /^sample 1\.0 as server: no case in /);
  });
});
