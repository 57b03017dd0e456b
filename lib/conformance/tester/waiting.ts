// What a case under way waits for, and what there is to say of it when it did not come.

import type { Step, SubjectRole } from '../case.ts';

export type Waiting =
  | 'opening' | 'sending' | 'seeing' | 'volley' | 'flood' | 'watching for close' | 'watching for end' | 'close' | 'end' | 'nothing';

/** What was under way while the time ran out; null when that goes without saying. */
export function sayMeanwhile(
  waiting: Waiting, subject: SubjectRole, wasProlonged: boolean, volley: { readonly echoed: number; readonly count: number } | null,
): string | null {
  if (waiting === 'sending') return 'the subject does not read on';
  if (volley !== null) return `${volley.echoed} of ${volley.count} messages have come back`;
  if (wasProlonged) return 'something else kept coming';
  if (waiting === 'close') return 'neither a Close nor the end';
  if (waiting !== 'end') return null;
  return subject === 'server' ? 'it is for the server to end the transport (§7.1.1)' : 'the client has not ended its side behind the server';
}

/** Steps that make no sense once the subject is gone, or has closed and was answered: the end of a client may have to wait for ours (§7.1.1). */
export function isForOpenConnection(step: Step): boolean {
  return 'send' in step || 'volley' in step || 'flood' in step || 'await' in step || 'watch' in step || 'weigh' in step;
}
