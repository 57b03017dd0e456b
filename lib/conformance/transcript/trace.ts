// The capture of a run, as `--trace` writes it: JSON lines, in the order of time, with everything that passed. Connections are under way at
// the same time, so every line has the number of its own. A line opens a connection, tells octets, an end, or a note:
//
//   {"n":1,"case":"5.5.2/ping-with-text","role":"server","agent":"ws 8.18.3"}
//   {"n":1,"at":0.41,"from":"tester","hex":"8985…"}
//   {"n":1,"at":2.2,"from":"subject","end":"fin"}
//   {"n":1,"at":2.2,"note":"sees end (fin)"}

import type { SubjectRole } from '../case.ts';
import type { Recorder } from '../tester/case-run-options.ts';
import { fromHex, toHex } from '../payload.ts';
import { Shape } from '../report/shape.ts';
import { TranscriptRecorder } from './recorder.ts';
import type { RecorderOptions } from './recorder.ts';
import type { Party, Transcript } from './transcript.ts';

/** What a connection is about. `begins` is there when it does not begin with an opening handshake. */
export interface TraceOpening {
  readonly case: string;
  readonly role: SubjectRole;
  readonly agent: string;
  readonly begins?: 'frames';
}

export type TraceLine =
  | TraceOpening & { readonly n: number }
  | { readonly n: number; readonly at: number; readonly from: Party; readonly hex: string }
  | { readonly n: number; readonly at: number; readonly from: Party; readonly end: 'fin' | 'reset' }
  | { readonly n: number; readonly at: number; readonly note: string };

/** A line of a capture, with its line feed. */
export function traceLine(line: TraceLine): string {
  return `${JSON.stringify(line)}\n`;
}

/** A recorder that writes what it is told into a capture as well. */
export class TracingRecorder implements Recorder {
  readonly #inner: Recorder;
  readonly #n: number;
  readonly #put: (line: string) => void;

  /** @param n the number of the connection, which no other has */
  constructor(inner: Recorder, n: number, opening: TraceOpening, put: (line: string) => void) {
    this.#inner = inner;
    this.#n = n;
    this.#put = put;
    put(traceLine({ n, ...opening }));
  }

  write(from: Party, at: number, bytes: Uint8Array): void {
    this.#put(traceLine({ n: this.#n, at, from, hex: toHex(bytes) }));
    this.#inner.write(from, at, bytes);
  }

  note(at: number, text: string): void {
    this.#put(traceLine({ n: this.#n, at, note: text }));
    this.#inner.note(at, text);
  }

  end(from: Party, at: number, how: 'fin' | 'reset'): void {
    this.#put(traceLine({ n: this.#n, at, from, end: how }));
    this.#inner.end(from, at, how);
  }

  entries(): Transcript {
    return this.#inner.entries();
  }
}

/** A connection of a capture. */
export interface TracedConnection extends TraceOpening {
  readonly n: number;
  readonly recorder: TranscriptRecorder;
}

/** Reads a capture line by line. */
export class TraceReader {
  /** In the order in which they were opened. */
  readonly connections: TracedConnection[] = [];
  readonly #open = new Map<number, TracedConnection | null>();
  readonly #options: RecorderOptions;
  readonly #wants: (opening: TraceOpening) => boolean;
  #line = 0;

  /** @param wants which connections are kept; all by default */
  constructor(options: RecorderOptions = {}, wants: (opening: TraceOpening) => boolean = () => true) {
    this.#options = options;
    this.#wants = wants;
  }

  /** The next line; an empty one says nothing. @throws Error naming the line and what is wrong with it */
  read(line: string): void {
    this.#line++;
    if (line.trim() === '') return;
    try {
      this.#take(new Shape(JSON.parse(line), ''));
    } catch (error) {
      throw new Error(`line ${this.#line} of the capture: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #take(line: Shape): void {
    const n = line.at('n').integer();
    if (line.has('case')) return this.#begin(n, line);
    const connection = this.#open.get(n);
    if (connection === undefined) return line.at('n').fail('the number of a connection that was opened');
    if (connection === null) return; // not wanted
    const at = line.at('at').number();
    if (line.has('note')) return connection.recorder.note(at, line.at('note').string());
    const from = line.at('from').oneOf(['tester', 'subject']);
    if (line.has('end')) return connection.recorder.end(from, at, line.at('end').oneOf(['fin', 'reset']));
    connection.recorder.write(from, at, fromHex(line.at('hex').hex()));
  }

  /** A number that was there before is another connection from here on: captures may stand behind each other in a file. */
  #begin(n: number, line: Shape): void {
    const opening: TraceOpening = {
      case: line.at('case').string(),
      role: line.at('role').oneOf(['server', 'client']),
      agent: line.at('agent').string(),
      ...line.has('begins') && { begins: line.at('begins').oneOf(['frames']) },
    };
    if (!this.#wants(opening)) return void this.#open.set(n, null);
    const connection = { ...opening, n, recorder: new TranscriptRecorder({ ...this.#options, begins: opening.begins ?? 'heads' }) };
    this.#open.set(n, connection);
    this.connections.push(connection);
  }
}
