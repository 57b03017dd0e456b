// The OkHttp-shaped client (DESIGN §6): a web socket with one listener, and the early API with one call and its events.

export { CallSocket } from './call-socket.ts';
export type { Sendable } from './call-socket.ts';
export { WebSocketCall } from './call.ts';
export type { WebSocketCallEvents, WebSocketCallListener } from './call.ts';
export { WebSocketClient } from './client.ts';
export { Emitter } from './emitter.ts';
export { WebSocketFailure } from './failure.ts';
export type { BrokenRule, FailureParts, FailurePhase, WebSocketResponse } from './failure.ts';
export type { WebSocketListener } from './listener.ts';
export type { ClientSettings, WebSocketClientOptions } from './options.ts';
export { MessagePayload } from './payload.ts';
export type { WebSocketRequest } from './request.ts';
export { WebSocket } from './websocket.ts';
export type { WebSocketState } from './websocket.ts';
