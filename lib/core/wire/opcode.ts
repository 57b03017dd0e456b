// Opcodes and the bits of a frame's first two bytes (§5.2, §11.8). Knows names and masks; judges nothing.

export const OPCODE_CONTINUATION = 0x0;
export const OPCODE_TEXT = 0x1;
export const OPCODE_BINARY = 0x2;
export const OPCODE_CLOSE = 0x8;
export const OPCODE_PING = 0x9;
export const OPCODE_PONG = 0xa;

export const B0_FIN = 0x80;
export const B0_RSV = 0x70;
export const B0_RSV1 = 0x40;
export const B0_OPCODE = 0x0f;
export const B1_MASK = 0x80;
export const B1_LENGTH = 0x7f;

/** 7-bit lengths that announce a 16-bit and a 64-bit length (§5.2). */
export const LENGTH_16 = 126;
export const LENGTH_64 = 127;

/** The most a control frame may carry (§5.5). */
export const MAX_CONTROL_PAYLOAD = 125;

/** Which side of the connection this endpoint is. It decides who masks (§5.1) and who ends the transport first (§7.1.1). */
export type Role = 'client' | 'server';

/** What a data message holds (§5.6). */
export type MessageKind = 'text' | 'binary';

const NAMES = new Map<number, string>([
  [OPCODE_CONTINUATION, 'continuation'],
  [OPCODE_TEXT, 'text'],
  [OPCODE_BINARY, 'binary'],
  [OPCODE_CLOSE, 'close'],
  [OPCODE_PING, 'ping'],
  [OPCODE_PONG, 'pong'],
]);

/** Control frames are those whose opcode has its top bit set (§5.5). */
export function isControl(opcode: number): boolean {
  return (opcode & 0x8) !== 0;
}

/** 3–7 and B–F are reserved (§5.2). */
export function isReserved(opcode: number): boolean {
  return (opcode & 0x7) > OPCODE_BINARY;
}

/** The RFC's word for an opcode, or `reserved`. */
export function opcodeName(opcode: number): string {
  return NAMES.get(opcode) ?? 'reserved';
}
