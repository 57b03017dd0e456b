// Bytes as scripts give and get them: BufferSource in (Web IDL §3.2.25), an ArrayBuffer of its own out. Nothing shared, nothing that can
// change its size. An ArrayBuffer is known by what it can do, not by whose constructor made it: there may be several realms.

/** The bytes a BufferSource stands for, not copied; null for what is none. @throws TypeError for shared or resizable memory */
export function bytesOf(value: unknown): Uint8Array | null {
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    if (!isArrayBuffer(buffer)) throw new TypeError('bytes to send must not be in shared memory: somebody may change them meanwhile');
    refuseResizable(buffer);
    return new Uint8Array(buffer, byteOffset, byteLength);
  }
  if (!isArrayBuffer(value)) return null;
  refuseResizable(value);
  return new Uint8Array(value);
}

/** An own copy of `bytes`: what was given to send() may be changed as soon as it has returned. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** Memory that holds these bytes and no others: theirs if it does, a copy if it is a pool's. */
export function ownBuffer({ buffer, byteOffset, byteLength }: Uint8Array): ArrayBuffer {
  if (buffer.byteLength === byteLength) return buffer as ArrayBuffer; // the engine's memory is never shared
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

function isArrayBuffer(value: unknown): value is ArrayBuffer {
  try {
    Reflect.get(ArrayBuffer.prototype, 'byteLength', value); // a getter that looks for what only an ArrayBuffer has
    return true;
  } catch {
    return false;
  }
}

function refuseResizable(buffer: ArrayBuffer): void {
  if ('resizable' in buffer && buffer.resizable === true) throw new TypeError('bytes to send must not be in a resizable ArrayBuffer');
}
