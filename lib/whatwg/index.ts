// The WebSocket of browsers on Node, and two relatives of it: WebSocketStream, and the module that Weex applications use.

export { CloseEvent, ErrorEvent } from './events.ts';
export { WebSocketFailure } from './failure.ts';
export type { WebSocketOptions } from './opening.ts';
export type {
  BinaryType, CloseEventInit, ErrorEventInit, EventHandler, WebSocketEventMap, WebSocketSurface,
} from './surface.ts';
export { goAway, WebSocket } from './websocket.ts';
