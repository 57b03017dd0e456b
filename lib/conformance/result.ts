// What running a case came to, and what a run of many came to. Plain data: every report is made of it, and a file of it can be read back.

import type { Grade, SubjectRole } from './case.ts';
import type { Transcript } from './transcript/transcript.ts';

/** A grade, or why there is none: `skipped` when the subject does not speak what the case is about. */
export type Verdict = Grade | 'skipped';

export interface CaseResult {
  readonly id: string;
  readonly role: SubjectRole;
  readonly verdict: Verdict;
  /** Why, in a sentence: for a failure what was expected, what was seen, and whose fault it is. */
  readonly why: string;
  /** What the subject was seen to do, in order, a line each. */
  readonly seen: readonly string[];
  /** Milliseconds, from the first octet to the verdict. */
  readonly ms: number;
  /** The octets both ways, as far as they are kept. */
  readonly transcript: Transcript;
}

/** One implementation, one role, many cases. */
export interface RunReport {
  /** What was tested: a name and perhaps a version. */
  readonly agent: string;
  readonly role: SubjectRole;
  /** When it began, as ISO 8601. */
  readonly date: string;
  /** Milliseconds in all. */
  readonly ms: number;
  /** The version of this package. */
  readonly hawser: string;
  /** The command that runs one case again, with `{id}` where its id goes. */
  readonly replay: string;
  readonly results: readonly CaseResult[];
}
