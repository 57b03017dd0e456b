// SHA-1 (RFC 3174) in plain TypeScript, for hosts that offer nothing faster.
//
// Law: it serves Sec-WebSocket-Accept (RFC 6455 §4.2.2) and nothing else. There it proves that a server read the key; it keeps no
// secret (RFC 6455 §10.8), so neither collisions nor timing matter.

const BLOCK = 64;

function rotateLeft(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/** f(t; b, c, d) + K(t) (RFC 3174 §5). */
function mix(t: number, b: number, c: number, d: number): number {
  if (t < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (t < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (t < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

/** `bytes`, one 1 bit, zeros, and the length in bits as 64 bits: a whole number of blocks (RFC 3174 §4). */
function pad(bytes: Uint8Array): DataView {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / BLOCK) * BLOCK);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 0x20000000));
  view.setUint32(padded.length - 4, bytes.length << 3);
  return view;
}

/** The 20 bytes of the SHA-1 digest of `bytes` (RFC 3174). `bytes` is only borrowed. */
export function sha1(bytes: Uint8Array): Uint8Array {
  const message = pad(bytes);
  const words = new Int32Array(80);
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);

  for (let block = 0; block < message.byteLength; block += BLOCK) {
    for (let t = 0; t < 16; t++) words[t] = message.getInt32(block + 4 * t);
    for (let t = 16; t < 80; t++) {
      // All four are inside [0, 80) by the loop's bounds.
      const [w3, w8, w14, w16] = [words[t - 3], words[t - 8], words[t - 14], words[t - 16]] as [number, number, number, number];
      words[t] = rotateLeft(w3 ^ w8 ^ w14 ^ w16, 1);
    }
    // state has five words.
    let a = state[0] as number;
    let b = state[1] as number;
    let c = state[2] as number;
    let d = state[3] as number;
    let e = state[4] as number;
    for (let t = 0; t < 80; t++) {
      const next = (rotateLeft(a, 5) + mix(t, b, c, d) + e + (words[t] as number)) | 0;
      e = d;
      d = c;
      c = rotateLeft(b, 30);
      b = a;
      a = next;
    }
    [a, b, c, d, e].forEach((word, index) => { state[index] = ((state[index] as number) + word) | 0; });
  }

  const digest = new Uint8Array(20);
  const view = new DataView(digest.buffer);
  state.forEach((word, index) => view.setInt32(4 * index, word));
  return digest;
}
