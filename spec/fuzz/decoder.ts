// The frame decoder against the naive reading of the RFC in spec/support: the same frames, the same refusal at the same byte, at any
// chunking.

import { FrameDecoder } from '../../lib/core/wire/frame-decoder.ts';
import { frameLine, refusalLine, referenceTranscript } from '../support/reference-frames.ts';
import { Random } from '../support/random.ts';
import { rotateKey } from '../../lib/core/wire/mask.ts';
import { randomChunks, randomStream } from './streams.ts';
import { hold, holdSame } from './target.ts';
import type { Target } from './target.ts';

/** Above 2^53 a length is only known to be too big: its last digits mean nothing. */
function rounded(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/: (?:\d{16,}|[\d.]+e\+\d+)$/, ': too big to tell'));
}

function transcript(decoder: FrameDecoder, chunks: readonly Uint8Array[]): string[] {
  const lines: string[] = [];
  let payload: number[] = [];
  let under: Omit<Parameters<typeof frameLine>[0], 'payload' | 'remaining'> | null = null;
  let remaining = 0;
  const flush = (): void => {
    if (under !== null) lines.push(frameLine({ ...under, payload: Uint8Array.from(payload), remaining }));
    under = null;
  };
  for (const chunk of chunks) {
    decoder.load(chunk);
    while (decoder.next()) {
      const { start, end } = decoder;
      hold(start >= 0 && start <= end && end <= chunk.length, () => `a step of [${start}, ${end}) in a chunk of ${chunk.length}`);
      if (decoder.begins) {
        flush();
        payload = [];
        const { fin, rsv, opcode, messageOpcode, compressed } = decoder;
        under = { fin, rsv, opcode, messageOpcode, compressed };
      }
      remaining = decoder.remaining;
      for (let i = start; i < end; i++) {
        const octet = chunk[i] as number; // the step lies in the chunk
        payload.push(decoder.masked ? octet ^ (rotateKey(decoder.maskingKey, i - start) & 0xff) : octet);
      }
    }
    if (decoder.violation !== null) break;
    hold(decoder.at === chunk.length, () => `${decoder.at} of ${chunk.length} bytes were read`);
    decoder.unload();
  }
  flush();
  if (decoder.violation !== null) lines.push(refusalLine(decoder.violation.name, decoder.position, decoder.observed));
  hold(decoder.violation === null || !decoder.next(), () => 'it goes on after a violation');
  return lines;
}

export const decoderTarget: Target = {
  name: 'decoder',
  run(seed) {
    const random = new Random(seed);
    const role = random.pick(['client', 'server'] as const);
    const rsv1Defined = random.oneIn(3);
    const limits = {
      maxFrameSize: random.pick([Infinity, 0, 125, 126, 1_000]),
      maxMessageSize: random.pick([Infinity, 0, 300, 65_535]),
      maxFragments: random.pick([Infinity, 1, 3]),
    };
    const stream = randomStream(random, role);
    const expected = referenceTranscript(stream, { role, rsv1Defined, limits });
    const found = transcript(new FrameDecoder(role, limits, rsv1Defined), randomChunks(random, stream));
    holdSame(rounded(found), rounded(expected), 'decoder and reference differ');
  },
};
