// `hawser inspect`: octets that somebody wrote down, as the drawn transcript. What is read is a hex dump of one side, or a capture of `--trace`;
// which of the two, and what the arguments leave open, is told from what is there.

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { drawTranscript } from '../conformance/transcript/drawing.ts';
import type { DrawingOptions } from '../conformance/transcript/drawing.ts';
import { readTranscript } from '../conformance/transcript/reading.ts';
import { TranscriptRecorder } from '../conformance/transcript/recorder.ts';
import type { RecorderOptions } from '../conformance/transcript/recorder.ts';
import { TraceReader } from '../conformance/transcript/trace.ts';
import type { TracedConnection } from '../conformance/transcript/trace.ts';
import type { Transcript } from '../conformance/transcript/transcript.ts';
import { visible } from '../conformance/transcript/wording.ts';
import { readHexDump } from './hex-dump.ts';

const USAGE = `Usage: hawser inspect [FILE|-] [options]

Draws what passed on a connection: heads, then frames with their bits, octets and meaning, and below a frame that breaks a rule the rule.
FILE, or standard input, is a hex dump of what one side sent (plain, or of xxd, hexdump -C, od -A x -t x1), or a capture that
hawser conformance --trace wrote.

  --from client|server  who sent the octets of a dump; default: what the first head or the first frame's MASK says
  --frames              a dump begins with frames; default: with a head, if it looks like one
  --deflate             compression was agreed on: RSV1 is legal, and compressed messages are inflated; default: what the 101 says
  --case ID             of a capture only this case
  --all                 draw everything; default: 64 octets of a payload, and of many frames the first and the last
  --check               exit with 1 when a rule is broken; in a capture, by the subject
  --help                this text

Payloads beyond 16 KiB are not judged: neither whether they are UTF-8 nor what they inflate to. With --all they are.`;

/** Octets of a payload that are kept, to be judged; and of those that are drawn. */
const KEPT = 16 * 1024;
const DRAWN = 64;
/** Frames of a connection that are drawn. */
const FIRST = 1000;
const LAST = 100;

interface Arguments {
  readonly file: string;
  readonly from: 'client' | 'server' | null;
  readonly frames: boolean;
  readonly deflate: boolean;
  readonly only: string | null;
  readonly all: boolean;
  readonly check: boolean;
}

/** Reads the command line; null when the usage was asked for. @throws Error saying which argument is wrong */
function readArguments(args: readonly string[]): Arguments | null {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      from: { type: 'string' }, frames: { type: 'boolean' }, deflate: { type: 'boolean' }, case: { type: 'string' }, all: { type: 'boolean' },
      check: { type: 'boolean' }, help: { type: 'boolean' },
    },
  });
  if (values.help === true) return null;
  const [file = '-', ...more] = positionals;
  const { from, frames = false, deflate = false, case: only = null, all = false, check = false } = values;
  if (more.length > 0) throw new Error('one file is wanted: hawser inspect dump.txt');
  if (from !== undefined && from !== 'client' && from !== 'server') {
    throw new Error(`--from must be client or server, found ${JSON.stringify(from)}`);
  }
  return { file, from: from ?? null, frames, deflate, only, all, check };
}

/** Runs `hawser inspect`. */
export async function inspectCommand(args: readonly string[]): Promise<number> {
  const parsed = readArguments(args);
  if (parsed === null) {
    console.log(USAGE);
    return 0;
  }
  const kept: RecorderOptions = {
    ...parsed.all ? { octets: Infinity, first: Infinity } : { octets: KEPT, first: FIRST, last: LAST },
    ...parsed.deflate && { compressed: true },
  };
  const drawing: Pick<DrawingOptions, 'octets' | 'compressed'> = {
    octets: parsed.all ? Infinity : DRAWN, ...parsed.deflate && { compressed: true },
  };
  const broken = await new Inspection(parsed, kept, drawing).run();
  if (!parsed.check) return 0;
  console.error(broken === 0 ? 'no rule is broken' : `${broken} ${broken === 1 ? 'frame breaks' : 'frames break'} a rule`);
  return broken === 0 ? 0 : 1;
}

