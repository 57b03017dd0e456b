// Values that somebody else wrote, held against what is expected of them, one property at a time: what is wrong is told with the way to it.

export class ShapeError extends Error {}

const MOST_SHOWN = 60;

/** A value of a JSON text and where it stands. Each reader returns the value as what it is, or throws a {@link ShapeError}. */
export class Shape {
  readonly #value: unknown;
  /** As `results[3].verdict`; '' for the whole. */
  readonly #path: string;

  constructor(value: unknown, path: string) {
    this.#value = value;
    this.#path = path;
  }

  fail(wanted: string): never {
    const found = this.#value === undefined ? 'nothing' : JSON.stringify(this.#value);
    const shown = found.length > MOST_SHOWN ? `${found.slice(0, MOST_SHOWN)}…` : found;
    throw new ShapeError(`${this.#path === '' ? 'the whole' : this.#path} must be ${wanted}, found ${shown}`);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#object(), name);
  }

  /** A property of an object; its value is undefined when it has none of that name. */
  at(name: string): Shape {
    const object = this.#object();
    return new Shape(Object.hasOwn(object, name) ? object[name] : undefined, this.#path === '' ? name : `${this.#path}.${name}`);
  }

  list<T>(read: (each: Shape) => T): T[] {
    if (!Array.isArray(this.#value)) return this.fail('a list');
    return this.#value.map((each: unknown, i) => read(new Shape(each, `${this.#path}[${i}]`)));
  }

  string(): string {
    return typeof this.#value === 'string' ? this.#value : this.fail('a string');
  }

  boolean(): boolean {
    return typeof this.#value === 'boolean' ? this.#value : this.fail('true or false');
  }

  number(): number {
    return typeof this.#value === 'number' ? this.#value : this.fail('a number');
  }

  integer(most: number = Number.MAX_SAFE_INTEGER): number {
    const value = this.#value;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value;
    return this.fail(most === Number.MAX_SAFE_INTEGER ? 'a whole number, 0 or more' : `a whole number from 0 to ${most}`);
  }

  oneOf<T extends string>(names: readonly T[]): T {
    return names.find((name) => name === this.#value) ?? this.fail(`one of ${names.join(', ')}`);
  }

  /** Octets in hex, `least` of them or more. */
  hex(least: number = 0): string {
    const value = this.#value;
    if (typeof value === 'string' && value.length % 2 === 0 && value.length >= 2 * least && /^[0-9a-f]*$/.test(value)) return value;
    return this.fail(`octets in hex, in lower case${least > 0 ? `, ${least} or more` : ''}`);
  }

  /** A length of up to 64 bits in decimal. */
  decimal(): string {
    const value = this.#value;
    return typeof value === 'string' && /^\d{1,20}$/.test(value) ? value : this.fail('a length in decimal, as a string');
  }

  #object(): Readonly<Record<string, unknown>> {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.fail('an object');
    return value as Readonly<Record<string, unknown>>; // of JSON
  }
}
