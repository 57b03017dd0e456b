// The Sisk-shaped server: routes, requests to decide on, sessions that wait, stream and close (DESIGN §6).

export { PreparedMessage } from '../core/protocol/prepared-message.ts';
export type { Addresses } from './addresses.ts';
export type { Chunks } from './chunks.ts';
export { IncomingStream, MessageCutShort } from './incoming-stream.ts';
export type { OnReceive, OnReceiveStream } from './inbox.ts';
export type { BinaryMessage, Message, Next, TextMessage } from './message.ts';
export { UpgradeRequest } from './request.ts';
export type { ParamsOf } from './routes.ts';
export { createServer, prepare, Server } from './server.ts';
export type { BroadcastResult, CreateServerOptions, Handler, ShutdownOptions, ShutdownResult, Where } from './server.ts';
export { Session } from './session.ts';
export type { Counters, PingPolicy } from './session.ts';
export type { AcceptOptions, SessionSettings } from './session-options.ts';
