// The cases as a file, for libraries in any language: what case.ts says, and beside every send that is short enough its octets, write by
// write, for each side that the tester may be. Whoever has no server at all reads these, in and out.

import type { Case, Item, Step, SubjectRole } from './case.ts';
import { CORPUS_SIZE } from './corpus.ts';
import { writeFrame } from './tester/frame-writer.ts';
import { Messages } from './tester/messages.ts';
import { concat, cut } from './tester/octets.ts';
import { lengthOf, octetsOf, toHex } from './payload.ts';

/** Octets of a send that are written out; what is longer is described only. */
const MOST = 2048;

/** The writes of a step in hex, by the role of the subject: a server is sent masked frames. */
export type WrittenStep = Step & { readonly writes?: { readonly [Role in SubjectRole]?: readonly string[] } };

export interface PublishedCase extends Omit<Case, 'steps'> {
  readonly steps: readonly WrittenStep[];
}

export interface PublishedCases {
  /** Raised when a reader of the former format would misread it. */
  readonly format: 1;
  /** The version of the package it comes from. */
  readonly hawser: string;
  /** Octets of each generated corpus, which repeats itself behind them. */
  readonly corpusSize: number;
  /** The requirements that cases rest on: what each says, by its id. */
  readonly requirements: Readonly<Record<string, string>>;
  readonly cases: readonly PublishedCase[];
}

/** What the file holds. Of the requirements, given by their ids, those that a case rests on. */
export function publish(cases: readonly Case[], version: string, requirements: ReadonlyMap<string, string>): PublishedCases {
  const cited = new Set(cases.flatMap((one) => one.requirements));
  return {
    format: 1,
    hawser: version,
    corpusSize: CORPUS_SIZE,
    requirements: Object.fromEntries([...requirements].filter(([id]) => cited.has(id))),
    cases: cases.map((testCase) => ({ ...testCase, steps: testCase.steps.map((step) => written(step, testCase.roles)) })),
  };
}

function written(step: Step, roles: readonly SubjectRole[]): WrittenStep {
  if (!('send' in step) || !step.send.every(isLiteral)) return step;
  const { send, split = 'together', times = 1 } = step;
  const writes = roles.map((role): [SubjectRole, string[]] => {
    const items = send.flatMap((item) => octetsOfItem(item, role === 'server'));
    return [role, (split === 'items' ? items : [...cut(concat(items), split)]).map((octets) => toHex(octets))];
  });
  return times === 1 ? { ...step, writes: Object.fromEntries(writes) } : step;
}

/** Whether an item is the same octets on every connection, and few. */
function isLiteral(item: Item): boolean {
  if ('head' in item || 'again' in item) return false;
  if ('message' in item) return item.compressed !== true && lengthOf(item.payload) <= MOST;
  const payload = 'octets' in item ? item.octets : item.payload;
  return payload === undefined || lengthOf(payload) <= MOST;
}

function octetsOfItem(item: Item, masks: boolean): Uint8Array[] {
  if ('octets' in item) return [octetsOf(item.octets)];
  if ('message' in item) return new Messages(masks, null).write(item);
  return 'frame' in item ? [writeFrame(item, masks)] : [];
}
