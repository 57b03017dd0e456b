// Holds the page to being one file in which nothing of a peer is anything but text, and to what a reader does with it: finds, filters, opens,
// moves on. Its script runs here against as much of a document as it asks for.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { html } from '../../lib/conformance/report/html.ts';
import { drawPanel } from '../../lib/conformance/report/panel.ts';
import type { PageCase } from '../../lib/conformance/report/panel.ts';
import type { PageResult } from '../../lib/conformance/report/page-data.ts';
import { HOSTILE, SAMPLE_CASES, sampleReport } from './report-samples.ts';

const REQUIREMENTS = new Map([['6455-5.2-1', 'RSV bits are <0>.'], ['6455-5.1-1', 'A client masks.']]);
const other = sampleReport({
  agent: 'other/2 <b>',
  role: 'client',
  results: sampleReport().results.slice(0, 3).map((result) => ({ ...result, verdict: 'pass', role: 'client' as const })),
});
const PAGE = html([sampleReport(), other], SAMPLE_CASES, { requirements: REQUIREMENTS, title: 'A & B' });

/** What stands in the script elements, by id; the page's own script has none. */
const scripts = Array.from(PAGE.matchAll(/<script(?: type="application\/json" id="([\w-]+)")?>([\s\S]*?)<\/script>/g), ([, id = '', content = '']) => ({ id, content }));

function data(id: string): string {
  return scripts.find((script) => script.id === id)?.content ?? assert.fail(`no ${id}`);
}

function results(agent: number): readonly PageResult[] {
  return data(`results-${agent}`).trim().split('\n').map((line) => JSON.parse(line) as PageResult);
}

const meta = JSON.parse(data('meta')) as { readonly names: readonly string[]; readonly cases: readonly PageCase[] };

