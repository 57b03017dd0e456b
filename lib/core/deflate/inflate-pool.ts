// What inflaters share: the memory that a message needs while it is inflated, lent for as long as that takes and no longer, so that an idle
// connection holds none (DESIGN §5). It knows no connection.

import { BlockDecoder } from './inflate-blocks.ts';

/** A piece ends at the multiples of so many bytes of its message, as it is inflated. */
export const INFLATE_PIECE: number = 32 * 1024;
/** Of each kind so many are kept for the next who asks: one is in use at a time, and one more for each handler that receives by itself. */
const MOST_IDLE = 4;

/** Memory for one piece. */
export interface Output {
  /** INFLATE_PIECE bytes. */
  readonly bytes: Uint8Array;
  /** The same. */
  readonly view: DataView;
}

function makeOutput(): Output {
  const bytes = new Uint8Array(INFLATE_PIECE);
  return { bytes, view: new DataView(bytes.buffer) };
}

/** About 40 KiB for each message that is inflated at the same time, and at most four times that when there is none. */
export class InflatePool {
  readonly #decoders: BlockDecoder[] = [];
  readonly #outputs: Output[] = [];

  /** Bytes that are kept and lent to nobody. */
  get retainedBytes(): number {
    let bytes = INFLATE_PIECE * this.#outputs.length;
    for (const decoder of this.#decoders) bytes += decoder.retainedBytes;
    return bytes;
  }

  lendDecoder(): BlockDecoder {
    return this.#decoders.pop() ?? new BlockDecoder();
  }

  takeBackDecoder(decoder: BlockDecoder): void {
    if (this.#decoders.length < MOST_IDLE) this.#decoders.push(decoder);
  }

  lendOutput(): Output {
    return this.#outputs.pop() ?? makeOutput();
  }

  takeBackOutput(output: Output): void {
    if (this.#outputs.length < MOST_IDLE) this.#outputs.push(output);
  }
}
