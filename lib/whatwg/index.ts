// The WebSocket of browsers on Node, and two relatives of it: WebSocketStream, and the module that Weex applications use.

export { CloseEvent, ErrorEvent } from './events.ts';
export { WebSocketFailure } from './failure.ts';
export type { WebSocketOptions } from './opening.ts';
export type {
  BinaryType, CloseEventInit, ErrorEventInit, EventHandler, WebSocketEventMap, WebSocketSurface,
} from './surface.ts';
export { goAway, WebSocket } from './websocket.ts';
export { WebSocketError } from './websocket-error.ts';
export type { WebSocketCloseInfo } from './websocket-error.ts';
export { WebSocketStream } from './websocket-stream.ts';
export type { WebSocketOpenInfo, WebSocketStreamOptions } from './websocket-stream.ts';
export { createWeexWebSocketModule, weexWebSocketAdapter } from './weex.ts';
export type {
  WeexBinary, WeexCloseEvent, WeexWebSocketAdapter, WeexWebSocketAdapterFactory, WeexWebSocketListener, WeexWebSocketModule,
} from './weex.ts';
