// Where a text stops being JSON (RFC 8259). Engines tell that in their own words and often without a place; a file of many lines needs one.

/** Offset of the first character with which `text` can no longer be JSON; its length when it ends too early, or when nothing is wrong. */
export function endOfJson(text: string): number {
  return new Scan(text).run();
}

const SPACE = new Set([' ', '\t', '\n', '\r']);
const ESCAPES = new Set(['"', '\\', '/', 'b', 'f', 'n', 'r', 't', 'u']);
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERALS: readonly string[] = ['true', 'false', 'null'];

class Scan {
  readonly #text: string;
  #at = 0;
  /** The objects and arrays that are open. */
  readonly #open: ('}' | ']')[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  run(): number {
    while (this.#value()) {
      if (!this.#afterValue()) break;
    }
    return this.#at;
  }

  #skip(): void {
    while (SPACE.has(this.#text.charAt(this.#at))) this.#at++;
  }

  #take(character: string): boolean {
    this.#skip();
    if (this.#text.charAt(this.#at) !== character) return false;
    this.#at++;
    return true;
  }

  /** A value, or the beginning of one up to its first simple value; false when there is none. */
  #value(): boolean {
    for (;;) {
      if (this.#take('[')) {
        this.#open.push(']');
        if (this.#closes()) return true;
      } else if (this.#take('{')) {
        this.#open.push('}');
        if (this.#closes()) return true;
        if (!this.#key()) return false;
      } else {
        return this.#simple();
      }
    }
  }

  /** The innermost of what is open ends here. */
  #closes(): boolean {
    const close = this.#open.at(-1);
    if (close === undefined || !this.#take(close)) return false;
    this.#open.pop();
    return true;
  }

  /** Whether another value follows: closes what ends here, then wants a comma, and in an object a key. */
  #afterValue(): boolean {
    while (this.#closes());
    this.#skip();
    if (this.#open.length === 0 || !this.#take(',')) return false;
    return this.#open.at(-1) === ']' || this.#key();
  }

  #key(): boolean {
    this.#skip();
    return this.#text.charAt(this.#at) === '"' && this.#string() && this.#take(':');
  }

  #simple(): boolean {
    if (this.#text.charAt(this.#at) === '"') return this.#string();
    NUMBER.lastIndex = this.#at;
    const word = NUMBER.exec(this.#text)?.[0] ?? LITERALS.find((literal) => this.#text.startsWith(literal, this.#at));
    this.#at += word?.length ?? 0;
    return word !== undefined;
  }

  #string(): boolean {
    const text = this.#text;
    for (this.#at++; this.#at < text.length; this.#at++) {
      const character = text.charAt(this.#at);
      if (character === '"') {
        this.#at++;
        return true;
      }
      if (character < ' ') return false;
      if (character === '\\' && !ESCAPES.has(text.charAt(++this.#at))) return false;
    }
    return false;
  }
}
