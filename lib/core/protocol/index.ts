// The protocol level: one connection, usable under any transport (DESIGN §4).

export { Connection } from './connection.ts';
export type { ConnectionOptions } from './connection-options.ts';
export type {
  CloseOutcome, ConnectionEvents, ConnectionState, LimitExceeded, Payload, SendResult,
} from './events.ts';
export type { KeepaliveOptions } from './keepalive.ts';
export type { LimitOptions, QueuePolicy } from './limits.ts';
export { MessageAssembler } from './message-assembler.ts';
export type { MessageEvents } from './message-assembler.ts';
export { PreparedMessage } from './prepared-message.ts';
export type { SendOptions } from './send-options.ts';
