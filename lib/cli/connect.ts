// `hawser connect`: a person at a terminal, or a pipe, talks to a server. Messages go to standard output and nothing else does; what the
// program itself has to say goes to standard error.

import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { WebSocketClient } from '../listener/index.ts';
import type { WebSocket, WebSocketListener, WebSocketRequest } from '../listener/index.ts';

const USAGE = `Usage: hawser connect <url> [options]

Sends each line of standard input as a text message and prints each message that comes, binary ones as hex.

  -H, --header 'Name: value'  a field of the request; may be repeated
  --protocol NAME             a subprotocol to offer; may be repeated
  --insecure                  do not verify the server's certificate
  --no-compression            do not offer to compress messages
  --proxy URL                 go through this HTTP proxy; default: those that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name
  --help                      this text

Lines that are no messages:
  /ping [text]                send a Ping; the answer is told with its time
  /binary HEX                 send a binary message
  /close [code [reason]]      close, e.g. /close 4001 bye
  //text                      send "/text"

The end of input closes with 1000. The exit code is 0 after a clean close, 1 otherwise.`;

/** Bytes that may wait to be sent before no more input is read: a pipe is faster than a network. */
const HIGH_WATER = 256 * 1024;

interface Arguments {
  readonly client: WebSocketClient;
  readonly request: WebSocketRequest;
}

/** Reads the command line; null when the usage was asked for. @throws Error saying which argument is wrong */
function readArguments(args: readonly string[]): Arguments | null {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      header: { type: 'string', short: 'H', multiple: true },
      protocol: { type: 'string', multiple: true },
      insecure: { type: 'boolean' },
      'no-compression': { type: 'boolean' },
      proxy: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return null;
  const [url, ...more] = positionals;
  if (url === undefined || more.length > 0) throw new Error('one URL is wanted: hawser connect ws://127.0.0.1:9001');
  const client = new WebSocketClient({
    limits: { highWaterMark: HIGH_WATER },
    proxy: values.proxy === undefined ? 'environment' : { url: values.proxy },
    ...values['no-compression'] === true && { compression: 'off' },
    ...values.insecure === true && { tls: { rejectUnauthorized: false } },
  });
  return { client, request: { url, headers: (values.header ?? []).map(parseHeader), protocols: values.protocol ?? [] } };
}

/** A field in an argument. @throws Error saying what is wrong with it */
export function parseHeader(text: string): [string, string] {
  const colon = text.indexOf(':');
  if (colon < 1) throw new Error(`--header must be like 'Name: value', found ${JSON.stringify(text)}`);
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}

/** Runs `hawser connect`. */
export function connectCommand(args: readonly string[]): Promise<number> {
  const parsed = readArguments(args);
  if (parsed === null) {
    console.log(USAGE);
    return Promise.resolve(0);
  }
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin });
    lines.pause();
    const end = (code: number): void => {
      lines.close();
      process.stdin.destroy();
      resolve(code);
    };
    const socket = parsed.client.newWebSocket(parsed.request, listenerOf(lines, end));
    lines.on('line', (line) => {
      obey(socket, line);
      if (socket.queueSize() > HIGH_WATER) lines.pause(); // until it is drained
    });
    lines.on('close', () => socket.close(1000));
    process.once('SIGINT', () => socket.close(1000));
  });
}

/** What the server does, told to a person. */
function listenerOf(lines: { resume(): unknown }, end: (code: number) => void): WebSocketListener {
  return {
    onOpen(_socket, response) {
      say(`connected to ${response.url}${response.protocol === '' ? '' : `, subprotocol ${response.protocol}`}`);
      lines.resume();
    },
    onText: (_socket, text) => console.log(text),
    onBinary: (_socket, bytes) => console.log(Buffer.from(bytes).toString('hex')),
    onPing: () => say('ping, answered'),
    onPong(_socket, payload) {
      const text = Buffer.from(payload).toString();
      const sentAt = pings.get(text);
      if (sentAt === undefined) return; // the heartbeat's own
      pings.delete(text);
      say(`pong ${JSON.stringify(text)} after ${(performance.now() - sentAt).toFixed(1)} ms`);
    },
    onDrain: () => lines.resume(),
    onClosing: (_socket, code, reason) => say(`the server closes: ${code} ${JSON.stringify(reason)}`),
    onClosed(_socket, code, reason) {
      say(`closed ${code}${reason === '' ? '' : ` ${JSON.stringify(reason)}`}`);
      end(0);
    },
    onFailure(_socket, failure) {
      say(failure.message);
      end(1);
    },
  };
}

/** When each Ping that has not been answered was sent. */
const pings = new Map<string, number>();

/** Does what a line says. */
function obey(socket: WebSocket, line: string): void {
  const [command, ...words] = line.split(' ');
  const rest = words.join(' ');
  try {
    if (!line.startsWith('/')) send(socket, line);
    else if (line.startsWith('//')) send(socket, line.slice(1));
    else if (command === '/ping') ping(socket, rest);
    else if (command === '/binary') send(socket, parseHex(rest));
    else if (command === '/close') socket.close(words[0] === undefined ? 1000 : Number(words[0]), words.slice(1).join(' '));
    else say(`there is no command ${command}; a message that begins with a slash is written with two`);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}

function send(socket: WebSocket, message: string | Uint8Array): void {
  if (!socket.send(message)) say('not sent: the connection is closing, or too much waits');
}

function ping(socket: WebSocket, text: string): void {
  pings.set(text, performance.now());
  if (!socket.ping(Buffer.from(text))) say('not sent: the connection is not open');
}

function parseHex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`/binary wants pairs of hex digits, found ${JSON.stringify(text)}`);
  return Buffer.from(digits, 'hex');
}

function say(line: string): void {
  console.error(line);
}
