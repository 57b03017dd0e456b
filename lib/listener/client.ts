// The client: what all its web sockets have in common, chosen once. It holds no connection and nothing to be closed.

import { checkListener } from './listener.ts';
import type { WebSocketListener } from './listener.ts';
import { judgeOptions } from './options.ts';
import type { ClientSettings, WebSocketClientOptions } from './options.ts';
import type { WebSocketRequest } from './request.ts';
import { WebSocket } from './websocket.ts';

/** Makes web sockets. One is enough for a program; it can be shared by whoever wants the same options. */
export class WebSocketClient {
  /** What was chosen, with everything that was not. */
  readonly settings: ClientSettings;

  /** @throws TypeError or RangeError naming the option that is unknown or makes no sense */
  constructor(options: WebSocketClientOptions = {}) {
    this.settings = Object.freeze(judgeOptions(options));
  }

  /**
   * A web socket that begins to connect. Messages may be sent at once. Nothing is told to `listener` before this call has returned.
   *
   * @throws TypeError or RangeError naming what makes no sense in the request or in the listener
   */
  newWebSocket(request: WebSocketRequest, listener: WebSocketListener): WebSocket {
    checkListener(listener);
    return new WebSocket(this.settings, request, listener);
  }
}
