// What a tester is told of the world it runs a case in: who is at the other end, how long to wait, how much to send.

import type { CodecHost } from '../../core/deflate/codecs.ts';
import type { Platform } from '../../core/platform.ts';
import type { Split, SubjectRole } from '../case.ts';
import type { Party, Transcript } from '../transcript/transcript.ts';

/** Where the octets of both sides are written down as they pass. */
export interface Recorder {
  write(from: Party, at: number, bytes: Uint8Array): void;
  note(at: number, text: string): void;
  end(from: Party, at: number, how: 'fin' | 'reset'): void;
  entries(): Transcript;
}

export interface CaseRunOptions {
  /** The side of the subject. */
  readonly role: SubjectRole;
  readonly platform: Platform;
  /** What compresses and inflates; the portable codecs when there is but `allocate`. */
  readonly codecs: CodecHost;
  /** The time, in ms of the transport's clock. */
  readonly now: number;
  /** Host and perhaps port, as the field Host has it (subject: server). */
  readonly host: string;
  /** Path and query (subject: server). */
  readonly resource: string;
  /** Further lines of every request of the tester. */
  readonly fields?: readonly string[];
  /** Ms without progress until what is waited for is given up. */
  readonly patience: number;
  /** Octets that a volley sends at most, but for its first messages; Infinity for as many as the case says. */
  readonly budget: number;
  /** How every send is cut, whatever the case says. */
  readonly split?: Split;
  /** What the connection opens with: `none` for a subject that has no opening handshake; then `extensions` is what was agreed on. */
  readonly opening?: 'included' | 'none';
  readonly extensions?: string;
  readonly recorder?: Recorder;
}
