// Content that is generated: what compresses like the real thing, is the same everywhere, and takes no room in a file of cases. Each corpus
// is 256 KiB, made from one generator of integers below 2^32 (x ← 1664525 x + 1013904223), and repeats itself behind its end.

import type { CorpusName } from './case.ts';

/** Octets of each corpus. */
export const CORPUS_SIZE: number = 256 * 1024;

/** Integers below `below`, from the high bits of a linear congruential generator: the low ones have short periods. */
class Integers {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(below: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 0x1_0000_0000) * below);
  }

  pick(words: readonly string[]): string {
    return words[this.next(words.length)] as string; // next is below the length
  }
}

const NOUNS = ['anchor', 'bollard', 'cable', 'current', 'deck', 'fender', 'harbour', 'hawser', 'keel', 'lantern', 'mast', 'mooring', 'pilot',
  'quay', 'rudder', 'sail', 'tide', 'warp', 'winch', 'yard'];
const VERBS = ['belays', 'carries', 'clears', 'follows', 'holds', 'leaves', 'meets', 'passes', 'slackens', 'takes', 'turns', 'veers'];
const JOINS = ['and', 'before', 'beyond', 'near', 'under', 'until', 'where', 'while'];

const WRITERS: Readonly<Record<'json' | 'prose' | 'markup', (integers: Integers, row: number) => string>> = {
  json: (integers, row) => `{"id":${row},"vessel":"${integers.pick(NOUNS)}-${integers.next(500)}","berth":${integers.next(40)},` +
    `"draught":${integers.next(12)}.${integers.next(100)},"tags":["${integers.pick(VERBS)}","${integers.pick(JOINS)}"],"open":${integers.next(2) === 0}},\n`,
  prose: (integers) => `The ${integers.pick(NOUNS)} ${integers.pick(VERBS)} the ${integers.pick(NOUNS)} ${integers.pick(JOINS)} ` +
    `the ${integers.pick(NOUNS)} ${integers.pick(VERBS)}. `,
  markup: (integers, row) => `<li id="row-${row}" class="${integers.pick(NOUNS)}"><a href="/${integers.pick(VERBS)}/${integers.next(10_000)}">` +
    `${integers.pick(NOUNS)}</a></li>\n`,
};

function write(name: keyof typeof WRITERS, seed: number): Uint8Array {
  const integers = new Integers(seed);
  const octets = new Uint8Array(CORPUS_SIZE);
  for (let at = 0, row = 0; at < CORPUS_SIZE; row++) {
    const line = WRITERS[name](integers, row);
    for (let i = 0; i < line.length && at < CORPUS_SIZE; i++) octets[at++] = line.charCodeAt(i); // ASCII
  }
  return octets;
}

/** 512 rows of 512 samples: a gradient with a little noise, as a grey picture has it. */
function paint(seed: number): Uint8Array {
  const integers = new Integers(seed);
  return Uint8Array.from({ length: CORPUS_SIZE }, (_, at) => ((at >>> 11) + ((at & 511) >>> 2) + integers.next(3)) & 0xff);
}

function hiss(seed: number): Uint8Array {
  const integers = new Integers(seed);
  return Uint8Array.from({ length: CORPUS_SIZE }, () => integers.next(256));
}

const made = new Map<CorpusName, Uint8Array>();

function make(name: CorpusName): Uint8Array {
  if (name === 'image') return paint(3);
  if (name === 'noise') return hiss(4);
  return write(name, name === 'json' ? 1 : name === 'prose' ? 2 : 5);
}

/** Copies `target.length` octets of the corpus, from offset `from` on. */
export function copyCorpus(name: CorpusName, from: number, target: Uint8Array): void {
  const corpus = made.get(name) ?? make(name);
  made.set(name, corpus);
  for (let at = 0; at < target.length; ) {
    const start = (from + at) % CORPUS_SIZE;
    const size = Math.min(CORPUS_SIZE - start, target.length - at);
    target.set(corpus.subarray(start, start + size), at);
    at += size;
  }
}
