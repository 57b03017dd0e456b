// A judge of what an endpoint sends (§5, §7.4, §8.1): a second reading of the RFC, from the other side, sharing nothing with lib. It is
// given everything that was sent, in order, and says what is wrong with it.

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What was sent, as far as it is right. */
export interface Sent {
  /** The first thing that is wrong; null if nothing is. */
  readonly problem: string | null;
  /** Data messages, whole: kind and unmasked payload. */
  readonly messages: readonly { readonly kind: 'text' | 'binary'; readonly payload: Uint8Array }[];
  readonly pings: readonly Uint8Array[];
  readonly pongs: readonly Uint8Array[];
  /** The status code of the Close frame: 1005 if it had none, null if none was sent. */
  readonly closeCode: number | null;
}

function isText(bytes: Uint8Array): boolean {
  try {
    utf8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** §7.4.1, §7.4.2 and IANA's registry: what a Close frame may say. */
function mayBeSent(code: number): boolean {
  if (code >= 3000 && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0] as Uint8Array : Uint8Array.from(Buffer.concat(parts));
}

/**
 * @param torn the sender gave its transport up: its last frame may be half sent
 * @param inflate makes a compressed message what it was (RFC 7692 §6.2), and throws for what cannot be; null where none may be compressed
 */
export function judgeSent(
  bytes: Uint8Array, sender: 'client' | 'server', torn: boolean, inflate: ((payload: Uint8Array) => Uint8Array) | null = null,
): Sent {
  const messages: { kind: 'text' | 'binary'; payload: Uint8Array }[] = [];
  const pings: Uint8Array[] = [];
  const pongs: Uint8Array[] = [];
  let closeCode: number | null = null;
  let kind: 'text' | 'binary' | null = null;
  let parts: Uint8Array[] = [];
  let compressed = false;
  let at = 0;
  const end = (problem: string | null): Sent => (
    { problem: problem === null ? null : `${problem}, in the frame at ${at}`, messages, pings, pongs, closeCode }
  );

  while (at < bytes.length) {
    const [b0, b1] = [bytes[at] as number, bytes[at + 1]];
    if (b1 === undefined) return end(torn ? null : 'half a header');
    const rsv = b0 & 0x70;
    if (rsv !== 0 && (inflate === null || rsv !== 0x40 || ![1, 2].includes(b0 & 0x0f))) return end('RSV bits');
    const [fin, opcode, masked] = [(b0 & 0x80) !== 0, b0 & 0x0f, (b1 & 0x80) !== 0];
    if (masked !== (sender === 'client')) return end('the wrong mask bit');
    let length = b1 & 0x7f;
    let payloadAt = at + 2;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const extra = length === 127 ? 8 : length === 126 ? 2 : 0;
    if (payloadAt + extra > bytes.length) return end(torn ? null : 'half a length');
    if (extra === 2) {
      length = view.getUint16(payloadAt);
      if (length < 126) return end('a length that is not minimal');
    } else if (extra === 8) {
      const long = view.getBigUint64(payloadAt);
      if (long < 65_536n) return end('a length that is not minimal');
      length = Number(long);
    }
    payloadAt += extra;
    const keyAt = payloadAt;
    if (masked) payloadAt += 4;
    if (payloadAt + length > bytes.length) return end(torn ? null : 'half a payload');
    const payload = bytes.slice(payloadAt, payloadAt + length);
    if (masked) for (let i = 0; i < length; i++) payload[i] = (payload[i] as number) ^ (bytes[keyAt + (i & 3)] as number);

    if (opcode >= 8) {
      if (!fin || length > 125) return end('a control frame that is fragmented or too long');
      if (opcode === 9) pings.push(payload);
      else if (opcode === 10) pongs.push(payload);
      else if (opcode !== 8) return end('a reserved opcode');
      else if (closeCode !== null) return end('a second Close');
      else if (length === 1) return end('a Close of one byte');
      else {
        closeCode = length === 0 ? 1005 : (payload[0] as number) * 256 + (payload[1] as number);
        if (length > 0 && !mayBeSent(closeCode)) return end(`Close code ${closeCode}`);
        if (!isText(payload.subarray(2))) return end('a reason that is not UTF-8');
      }
    } else {
      if (closeCode !== null) return end('data after Close');
      if (opcode > 2) return end('a reserved opcode');
      if (opcode === 0 ? kind === null : kind !== null) return end('fragments out of order');
      if (opcode !== 0) {
        kind = opcode === 1 ? 'text' : 'binary';
        compressed = rsv !== 0;
      }
      parts.push(payload);
      if (fin && kind !== null) {
        let whole = join(parts);
        try {
          if (compressed && inflate !== null) whole = inflate(whole);
        } catch (error) {
          return end(`what does not inflate: ${String(error)}`);
        }
        if (kind === 'text' && !isText(whole)) return end('text that is not UTF-8');
        messages.push({ kind, payload: whole });
        kind = null;
        parts = [];
      }
    }
    at = payloadAt + length;
  }
  return end(null);
}
