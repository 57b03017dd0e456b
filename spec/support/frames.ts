// Frames as a spec wants to write them, right ones and wrong ones. Built from the RFC's figure (§5.2) with nothing of lib, so that
// what lib writes and reads can be held against it.

import { concat, hex, utf8 } from './bytes.ts';

/** The masking key of the RFC's examples (§5.7) and of the vectors. */
export const EXAMPLE_KEY: Uint8Array = hex('37fa213d');

/** What a frame says. Everything may break the rules: no field is judged. */
export interface FrameSpec {
  /** Default true. */
  readonly fin?: boolean;
  /** RSV1–RSV3 in place, as in the first byte: 0x40, 0x20, 0x10. Default 0. */
  readonly rsv?: number;
  /** 0…15. */
  readonly opcode: number;
  /** Bytes, or text to be written as UTF-8; unmasked. Default empty. */
  readonly payload?: Uint8Array | string;
  /** The four octets of the masking key, or true for {@link EXAMPLE_KEY}. Default: not masked. */
  readonly mask?: Uint8Array | boolean;
  /** How many bits the length is written in. Default: the shortest form. */
  readonly lengthBits?: 7 | 16 | 64;
  /** The length the header declares, which may lie; up to 64 bits. Default: the payload's. */
  readonly length?: number | bigint;
}

/** The bytes of a frame, fresh at each call. */
export function frame(spec: FrameSpec): Uint8Array {
  const payload = typeof spec.payload === 'string' ? utf8(spec.payload) : spec.payload ?? new Uint8Array(0);
  const key = spec.mask === true ? EXAMPLE_KEY : spec.mask === false ? undefined : spec.mask;
  return concat(frameHeader({ ...spec, length: spec.length ?? payload.length }), key === undefined ? payload : masked(payload, key));
}

/** The header alone, masking key included: of a frame whose payload need not come. */
export function frameHeader(spec: FrameSpec & { readonly length: number | bigint }): Uint8Array {
  const key = spec.mask === true ? EXAMPLE_KEY : spec.mask === false ? undefined : spec.mask;
  const length = BigInt(spec.length);
  const lengthBits = spec.lengthBits ?? (length < 126n ? 7 : length < 65536n ? 16 : 64);
  const b0 = (spec.fin === false ? 0 : 0x80) | (spec.rsv ?? 0) | spec.opcode;
  const announced = lengthBits === 7 ? Number(length) : lengthBits === 16 ? 126 : 127;
  const extended = lengthBits === 7 ? '' : length.toString(16).padStart(lengthBits / 4, '0');
  return concat(Uint8Array.of(b0, (key === undefined ? 0 : 0x80) | announced), hex(extended), key ?? hex(''));
}

/** A masked or unmasked copy of `payload`, octet by octet as §5.3 words it; the first octet is octet `phase` of its frame. */
export function masked(payload: Uint8Array, key: Uint8Array, phase: number = 0): Uint8Array {
  return payload.map((octet, i) => octet ^ (key[(i + phase) % 4] as number)); // a key has four octets
}
