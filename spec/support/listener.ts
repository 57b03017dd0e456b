// A listener that writes down what it is told, a line an event, and a server by hand to talk to: for specs of the listener's face.

import { acceptKeyOf } from '../../lib/core/handshake/accept.ts';
import type { WebSocketFailure, WebSocketResponse } from '../../lib/listener/failure.ts';
import { WebSocketClient } from '../../lib/listener/client.ts';
import type { WebSocketListener } from '../../lib/listener/listener.ts';
import type { WebSocketClientOptions } from '../../lib/listener/options.ts';
import type { WebSocketRequest } from '../../lib/listener/request.ts';
import type { WebSocket } from '../../lib/listener/websocket.ts';
import { nodePlatform } from '../../lib/node/platform.ts';
import { toHex } from './bytes.ts';
import { referenceTranscript } from './reference-frames.ts';
import { answerHandshake, rawServer } from './sockets.ts';
import type { RawPeer, RawServer } from './sockets.ts';

/** Writes every event down, then passes it on to `reactions`. */
export class Recorder implements WebSocketListener {
  readonly lines: string[] = [];
  response: WebSocketResponse | null = null;
  failure: WebSocketFailure | null = null;
  readonly #reactions: WebSocketListener;
  #changed: () => void = () => {};

  constructor(reactions: WebSocketListener = {}) {
    this.#reactions = reactions;
  }

  onOpen(webSocket: WebSocket, response: WebSocketResponse): void {
    this.response = response;
    this.#add(`open ${response.status}`);
    this.#reactions.onOpen?.(webSocket, response);
  }

  onText(webSocket: WebSocket, text: string): void {
    this.#add(`text ${text}`);
    this.#reactions.onText?.(webSocket, text);
  }

  onBinary(webSocket: WebSocket, bytes: Uint8Array): void {
    this.#add(`binary ${bytes.length <= 16 ? toHex(bytes) : `of ${bytes.length}`}`);
    this.#reactions.onBinary?.(webSocket, bytes);
  }

  onPing(webSocket: WebSocket, payload: Uint8Array): void {
    this.#add(`ping ${toHex(payload)}`);
    this.#reactions.onPing?.(webSocket, payload);
  }

  onPong(webSocket: WebSocket, payload: Uint8Array): void {
    this.#add(`pong ${toHex(payload)}`);
    this.#reactions.onPong?.(webSocket, payload);
  }

  onClosing(webSocket: WebSocket, code: number, reason: string): void {
    this.#add(`closing ${code} ${reason}`.trim());
    this.#reactions.onClosing?.(webSocket, code, reason);
  }

  onClosed(webSocket: WebSocket, code: number, reason: string): void {
    this.#add(`closed ${code} ${reason}`.trim());
    this.#reactions.onClosed?.(webSocket, code, reason);
  }

  onFailure(webSocket: WebSocket, failure: WebSocketFailure, response: WebSocketResponse | null): void {
    this.failure = failure;
    this.response = response;
    this.#add(`failure ${failure.phase} ${failure.violation?.name ?? failure.code ?? failure.status ?? 'none'}`);
    this.#reactions.onFailure?.(webSocket, failure, response);
  }

  onDrain(webSocket: WebSocket): void {
    this.#add('drain');
    this.#reactions.onDrain?.(webSocket);
  }

  /** Waits until a line begins like this; gives the first that does. */
  async until(beginning: string): Promise<string> {
    for (;;) {
      const line = this.lines.find((each) => each.startsWith(beginning));
      if (line !== undefined) return line;
      await new Promise<void>((resolve) => { this.#changed = resolve; });
    }
  }

  /** Waits for the end; gives every line. */
  async ended(): Promise<readonly string[]> {
    while (!this.lines.some((line) => /^(?:closed|failure) /.test(line))) {
      await new Promise<void>((resolve) => { this.#changed = resolve; });
    }
    return this.lines;
  }

  #add(line: string): void {
    this.lines.push(line);
    this.#changed();
  }
}

/** Answers a peer's handshake, and `behind` in the same write. */
export function accept(peer: RawPeer, behind?: Uint8Array): Promise<void> {
  return answerHandshake(peer, (key) => acceptKeyOf(key, nodePlatform), behind);
}

/** The frames a client has sent, a line each; a Close's payload as `close 03e8`. */
export function framesFrom(peer: RawPeer): string[] {
  const begin = peer.text.indexOf('\r\n\r\n') + 4;
  if (begin < 4) return [];
  const limits = { maxFrameSize: Infinity, maxMessageSize: Infinity, maxFragments: Infinity };
  return referenceTranscript(peer.received.subarray(begin), { role: 'server', rsv1Defined: false, limits });
}

/** A web socket, its listener and the server's side of it. */
export interface Conversation {
  readonly server: RawServer;
  readonly peer: RawPeer;
  readonly recorder: Recorder;
  readonly webSocket: WebSocket;
}

/** Opens a web socket to a server by hand; `behind` rides behind the 101. */
export async function converse(
  options: WebSocketClientOptions = {}, reactions: WebSocketListener = {}, behind?: Uint8Array, request: Partial<WebSocketRequest> = {},
): Promise<Conversation> {
  const server = await rawServer();
  const recorder = new Recorder(reactions);
  const client = new WebSocketClient({ ping: 'off', ...options });
  const webSocket = client.newWebSocket({ url: `ws://127.0.0.1:${server.port}/chat`, ...request }, recorder);
  const peer = await server.next();
  await accept(peer, behind);
  return { server, peer, recorder, webSocket };
}
