// Bytes as a reader wants to write them: hex with spaces, bits as in the RFC's figures, and back.

/** Bytes from hex digits; white space is for the reader. */
export function hex(digits: string): Uint8Array {
  const plain = digits.replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(plain)) throw new TypeError(`not whole octets of hex: ${digits}`);
  return Uint8Array.from(plain.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));
}

/** Bytes from a drawing of bits; white space is for the reader. */
export function bits(drawing: string): Uint8Array {
  const plain = drawing.replace(/\s+/g, '');
  if (!/^([01]{8})*$/.test(plain)) throw new TypeError(`not whole octets of bits: ${drawing}`);
  return Uint8Array.from(plain.match(/.{8}/g) ?? [], (octet) => Number.parseInt(octet, 2));
}

/** Lower-case hex digits of `bytes`, or of `bytes[start, end)`. */
export function toHex(bytes: Uint8Array, start: number = 0, end: number = bytes.length): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('hex');
}

/** Bytes from a string whose code units are octets (a raw HTTP head in a vector file). */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

/** The UTF-8 of `text`. */
export function utf8(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'utf8'));
}

/** One array out of many, in order. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
