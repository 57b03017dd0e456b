// What a cell opens to, as HTML. These functions run in two places: here, where they are checked, and in the page, which carries their source.
//
// Law: each knows nothing but its arguments and the others of this file, and every string goes through `text`.

import type { PageEntry, PageResult } from './page-data.ts';

/** What the page knows of a case. */
export interface PageCase {
  readonly id: string;
  readonly section: string;
  readonly does: string;
  readonly expects: string;
  /** Each with its sentence, '' where that is not known. */
  readonly requirements: readonly (readonly [id: string, sentence: string])[];
  readonly aliases: readonly string[];
  readonly incidents: readonly string[];
  /** The opening handshake is what it is about. */
  readonly opens: boolean;
}

/** A string as text of an element or as the value of an attribute in quotes. */
export function text(raw: string): string {
  return raw.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

/** All there is to say of one result. */
export function drawPanel(about: PageCase, result: PageResult): string {
  const broken = result.transcript.flatMap(({ rule, from }) => (rule !== undefined && from === 'subject' ? [rule] : []));
  const rules = broken.filter(({ rule }, i) => broken.findIndex((other) => other.rule === rule) === i);
  return [
    `<p class="why ${text(result.verdict)}">${text(result.why)}</p>`,
    ...rules.map(({ rule, section, sentence }) => `<p class="rule"><b>${text(rule)}</b> ${text(section)} <span>${text(sentence)}</span></p>`),
    '<dl class="plan">',
    `<dt>The tester</dt><dd>${text(about.does)}</dd><dt>What must follow</dt><dd>${text(about.expects)}</dd>`,
    `<dt>What was seen</dt><dd>${drawSeen(result.seen)}</dd>`,
    drawSources(about),
    '</dl>',
    result.replay === '' ? '' : `<div class="replay"><code>${text(result.replay)}</code><button type="button" data-copy>copy</button></div>`,
    result.transcript.length === 0 ? '' : drawEntries(result.transcript, about.opens),
  ].join('');
}

export function drawSeen(seen: readonly string[]): string {
  return seen.length === 0 ? '<i>nothing</i>' : `<ol>${seen.map((line) => `<li>${text(line)}</li>`).join('')}</ol>`;
}

export function drawSources(about: PageCase): string {
  const requirements = about.requirements.map(([id, sentence]) => `<li><code>${text(id)}</code> ${text(sentence)}</li>`).join('');
  return [
    requirements === '' ? '' : `<dt>It rests on</dt><dd><ul>${requirements}</ul></dd>`,
    about.aliases.length === 0 ? '' : `<dt>Also known as</dt><dd>${about.aliases.map((id) => `<code>${text(id)}</code>`).join(' ')}</dd>`,
    about.incidents.length === 0 ? '' : `<dt>Would have caught</dt><dd>${about.incidents.map(text).join(', ')}</dd>`,
  ].join('');
}

export function drawEntries(entries: readonly PageEntry[], headsOpen: boolean): string {
  return [
    '<div class="wire"><input type="checkbox" id="bits"><label for="bits">bits of every frame</label>',
    '<div class="sides"><span>ms</span><b class="tester">tester →</b><b class="subject">← subject</b></div><ol>',
    ...entries.map((entry) => {
      const classes = `${entry.note === undefined ? entry.from ?? '' : 'note'}${entry.rule === undefined ? '' : ' broken'}`;
      return `<li class="${classes}"><time>${entry.at.toFixed(2)}</time><div>${drawEntry(entry, headsOpen)}</div></li>`;
    }),
    '</ol><p class="legend"><i class="first">first two octets</i><i class="length">extended length</i><i class="key">masking key</i>',
    '<i class="payload">payload, on the wire</i></p></div>',
  ].join('');
}

export function drawEntry(entry: PageEntry, headsOpen: boolean): string {
  if (entry.note !== undefined) return text(entry.note);
  if (entry.left !== undefined) return `<p class="left">${entry.left.toLocaleString('en')} more frames are left out</p>`;
  if (entry.end !== undefined) return `<p class="end">${entry.end === 'fin' ? 'ends its side (FIN)' : 'resets the connection'}</p>`;
  if (entry.head !== undefined) {
    const [first = '', ...fields] = entry.head;
    return `<details${headsOpen ? ' open' : ''}><summary>${text(first)}</summary><pre>${fields.map(text).join('\n')}</pre></details>`;
  }
  if (entry.octets !== undefined) {
    const passed = entry.passed ?? 0;
    const more = passed * 2 > entry.octets.length ? '…' : '';
    return `<p class="frame"><span>${passed.toLocaleString('en')} octets that are no frame</span><q>${text(entry.means ?? '')}</q></p>` +
      `<p class="octets">${drawOctets(entry.octets, 'payload')}${more}</p>`;
  }
  return drawFrame(entry);
}

export function drawFrame(entry: PageEntry): string {
  const { from, header = '', payload = '', means = '', passed, chunks, rule } = entry;
  const b0 = Number.parseInt(header.slice(0, 2), 16);
  const b1 = Number.parseInt(header.slice(2, 4), 16);
  const key = b1 >= 128 ? 8 : 0;
  const extended = header.slice(4, header.length - key);
  const length = extended === '' ? BigInt(b1 & 127) : BigInt(`0x${extended}`);
  const names: Readonly<Record<number, string>> = { 0: 'continuation', 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' };
  const name = names[b0 & 15] ?? `opcode ${(b0 & 15).toString(16).toUpperCase()}`;
  const rsv = [64, 32, 16].map((bit, i) => ((b0 & bit) === 0 ? '' : `<b class="flag rsv">RSV${i + 1}</b>`)).join('');
  const sign = from === 'tester' ? 'breaks' : '✗'; // it does so on purpose
  const isMore = (passed === undefined ? length : BigInt(passed)) * 2n > BigInt(payload.length);
  return [
    `<p class="frame">${b0 >= 128 ? '<b class="flag">FIN</b>' : ''}${rsv}<b>${name}</b>`,
    `<span>${length.toLocaleString('en')} ${length === 1n ? 'octet' : 'octets'}${key === 0 ? '' : ', masked'}`,
    passed === undefined ? '' : `, of which ${passed.toLocaleString('en')} came`,
    `${chunks === undefined ? '' : `, in ${chunks.toLocaleString('en')} chunks`}</span>`,
    means === '' ? '' : `<q>${text(means)}</q>`,
    `</p><p class="octets">${drawOctets(header.slice(0, 4), 'first')}${drawOctets(extended, 'length')}`,
    `${drawOctets(header.slice(header.length - key), 'key')}${drawOctets(payload, 'payload')}${isMore ? '…' : ''}</p>`,
    drawBits(b0, b1),
    rule === undefined ? '' : `<p class="breaks">${sign} ${text(rule.rule)} <span>${text(rule.section)}: ${text(rule.sentence)}</span></p>`,
  ].join('');
}

export function drawOctets(hex: string, kind: string): string {
  return hex === '' ? '' : `<span class="${kind}">${(hex.match(/../g) ?? []).map(text).join(' ')}</span> `;
}

/** The first two octets as §5.2 draws them. */
export function drawBits(b0: number, b1: number): string {
  const bits = (b0 * 256 + b1).toString(2).padStart(16, '0');
  const fields: readonly (readonly [name: string, from: number, to: number])[] = [
    ['FIN', 0, 1], ['RSV', 1, 4], ['opcode', 4, 8], ['MASK', 8, 9], ['length', 9, 16],
  ];
  const cells = fields.map(([name, from, to]) => {
    const drawn = [...bits.slice(from, to)].map((bit) => `<i>${bit}</i>`).join('');
    return `<span><b>${drawn}</b><small>${name}</small></span>`;
  });
  return `<p class="bits">${cells.join('')}</p>`;
}

/** The source of all of them, for the page. */
export function panelSource(): string {
  return [text, drawPanel, drawSeen, drawSources, drawEntries, drawEntry, drawFrame, drawOctets, drawBits].map(String).join('\n');
}
