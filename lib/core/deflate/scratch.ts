// The memory that compressing a slice of a message takes, 136 KiB, there once for all deflaters: nothing of a message is kept in it. A module
// that works in it binds what it needs to constants of its own. What they are and where they lie is then compiled in, which takes a
// sixth off the search for matches in 200 bytes (measured); a parameter, and an imported name, is looked at again and again.

/** Bytes of a message that are worked on at a time. */
export const SLICE_SIZE = 16384;
/** How far back a match may lie at most (RFC 7692 §7.1.2). */
const LARGEST_WINDOW = 32768;
/** Words are read up to here beyond the slice, and what is read there is not used. */
const WORD = 4;
/** Beside the blocks: what was begun, a header, an end. */
const SPARE_ROOM = 64;

/** The alphabets stand behind each other in one table: literals and lengths, distances, runs of code lengths (RFC 1951 §3.2.5, §3.2.7). */
export const LITERALS = 0;
export const DISTANCES = 288;
export const RUNS = 320;
/** Then the two alphabets again, with the fixed codes (§3.2.6). */
export const FIXED_LITERALS = 352;
export const FIXED_DISTANCES = 640;
const TABLE_SIZE = 672;

const data = new Uint8Array(LARGEST_WINDOW + SLICE_SIZE + WORD);
const frequencies = new Uint16Array(TABLE_SIZE);
const blocks = new Uint8Array(SLICE_SIZE + (SLICE_SIZE >> 3) + SPARE_ROOM);

interface Scratch {
  /** The history, and behind it the slice. */
  readonly data: Uint8Array;
  /** The same bytes, by words. */
  readonly view: DataView;
  /** What the slice came to. A literal is its octet; a match is its length << 16 | its distance - 1. Behind them is room for an end. */
  readonly tokens: Int32Array;
  /** Blocks; a slice's literals in fixed codes of 9 bits take an eighth more than themselves. */
  readonly blocks: Uint8Array;
  /** The same bytes, by words. */
  readonly blocksView: DataView;
  /** By symbol: how often it is used in the slice. */
  readonly frequencies: Uint16Array;
  /** The same, two symbols at a time. */
  readonly frequencyPairs: Int32Array;
  /** Symbols that are used, in order, as far as they were asked for; and one more, which was looked at last. */
  readonly used: Uint16Array;
  /** The bits of its code. */
  readonly lengths: Uint8Array;
  /** Its code: the length << 16 | the bits, the first bit lowest. */
  readonly codes: Int32Array;
}

export const scratch: Scratch = {
  data,
  view: new DataView(data.buffer),
  tokens: new Int32Array(SLICE_SIZE + 2),
  blocks,
  blocksView: new DataView(blocks.buffer),
  frequencies,
  frequencyPairs: new Int32Array(frequencies.buffer),
  used: new Uint16Array(RUNS + 1),
  lengths: new Uint8Array(TABLE_SIZE),
  codes: new Int32Array(TABLE_SIZE),
};
