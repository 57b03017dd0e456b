// What the page knows of each result, as JSON that is read when a cell is opened. What a reader of the page can derive is left out: a page of
// many agents is made of thousands of transcripts.

import { fromHex } from '../payload.ts';
import { readTranscript } from '../transcript/reading.ts';
import type { BrokenRule } from '../transcript/reading.ts';
import type { CaseResult } from '../result.ts';
import type { Entry, Party } from '../transcript/transcript.ts';
import { sayAsText, visible } from '../transcript/wording.ts';

/** An entry of a transcript; which properties there are says what it is. */
export interface PageEntry {
  readonly at: number;
  readonly from?: Party;
  readonly note?: string;
  readonly head?: readonly string[];
  readonly end?: 'fin' | 'reset';
  readonly left?: number;
  /** Octets that are no frame. */
  readonly octets?: string;
  /** Of a frame, with `payload`: the beginning of it as it is on the wire, in hex. */
  readonly header?: string;
  readonly payload?: string;
  /** What a frame, or what is none, says. */
  readonly means?: string;
  /** Octets of payload, or of what is no frame, that passed; of a frame that came whole it is left out. */
  readonly passed?: number;
  /** Left out when it is 1. */
  readonly chunks?: number;
  readonly rule?: BrokenRule;
}

/** One result. */
export interface PageResult {
  readonly verdict: string;
  readonly why: string;
  readonly seen: readonly string[];
  readonly ms: number;
  readonly replay: string;
  readonly transcript: readonly PageEntry[];
}

export function pageResult(result: CaseResult, replay: string): PageResult {
  const { verdict, why, seen, ms, transcript, role } = result;
  const { broken, says } = readTranscript(transcript, { subject: role });
  return {
    verdict, why: visible(why), seen: seen.map(visible), ms: hundredths(ms), replay: visible(replay),
    transcript: transcript.map((entry) => pageEntry(entry, broken.get(entry), says.get(entry))),
  };
}

function pageEntry(entry: Entry, rule: BrokenRule | undefined, says: string | undefined): PageEntry {
  const at = hundredths(entry.at);
  if ('note' in entry) return { at, note: visible(entry.note) };
  const { from } = entry;
  if ('head' in entry) return { at, from, head: entry.head.map(visible) };
  if ('end' in entry) return { at, from, end: entry.end };
  if ('left' in entry) return { at, from, left: entry.left };
  if ('octets' in entry) return { at, from, octets: entry.octets, passed: entry.passed, means: sayAsText(fromHex(entry.octets)) };
  const { header, payload, means, passed, length, chunks } = entry.frame;
  return {
    at, from, header, payload, means: says ?? means,
    ...BigInt(length) !== BigInt(passed) && { passed },
    ...chunks > 1 && { chunks },
    ...rule !== undefined && { rule },
  };
}

function hundredths(ms: number): number {
  return Math.round(ms * 100) / 100;
}

/**
 * JSON that may stand in a script element: nothing in it can end that element or begin a comment (HTML, "Restrictions for contents of
 * script elements").
 */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}
