// One case on one connection that is there: the tester, what carries its octets, and what both may take. The same for servers and clients.

import type { CodecHost } from '../../core/deflate/codecs.ts';
import type { ByteStream } from '../../node/byte-stream.ts';
import { nodePlatform } from '../../node/platform.ts';
import { zlibDeflate, zlibInflate } from '../../node/zlib.ts';
import { AFTERWARDS, failsAfterwards } from '../tester/afterwards.ts';
import type { Case } from '../case.ts';
import { CaseRun } from '../tester/case-run.ts';
import { failed } from '../run.ts';
import type { Attempt, Played, Settings } from '../run.ts';
import { carry } from './carry.ts';
import { mostOf } from './volume.ts';

/** One connection, and how it came. */
export interface Meeting extends Pick<Attempt, 'patience' | 'signal'> {
  /** Host and resource that the tester asks for (subject: server). */
  readonly host: string;
  readonly resource: string;
  /** Further lines of its request. */
  readonly fields: readonly string[];
  /** What was read of the stream already. */
  readonly read?: Uint8Array;
  /** Takes the stream of a case that is not for this client, which has sent `read` and waits for an answer. */
  readonly decline?: (stream: ByteStream, read: Uint8Array) => void;
}

const CODECS: CodecHost = { allocate: nodePlatform.allocate, deflate: zlibDeflate, inflate: zlibInflate };

/** A case as a whole may take so many times the patience. */
const LIGHT_TIMES = 12;
const HEAVY_TIMES = 60;

/** Plays a case; null when it was broken off. The stream is let go of. */
export async function playOn(stream: ByteStream, testCase: Case, settings: Settings, meeting: Meeting): Promise<Played | null> {
  const { role, scheduler, budget, caseTimeout, recorder } = settings;
  const { host, resource, fields, patience, signal, read = null, decline } = meeting;
  const begun = scheduler.now();
  try {
    const tester = new CaseRun(testCase, {
      role, platform: nodePlatform, codecs: CODECS, now: begun, host, resource, fields, patience, budget,
      ...recorder !== null && { recorder: recorder(testCase) },
    });
    const within = caseTimeout ?? patience * (testCase.weight === 'heavy' ? HEAVY_TIMES : LIGHT_TIMES);
    const resets = testCase.steps.some((step) => 'end' in step && step.end === 'reset');
    const options = { scheduler, begun, within, most: mostOf(testCase, budget), resets, signal, ...decline !== undefined && { decline } };
    return await carry(tester, stream, options, read);
  } catch (error) {
    const why = `Hawser's tester failed, which is a mistake of Hawser, not of the subject: ${error instanceof Error ? error.stack ?? error.message : String(error)}`;
    return { result: failed(testCase, role, why, scheduler.now() - begun), late: false };
  }
}

/** Where a case has killed implementations: sees by a further connection whether the subject is still there. */
export async function playAfterwards(
  testCase: Case, played: Played | null, play: (afterwards: Case) => Promise<Played | null>,
): Promise<Played | null> {
  if (played === null || testCase.survives !== true || played.result.verdict === 'fail') return played;
  const after = await play(AFTERWARDS);
  if (after === null || after.result.verdict === 'pass') return after === null ? null : played;
  return { result: failsAfterwards(played.result, after.result), late: after.late };
}