/** What one run of the command does. */
class Inspection {
  readonly #arguments: Arguments;
  readonly #kept: RecorderOptions;
  readonly #drawing: Pick<DrawingOptions, 'octets' | 'compressed'>;

  constructor(parsed: Arguments, kept: RecorderOptions, drawing: Pick<DrawingOptions, 'octets' | 'compressed'>) {
    this.#arguments = parsed;
    this.#kept = kept;
    this.#drawing = drawing;
  }

  /** Draws, and resolves with the number of frames that break a rule. @throws Error when the input cannot be read */
  async run(): Promise<number> {
    const { file, only } = this.#arguments;
    const dump: string[] = [];
    const capture = new TraceReader(this.#kept, (opening) => only === null || opening.case === only);
    let isCapture: boolean | null = null; // until a line says something
    let failure: unknown = null;
    for await (const line of linesOf(file)) {
      if (line.trim() !== '') isCapture ??= line.trimStart().startsWith('{"');
      if (isCapture !== true) dump.push(line);
      if (isCapture === false || failure !== null) continue;
      try {
        capture.read(line);
      } catch (error) {
        failure = error; // what stands before it is drawn all the same
      }
    }
    if (isCapture !== true) return this.#drawDump(dump.join('\n'));
    if (failure !== null && capture.connections.length === 0) throw failure;
    const broken = this.#drawCapture(capture.connections);
    if (failure !== null) throw failure;
    return broken;
  }

  #drawDump(text: string): number {
    const octets = readHexDump(text);
    if (octets.length === 0) throw new Error('there are no octets in it: a hex dump is wanted, or a capture of hawser conformance --trace');
    const head = this.#arguments.frames ? null : senderOfHead(octets);
    const from = this.#arguments.from ?? head ?? ((octets[1] ?? 0) >= 0x80 ? 'client' : 'server'); // §5.1
    const recorder = new TranscriptRecorder({ ...this.#kept, begins: head === null ? 'frames' : 'heads' });
    recorder.write(from === 'client' ? 'tester' : 'subject', 0, octets);
    const options: DrawingOptions = { ...this.#drawing, subject: 'server', names: { tester: 'client', subject: 'server' }, times: false };
    return draw(recorder.entries(), options, () => true);
  }

  #drawCapture(connections: readonly TracedConnection[]): number {
    const { only } = this.#arguments;
    if (connections.length === 0) throw new Error(`the capture has no ${only === null ? 'connection' : `case ${JSON.stringify(only)}`}`);
    let broken = 0;
    for (const [i, { case: id, role, agent, recorder }] of connections.entries()) {
      console.log(`${i > 0 ? '\n' : ''}${visible(id)}: ${visible(agent)} as ${role}`);
      broken += draw(recorder.entries(), { ...this.#drawing, subject: role }, (from) => from === 'subject');
    }
    return broken;
  }
}

/** Draws, and returns how many frames of those that `counts` break a rule. */
function draw(transcript: Transcript, options: DrawingOptions, counts: (from: 'tester' | 'subject') => boolean): number {
  process.stdout.write(drawTranscript(transcript, options));
  return [...readTranscript(transcript, options).broken.keys()].filter((entry) => 'from' in entry && counts(entry.from)).length;
}

/** Who begins with such a head; null when it is none: a response has its version first, a request a method in capital letters. */
function senderOfHead(octets: Uint8Array): 'client' | 'server' | null {
  const beginning = String.fromCharCode(...octets.subarray(0, 24));
  if (beginning.startsWith('HTTP/')) return 'server';
  return /^[A-Z]{3,20} \S/.test(beginning) ? 'client' : null;
}

function linesOf(file: string): AsyncIterable<string> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  return createInterface({ input, crlfDelay: Infinity });
}
