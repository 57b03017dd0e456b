// How much a case may bring back. A subject echoes, so what a case sends bounds it; the bound is there for those that send without end.

import type { Case, Item, Payload, Step } from '../case.ts';
import { lengthOf } from '../payload.ts';

/** What anybody may send: as much as the largest message that is read (subject-reader.ts), and then some. */
const FREE = 96 * 1024 * 1024;
/** Times what was sent: frames have headers, and what does not compress grows. */
const FACTOR = 4;

/** Octets that are read of a subject, at most. */
export function mostOf({ steps }: Case, budget: number): number {
  return FREE + FACTOR * steps.reduce((sum, step) => sum + volumeOf(step, budget), 0);
}

/** Octets of content that a step sends, before compression. */
function volumeOf(step: Step, budget: number): number {
  if ('send' in step) return (step.times ?? 1) * sizeOf(step.send);
  if ('volley' in step) {
    const { count, payload } = step.volley;
    return Math.min(count * lengthOf(payload), Math.max(budget, 3 * lengthOf(payload)));
  }
  return 'flood' in step ? step.flood.octets : 0;
}

function sizeOf(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + sizeOfItem(item), 0);
}

function sizeOfItem(item: Item): number {
  if ('again' in item) return item.times * sizeOf(item.again);
  if ('head' in item) return 0;
  const payload: Payload | undefined = 'octets' in item ? item.octets : item.payload;
  return payload === undefined ? 0 : lengthOf(payload);
}
