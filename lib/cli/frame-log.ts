// The conversation of a client with a server, drawn while it happens: heads as their lines, then one line a frame with its bits, its octets,
// and what it says. It stands outside the engine, on the octets alone.

import { drawFrame } from '../conformance/transcript/drawing.ts';
import { TranscriptReader } from '../conformance/transcript/reading.ts';
import { TranscriptRecorder } from '../conformance/transcript/recorder.ts';
import type { Entry, Party } from '../conformance/transcript/transcript.ts';
import { visible } from '../conformance/transcript/wording.ts';

/** The client stands where a tester would. */
const LABELS: Readonly<Record<Party, string>> = { tester: 'client → server', subject: 'client ← server' };
/** Octets of a payload that are kept, to say what a compressed message is. */
const KEPT = 4096;

export class FrameLog {
  readonly #log: (line: string) => void;
  readonly #reader = new TranscriptReader({ subject: 'server' });
  readonly #recorder = new TranscriptRecorder({ octets: KEPT, first: 0, last: 0, told: (entry) => this.#draw(entry) });

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  /** Octets that the client sends. They are not kept and not changed. */
  sent(bytes: Uint8Array): void {
    this.#recorder.write('tester', 0, bytes);
  }

  /** Octets that the server sends. */
  received(bytes: Uint8Array): void {
    this.#recorder.write('subject', 0, bytes);
  }

  #draw(entry: Entry): void {
    const { rule, says } = this.#reader.read(entry);
    if ('head' in entry) this.#put(entry.from, entry.head.map(visible));
    if ('frame' in entry) this.#put(entry.from, drawFrame({ ...entry.frame, chunks: 1 }, rule, says)); // how it is cut is the kernel's affair
  }

  #put(from: Party, lines: readonly string[]): void {
    for (const line of lines) this.#log(`${LABELS[from]}  ${line}`);
  }
}
