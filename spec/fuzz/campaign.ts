// Many inputs over some targets: which seed runs where, what to print when one fails. Input i of a campaign with seed S is the seed
// S + i, so that any single input is a campaign of one.

import { connectionTargets } from './connection.ts';
import { decoderTarget } from './decoder.ts';
import { grammarTarget } from './grammars.ts';
import { clientHandshakeTarget, serverHandshakeTarget } from './handshakes.ts';
import { inflateTarget } from './inflate.ts';
import type { Target } from './target.ts';

export const TARGETS: readonly Target[] = [
  decoderTarget, ...connectionTargets, serverHandshakeTarget, clientHandshakeTarget, grammarTarget, inflateTarget,
];

/** An input that does not hold. */
export class Finding extends Error {
  readonly target: string;
  readonly seed: number;

  constructor(target: string, seed: number, cause: unknown) {
    super(`${target} fails with seed ${seed}. Again: npm run fuzz -- --target ${target} --seed ${seed} --inputs 1`, { cause });
    this.target = target;
    this.seed = seed;
  }
}

/** Runs seeds `from` to `from + inputs - 1` on `target`. @throws Finding for the first that fails */
export function runTarget(target: Target, from: number, inputs: number): void {
  for (let seed = from; seed < from + inputs; seed++) {
    try {
      target.run(seed);
    } catch (error) {
      throw new Finding(target.name, seed, error);
    }
  }
}