describe('the page as a file', () => {
  it('needs nothing else: no address but its own fragments', () => {
    assert.deepEqual(PAGE.match(/(?:src|href|action|data|poster)="[^#"][^"]*"|url\(|@import|https?:/g) ?? [], []);
  });

  it('has elements of its own only: what a peer sent opens none and ends none', () => {
    const outside = PAGE.replace(/<(style|script)[^>]*>[\s\S]*?<\/\1>/g, '');
    assert.deepEqual(outside.match(/<(?!\/?(?:html|head|meta|title|body|main|header|h1|h2|p|section|article|small|div|i|b|span|form|input|label|output|table|thead|tbody|tr|th|td|a|code|aside)\b|!doctype html>)/g) ?? [], []);
    assert.equal(PAGE.match(/<img|onerror=[^a]|<b>x/g), null);
    assert.equal(scripts.length, 4, 'the cases, two agents, and what the page does');
    for (const { id, content } of scripts) if (id !== '') assert.doesNotMatch(content, /</);
  });

  it('has no character that cannot be seen', () => assert.equal(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/.test(PAGE), false));

  it('carries its data as it was, but for what cannot be seen', () => {
    const [, , bad] = results(0);
    assert.equal(bad?.why, HOSTILE.replace('\u202e', '\\u202e').replace('\u0007', '\\x07').replace('\n', '\\n').replace('\u2028', '\\u2028'));
    assert.equal(bad?.replay, 'npx hawser conformance server ws://h/?a=1&b=2 --case 5.2/bad');
    assert.deepEqual(results(1).map(({ verdict }) => verdict), ['pass', 'pass', 'pass']);
    assert.deepEqual(meta.names, ['sample 1.0', 'other/2 <b>']);
    assert.deepEqual(meta.cases.find(({ id }) => id === '5.2/bad')?.requirements, [['6455-5.2-1', 'RSV bits are <0>.'], ['6455-5.2-2', '']]);
  });
});

describe('the matrix', () => {
  const rows = Array.from(PAGE.matchAll(/<tr data-case="\d+">.*?<\/tr>/g), ([row]) => row);

  it('has a row for each case that was run, in the order of the cases, and a group for each section', () => {
    assert.deepEqual(rows.map((row) => /<code>(.*?)<\/code>/.exec(row)?.[1]), ['good', 'soft', 'bad', 'odd', 'none']);
    assert.deepEqual(Array.from(PAGE.matchAll(/rowgroup">(.*?)<\/th>\s*(.*?)<\/tr>/g), ([, name, sums = '']) => [name, sums.replace(/<\/?td>/g, ' ').trim()]),
      [['RFC 6455 §5.1', '1/2  2'], ['RFC 6455 §5.2', '0/2  1'], ['RFC 7692 §7.1', '']]);
  });

  it('has a cell for each result, with a sign, a name for who cannot see it, and an address; and an empty one where there is none', () => {
    const cells = (row: string): readonly string[] => Array.from(row.matchAll(/<td>(?:<a class="([\w-]+)" href="([^"]*)".*? aria-label="([^"]*)".*?>(.*?)<\/a>)?<\/td>/g),
      ([, verdict, href, label, sign]) => (verdict === undefined ? '' : `${verdict} ${href} ${sign} ${label}`));
    assert.deepEqual(rows.map(cells), [
      ['pass #sample%201.0/5.1/good ✓ sample 1.0: pass', 'pass #other%2F2%20%3Cb%3E/5.1/good ✓ other/2 &lt;b&gt;: pass'],
      ['non-strict #sample%201.0/5.1/soft ≈ sample 1.0: non-strict', 'pass #other%2F2%20%3Cb%3E/5.1/soft ✓ other/2 &lt;b&gt;: pass'],
      ['fail #sample%201.0/5.2/bad ✗ sample 1.0: fail', 'pass #other%2F2%20%3Cb%3E/5.2/bad ✓ other/2 &lt;b&gt;: pass'],
      ['informational #sample%201.0/5.2/odd i sample 1.0: informational', ''],
      ['skipped #sample%201.0/7692-7.1/none – sample 1.0: skipped', ''],
    ]);
  });

  it('tells agents of one name apart by role, and by number where that is the same too', () => {
    const names = (...reports: Parameters<typeof html>[0]): unknown =>
      (JSON.parse(/id="meta">(.*?)<\/script>/.exec(html(reports, SAMPLE_CASES))?.[1] ?? '') as typeof meta).names;
    assert.deepEqual(names(sampleReport(), sampleReport({ role: 'client' })), ['sample 1.0 as server', 'sample 1.0 as client']);
    assert.deepEqual(names(sampleReport(), sampleReport()), ['sample 1.0 as server (1)', 'sample 1.0 as server (2)']);
  });

  it('has a row for what was run and is not among the cases, and none at all without results', () => {
    assert.match(html([sampleReport()], []), /<code>odd<\/code>/);
    assert.equal(html([sampleReport({ results: [] })], SAMPLE_CASES).includes('<tr data-case'), false);
    assert.match(html([], []), /<\/html>/);
  });

  it('700 cases of 8 agents are a page of a few megabytes, with a cell for each result', () => {
    const cases = Array.from({ length: 700 }, (_, i) => ({ ...SAMPLE_CASES[0] as (typeof SAMPLE_CASES)[number], id: `5.${i % 9}/case-${i}` }));
    const [, , bad] = sampleReport().results;
    const reports = Array.from({ length: 8 }, (_, i) => sampleReport({ agent: `agent ${i}`, results: cases.map(({ id }) => ({ ...bad as NonNullable<typeof bad>, id })) }));
    const page = html(reports, cases);
    assert.equal(page.match(/<td><a /g)?.length, 5600);
    assert.ok(page.length < 16 * 1024 * 1024, `${page.length} characters`);
  });
});

describe('what a cell opens to', () => {
  const index = meta.cases.findIndex(({ id }) => id === '5.2/bad');
  const panel = drawPanel(meta.cases[index] as PageCase, results(0)[2] as PageResult);
  const plain = panel.replace(/<[^>]*>/g, ' ').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&#39;/g, "'").replace(/&amp;/g, '&').replace(/ +/g, ' ');

  it('says what the tester does, what must follow, what it rests on, what was seen, and why', () => {
    for (const part of ['Sends </script><img', 'It </script>', '6455-5.2-1 RSV bits are <0>.', '6455-5.2-2', 'close 1002', 'CVE-1', '"\' # SKIP & ]]> --> {id} $& \\ \\u202e\\x07\\n']) {
      assert.ok(plain.includes(part), part);
    }
  });

  it('says which rule the subject broke, and the command that runs it again', () => {
    assert.match(panel, /<p class="rule"><b>RSV_NOT_NEGOTIATED<\/b> §5\.2 <span>RSV bits are 0 unless/);
    assert.match(panel, /<code>npx hawser conformance server ws:\/\/h\/\?a=1&amp;b=2 --case 5\.2\/bad<\/code><button type="button" data-copy>/);
  });

  it('draws the transcript: who, when, bits, octets by what they are part of, and what they say', () => {
    assert.match(panel, /<li class="tester"><time>2\.00<\/time>.*?<b class="flag">FIN<\/b><b>text<\/b><span>5 octets, masked<\/span><q>&quot;Hello&quot;<\/q>/);
    assert.match(panel, /<span class="first">81 85<\/span> <span class="key">37 fa 21 3d<\/span> <span class="payload">7f 9f 4d 51 58<\/span>/);
    assert.match(panel, /<li class="subject broken"><time>3\.00<\/time>.*?<b class="flag rsv">RSV2<\/b>/);
    assert.match(panel, /<p class="bits"><span><b><i>1<\/i><\/b><small>FIN<\/small><\/span><span><b><i>0<\/i><i>1<\/i><i>0<\/i><\/b><small>RSV<\/small>/);
    assert.match(panel, /<p class="breaks">✗ RSV_NOT_NEGOTIATED/);
    assert.match(panel, /<details><summary>HTTP\/1\.1 101 &lt;b&gt;Switching&lt;\/b&gt;<\/summary>/);
    assert.match(panel, /<span>1 octets? that are no frame<\/span>/);
    assert.match(panel, /ends its side \(FIN\)/);
    assert.match(panel, /7 more frames are left out/);
    assert.match(panel, /<li class="note"><time>2\.00<\/time><div>sees &lt;\/script&gt;/);
  });

  it('nothing of a peer is an element of it', () => {
    assert.doesNotMatch(panel, /<(?!\/?(?:p|b|span|dl|dt|dd|ol|ul|li|code|div|button|input|label|time|details|summary|pre|q|i|small)\b)/);
    assert.equal(panel.match(/onerror=/g)?.length, plain.match(/onerror=/g)?.length);
  });

  it('a length of 64 bits, a frame that is cut, and chunks are told', () => {
    const drawn = drawPanel(meta.cases[0] as PageCase, {
      verdict: 'pass', why: '', seen: [], ms: 1, replay: '',
      transcript: [{ at: 0, from: 'tester', header: '82ffffffffffffffffff01020304', payload: '05', means: '', passed: 1, chunks: 3 }, { at: 0, from: 'subject', header: '8b00', payload: '' }],
    });
    assert.match(drawn, /<b>binary<\/b><span>18,446,744,073,709,551,615 octets, masked, of which 1 came, in 3 chunks<\/span>/);
    assert.match(drawn, /<span class="first">82 ff<\/span> <span class="length">ff ff ff ff ff ff ff ff<\/span> <span class="key">01 02 03 04<\/span> <span class="payload">05<\/span> <\/p>/);
    assert.match(drawn, /<b>opcode B<\/b><span>0 octets<\/span>/);
    assert.match(drawn, /<i>nothing<\/i>/);
  });

  it('heads are open where the opening handshake is what the case is about', () => {
    const about = meta.cases.find(({ id }) => id === '7692-7.1/none') as PageCase;
    assert.match(drawPanel(about, results(0)[2] as PageResult), /<details open>/);
  });
});

// ---- the page's script ----------------------------------------------------------------------------------------------------------------

/** As much of an element as the script asks for. */
class FakeElement {
  readonly classes = new Set<string>();
  readonly attributes = new Map<string, string>();
  readonly listeners = new Map<string, (event: unknown) => void>();
  readonly dataset: Record<string, string> = {};
  readonly style = { setProperty(): void {} };
  hidden = false;
  checked = true;
  value = '';
  textContent = '';
  innerHTML = '';
  className = '';
  scrollTop = 0;
  offsetHeight = 0;
  cellIndex = 0;
  parent: FakeElement | null = null;
  children: FakeElement[] = [];
  focused = false;

  get classList(): { add(name: string): void; remove(name: string): void } {
    return { add: (name) => this.classes.add(name), remove: (name) => this.classes.delete(name) };
  }
  get parentElement(): FakeElement | null { return this.parent; }
  get firstElementChild(): FakeElement | null { return this.children[0] ?? null; }
  get cells(): FakeElement[] { return this.children; }
  getAttribute(name: string): string | null { return this.attributes.get(name) ?? null; }
  setAttribute(name: string, value: string): void { this.attributes.set(name, value); }
  removeAttribute(name: string): void { this.attributes.delete(name); }
  addEventListener(name: string, listener: (event: unknown) => void): void { this.listeners.set(name, listener); }
  closest(selector: string): FakeElement | null {
    if (selector === 'tr') return this.className === 'tr' ? this : this.parent?.closest('tr') ?? null;
    if (selector === 'td a') return this.attributes.has('href') ? this : null;
    return null;
  }
  querySelector(_selector: string): FakeElement | null { return this.children.find(({ hidden }) => !hidden) ?? null; }
  querySelectorAll(selector: string): FakeElement[] {
    const all = (element: FakeElement): FakeElement[] => [element, ...element.children.flatMap(all)];
    return all(this).filter((element) => (selector.endsWith('td a') ? element.attributes.has('href') : selector === 'tbody' ? element.className === 'tbody' : element.className === 'tr'));
  }
  scrollIntoView(): void {}
  focus(): void { this.focused = true; }
  reset(): void { this.value = 'reset'; }
}

/** The page, opened at a fragment. */
class Page {
  readonly main = new FakeElement();
  readonly body = new FakeElement();
  readonly elements = new Map<string, FakeElement>();
  readonly listeners = new Map<string, (event: unknown) => void>();
  readonly location = { hash: '', pathname: '/page.html', search: '' };
  readonly verdicts: FakeElement[];

  constructor(hash: string) {
    this.location.hash = hash;
    for (const id of ['panel', 'filters', 'find', 'differ', 'none', 'shown']) this.elements.set(id, new FakeElement());
    this.element('differ').checked = false;
    for (const { id, content } of scripts) this.elements.set(id, Object.assign(new FakeElement(), { textContent: content }));
    this.verdicts = ['pass', 'non-strict', 'informational', 'fail', 'skipped'].map((value) => Object.assign(new FakeElement(), { value }));
    this.main.children = Array.from(PAGE.matchAll(/<tbody>([\s\S]*?)<\/tbody>/g), ([, body = '']) => this.#group(body));
    const page = this;
    const context = createContext({
      document: {
        body: this.body,
        getElementById: (id: string) => this.elements.get(id) ?? null,
        querySelector: () => this.main,
        querySelectorAll: () => this.verdicts.filter(({ checked }) => checked),
      },
      location: this.location,
      history: { replaceState(_state: null, _title: string, url: string) { page.location.hash = url.startsWith('#') ? url : ''; } },
      addEventListener: (name: string, listener: (event: unknown) => void) => this.listeners.set(name, listener),
      ResizeObserver: class { observe(): void {} },
    });
    runInContext(scripts.at(-1)?.content ?? '', context, { filename: 'page.js' });
  }

  element(id: string): FakeElement {
    return this.elements.get(id) ?? assert.fail(`no ${id}`);
  }

  /** What the panel shows: '' when it is closed. */
  get shown(): string {
    const panel = this.element('panel');
    return panel.hidden ? '' : /<h2>(.*?)<small>(.*?),/.exec(panel.innerHTML)?.slice(1).join(' of ') ?? '';
  }

  /** The cases whose rows are shown. */
  get rows(): readonly string[] {
    return this.main.querySelectorAll('tr').filter(({ hidden }) => !hidden).map(({ dataset }) => meta.cases[Number(dataset['case'])]?.id ?? '');
  }

  key(key: string, target: FakeElement = this.body): void {
    this.listeners.get('keydown')?.({ key, target, preventDefault() {} });
  }

  filter(change: () => void): readonly string[] {
    change();
    this.element('filters').listeners.get('input')?.({});
    return this.rows;
  }

  go(hash: string): void {
    this.location.hash = hash;
    this.listeners.get('hashchange')?.({});
  }

  #group(body: string): FakeElement {
    const group = Object.assign(new FakeElement(), { className: 'tbody' });
    group.children = Array.from(body.matchAll(/<tr data-case="(\d+)">(.*?)<\/tr>/g), ([, index = '', cells = '']) => {
      const row = Object.assign(new FakeElement(), { className: 'tr', parent: group });
      row.dataset['case'] = index;
      row.children = Array.from(cells.matchAll(/<t[hd][ >].*?<\/t[hd]>/g), ([cell], cellIndex) => {
        const made = Object.assign(new FakeElement(), { parent: row, cellIndex });
        const [, className = '', href = '', at = '', sign = ''] = /<a class="([\w-]+)" href="([^"]*)" data-at="([\d ]+)".*?>(.*?)<\/a>/.exec(cell) ?? [];
        if (href === '') return made;
        const link = Object.assign(new FakeElement(), { className, textContent: sign, parent: made });
        link.attributes.set('href', href);
        link.dataset['at'] = at;
        made.children = [link];
        return made;
      });
      return row;
    });
    return group;
  }
}

describe('what the page does', () => {
  it('opens the cell that its address names, and closes at one that names none', () => {
    const page = new Page('#sample%201.0/5.2/bad');
    assert.equal(page.shown, '5.2/bad of sample 1.0');
    assert.match(page.element('panel').innerHTML, /RSV_NOT_NEGOTIATED/);
    page.go('#other%2F2%20%3Cb%3E/5.1/good');
    assert.equal(page.shown, '5.1/good of other/2 &lt;b&gt;');
    page.go('#nobody/5.1/good');
    assert.equal(page.shown, '');
    assert.equal(new Page('').shown, '');
  });

  it('filters by words, by verdict, and by where agents differ', () => {
    const page = new Page('');
    const find = page.element('find');
    assert.equal(page.rows.length, 5);
    assert.equal(page.element('shown').textContent, '5 cases');
    assert.deepEqual(page.filter(() => { find.value = 'ANOTHER sends'; }), ['5.1/soft']);
    assert.equal(page.element('shown').textContent, '1 of 5 cases');
    assert.deepEqual(page.filter(() => { find.value = '1.1.1'; }), ['5.1/good'], 'an alias');
    assert.deepEqual(page.filter(() => { find.value = '6455-5.2-2'; }), ['5.2/bad'], 'a requirement');
    assert.deepEqual(page.filter(() => { find.value = 'no such word'; }), []);
    assert.equal(page.element('none').hidden, false);
    const [pass] = page.verdicts;
    assert.deepEqual(page.filter(() => { find.value = ''; page.element('differ').checked = true; }), ['5.1/soft', '5.2/bad']);
    assert.deepEqual(page.filter(() => { page.element('differ').checked = false; if (pass !== undefined) pass.checked = false; }), ['5.1/soft', '5.2/bad', '5.2/odd', '7692-7.1/none']);
    assert.equal(page.main.children[0]?.hidden, false);
  });

  it('goes by keys: to the next case and back, from cell to cell, out again to where one was', () => {
    const page = new Page('#sample%201.0/5.1/soft');
    page.key('j');
    assert.equal(page.shown, '5.2/bad of sample 1.0');
    assert.equal(page.location.hash, '#sample%201.0/5.2/bad');
    page.key('k');
    page.key('k');
    page.key('k');
    assert.equal(page.shown, '5.1/good of sample 1.0');
    const cell = page.main.querySelectorAll('td a').find((each) => each.getAttribute('href') === '#sample%201.0/5.1/good') as FakeElement;
    assert.equal(cell.getAttribute('aria-current'), 'true');
    page.key('Escape');
    assert.deepEqual([page.shown, page.location.hash, cell.focused, cell.getAttribute('aria-current')], ['', '', true, null]);
    page.key('ArrowRight', cell);
    page.key('ArrowDown', cell);
    const focused = page.main.querySelectorAll('td a').filter((each) => each.focused).map((each) => each.getAttribute('href'));
    assert.deepEqual(focused, ['#sample%201.0/5.1/good', '#other%2F2%20%3Cb%3E/5.1/good', '#sample%201.0/5.1/soft']);
    page.key('/');
    assert.equal(page.element('find').focused, true);
  });

  it('moves over rows that are filtered out', () => {
    const page = new Page('#sample%201.0/5.1/good');
    page.filter(() => { for (const verdict of page.verdicts) verdict.checked = verdict.value !== 'non-strict' && verdict.value !== 'pass'; });
    page.key('j');
    assert.equal(page.shown, '5.2/bad of sample 1.0');
  });
});
