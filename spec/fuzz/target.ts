// What a fuzz target is: a name, and what to do with one seed. Whatever it throws is a failure.

export interface Target {
  readonly name: string;
  /** Makes one input out of `seed`, runs it, and throws when a property does not hold. */
  run(seed: number): void;
}

/** Says what does not hold. */
export function hold(condition: boolean, what: () => string): asserts condition {
  if (!condition) throw new Error(what());
}

/** Two values that must be the same once written down. */
export function holdSame(one: unknown, other: unknown, what: string): void {
  const [a, b] = [JSON.stringify(one), JSON.stringify(other)];
  if (a !== b) throw new Error(`${what}:\n  ${a}\n  ${b}`);
}
