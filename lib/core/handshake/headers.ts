// A header section as a list (RFC 9110 §5): fields in the order received, repeated ones kept.
//
// Law: lookups compare names ASCII case-insensitively and walk the list; no field name is ever a property of an object. The list
// neither validates (the reader and the writer do) nor knows any field.

import { equalsIgnoringCase } from './ascii.ts';

/** One field line: its name as written, its value without surrounding white space; code units are octets. */
export type HeaderField = readonly [name: string, value: string];

/** An immutable header section. Iterating it gives the field lines in order. */
export class HeaderList implements Iterable<HeaderField> {
  readonly #fields: readonly HeaderField[];

  constructor(fields: Iterable<HeaderField> = []) {
    this.#fields = [...fields].map(([name, value]): HeaderField => [name, value]);
  }

  /** How many field lines there are. */
  get size(): number {
    return this.#fields.length;
  }

  /** The values of all lines of that name joined by `, `, in order; null when there is none (RFC 9110 §5.2). */
  get(name: string): string | null {
    const values = this.all(name);
    return values.length === 0 ? null : values.join(', ');
  }

  /** The value of each line of that name, in order. */
  all(name: string): readonly string[] {
    const values: string[] = [];
    for (const [field, value] of this.#fields) {
      if (equalsIgnoringCase(field, name)) values.push(value);
    }
    return values;
  }

  has(name: string): boolean {
    return this.#fields.some(([field]) => equalsIgnoringCase(field, name));
  }

  [Symbol.iterator](): Iterator<HeaderField> {
    return this.#fields[Symbol.iterator]();
  }
}
