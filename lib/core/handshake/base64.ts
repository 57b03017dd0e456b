// Base64 (RFC 4648 §4): the encoder of keys, and a decoder strict about everything but pad bits.
//
// Law: the alphabet is the standard one, the length a multiple of four, the padding structure exact (RFC 6455 §4.3). Non-zero pad
// bits are read (RFC 4648 §3.5 leaves it to the decoder; the example key of RFC 6455 §4.1 as published has them), never written.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAD = 0x3d;
const NO_DIGIT = 0xff;

const digits = new Uint8Array(256).fill(NO_DIGIT);
for (let value = 0; value < ALPHABET.length; value++) digits[ALPHABET.charCodeAt(value)] = value;

/** The base64 text of `bytes`, padded, with zero pad bits. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const group = ((bytes[at] as number) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += ALPHABET.charAt(group >>> 18) + ALPHABET.charAt((group >>> 12) & 63);
    text += left > 1 ? ALPHABET.charAt((group >>> 6) & 63) : '=';
    text += left > 2 ? ALPHABET.charAt(group & 63) : '=';
  }
  return text;
}

/** The bytes of base64 `text`, or null when a character or the padding is not as RFC 4648 §4 wants it. */
export function decodeBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0) return null;
  let padding = 0;
  while (padding < 2 && text.charCodeAt(text.length - 1 - padding) === PAD) padding++;

  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const end = text.length - padding;
  let bits = 0;
  let at = 0;
  for (let from = 0; from < end; from++) {
    const digit = digits[text.charCodeAt(from)] ?? NO_DIGIT;
    if (digit === NO_DIGIT) return null;
    bits = (bits << 6) | digit;
    // Each group of four digits gives its bytes after the second, third and fourth digit.
    const phase = from & 3;
    if (phase !== 0) bytes[at++] = bits >>> (6 - 2 * phase);
  }
  return bytes;
}
