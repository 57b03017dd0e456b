// UTF-8, octet by octet (RFC 3629 §4): after which octets which may follow.

import type { Does, Switch } from './switches.ts';

/** What the first octet of a character asks of the second, and which fault takes another that is 80 to bf. */
interface Lead {
  readonly more: number;
  readonly low: number;
  readonly high: number;
  readonly fault: Switch | null;
}

function leadOf(octet: number, does: Does): Lead | null {
  const any = (more: number): Lead => ({ more, low: 0x80, high: 0xbf, fault: null });
  if (octet >= 0xc2 && octet <= 0xdf) return any(1);
  if (octet === 0xe0) return { more: 2, low: 0xa0, high: 0xbf, fault: 'utf8-overlong' };
  if (octet === 0xed) return { more: 2, low: 0x80, high: 0x9f, fault: 'utf8-surrogates' };
  if (octet >= 0xe1 && octet <= 0xef) return any(2);
  if (octet === 0xf0) return { more: 3, low: 0x90, high: 0xbf, fault: 'utf8-overlong' };
  if (octet >= 0xf1 && octet <= 0xf3) return any(3);
  if (octet === 0xf4) return { more: 3, low: 0x80, high: 0x8f, fault: 'utf8-beyond' };
  if (octet >= 0xf5 && octet <= 0xf7) return does('utf8-beyond') ? any(3) : null;
  return (octet === 0xc0 || octet === 0xc1) && does('utf8-overlong') ? any(1) : null;
}

export class Utf8 {
  /** Octets that the character under way still lacks. */
  #more = 0;
  #low = 0x80;
  #high = 0xbf;
  #fault: Switch | null = null;
  /** The last three octets as one number, for the noncharacters. */
  #last = 0;
  readonly #does: Does;

  constructor(does: Does) {
    this.#does = does;
  }

  /** No character is under way. */
  get isComplete(): boolean {
    return this.#more === 0;
  }

  /** False at an octet that cannot stand where it does. */
  take(octets: Uint8Array): boolean {
    for (let at = 0; at < octets.length; at++) {
      const octet = octets[at] as number;
      if (octet < 0x80 && this.#more === 0) continue;
      if (!this.#takeOne(octet)) return false;
    }
    return true;
  }

  /** As if nothing had come. */
  forget(): void {
    this.#more = 0;
  }

  #takeOne(octet: number): boolean {
    this.#last = ((this.#last << 8) | octet) & 0xffffff;
    if (this.#more === 0) {
      const lead = leadOf(octet, this.#does);
      if (lead === null) return false;
      ({ more: this.#more, low: this.#low, high: this.#high, fault: this.#fault } = lead);
      return true;
    }
    const fits = octet >= this.#low && octet <= this.#high;
    if (!fits && (octet < 0x80 || octet > 0xbf || this.#fault === null || !this.#does(this.#fault))) return false;
    [this.#low, this.#high, this.#fault] = [0x80, 0xbf, null];
    this.#more--;
    if (this.#more > 0 || (this.#last !== 0xefbfbe && this.#last !== 0xefbfbf)) return true;
    return !this.#does('utf8-refuses-noncharacters');
  }
}
