// What a server may say other than 101, and what may come before one (RFC 6455 §4.1, RFC 9110 §15): refusals, redirects, challenges, interim
// responses, and what is no HTTP at all.
//
// Law: nothing but a good 101 opens. A client may follow a redirect or answer a challenge (§4.1), on a connection of its own: the responses
// here say that this one is over, and they lead nowhere (RFC 2606 keeps .invalid free).

import type { Case, Item } from '../case.ts';
import { octetsOf, toHex } from '../payload.ts';
import { define, FAILS, informational, nonStrict, passes, text } from '../write.ts';
import { CLOSE_UNOPENED, failsOn, opens, responseHead } from './handshake-heads.ts';


/** A final response that is no 101, and the end of the transport. Its content is a text in a frame: an echo gives away who opens. */
function refusedWith(status: string, name: string, fields: readonly string[], requirements: readonly string[]): Case {
  const head = [`HTTP/1.1 ${status}`, 'Connection: close', 'Content-Length: 7', ...fields, '', ''].join('\r\n');
  return define({
    id: `4.1/answer-${name}`, does: `Answers with ${status}, with a text frame for content, and ends the transport.`,
    expects: 'The client fails the connection: it sends nothing, and ends the transport as well.',
    requirements, roles: ['client'], opening: { by: 'steps' }, steps: [{ await: 1 }, { send: [{ head }, text('Hello')] }, { end: 'fin' }, FAILS],
    outcomes: [passes('request', 'end'), nonStrict(CLOSE_UNOPENED, 'request', 'close', 'end')],
  });
}

const ELSEWHERE = 'Location: ws://elsewhere.invalid/';
const REDIRECTED = ['6455-4.1-47', '6455-4.1-48'];
const REFUSED = ['6455-4.1-47'];

const REFUSALS: readonly Case[] = [
  ...['301 Moved Permanently', '302 Found', '303 See Other', '307 Temporary Redirect', '308 Permanent Redirect']
    .map((status) => refusedWith(status, status.slice(0, 3), [ELSEWHERE], REDIRECTED)),
  refusedWith('302 Found', '302-without-location', [], REDIRECTED),
  refusedWith('401 Unauthorized', '401', ['WWW-Authenticate: Basic realm="harbour"'], REDIRECTED),
  refusedWith('407 Proxy Authentication Required', '407', ['Proxy-Authenticate: Basic realm="harbour"'], REFUSED),
  refusedWith('400 Bad Request', '400', ['Content-Type: text/plain'], REFUSED),
  refusedWith('400 Bad Request', '400-other-versions', ['Sec-WebSocket-Version: 13, 8, 7'], ['6455-4.1-47', '6455-4.3-7', '6455-4.4-3']),
  refusedWith('400 Bad Request', '400-other-versions-two-lines', ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Version: 8, 7'],
    ['6455-4.1-47', '6455-11.3.5-1', '6455-4.4-3']),
  refusedWith('403 Forbidden', '403', [], REFUSED),
  refusedWith('404 Not Found', '404', ['Content-Type: text/html'], REFUSED),
  refusedWith('426 Upgrade Required', '426', ['Upgrade: websocket', 'Sec-WebSocket-Version: 25'], ['6455-4.1-47', '6455-4.4-3']),
  refusedWith('429 Too Many Requests', '429', ['Retry-After: 1'], REFUSED),
  refusedWith('503 Service Unavailable', '503', ['Retry-After: 1'], REFUSED),
  refusedWith('200 OK', '200', ['Content-Type: text/html'], REFUSED),
];

/** What follows a refusal that does not end: a client has no use for it. */
function endlessContent(): Case {
  return define({
    id: '4.1/answer-endless-content', does: 'Answers with 403 and 4 MiB of content, and promises more.',
    expects: 'The client ends the transport: content of a refusal is not worth waiting for.', requirements: ['6455-4.1-47', '6455-7.1.7-1'],
    roles: ['client'], opening: { by: 'steps' },
    steps: [
      { await: 1 }, { send: [{ head: 'HTTP/1.1 403 Forbidden\r\nContent-Length: 1000000000000\r\n\r\n' }] },
      { send: [{ octets: { repeat: '6e6f20', length: 65_536 } }], times: 64 }, { watch: 1_000 }, { end: 'fin' }, FAILS,
    ],
    outcomes: [
      passes('request', 'end'), nonStrict(CLOSE_UNOPENED, 'request', 'close', 'end'),
      informational('The client reads the content of a refusal for as long as it comes.', 'request', 'open', 'end'),
    ],
  });
}

const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';

function behind(interim: string): readonly Item[] {
  return [{ head: `${interim}${responseHead().head}` }];
}

const INTERIM: readonly Case[] = [
  opens('9110-15.2/response-103-then-101', 'a 103, and a 101 behind it', 'interim responses come before the final one', ['9110-15.2-1'],
    behind(HINTS)),
  opens('9110-15.2/response-100-then-101', 'a 100, and a 101 behind it', 'interim responses come before the final one', ['9110-15.2-1'],
    behind('HTTP/1.1 100 Continue\r\n\r\n')),
  opens('9110-15.2/response-three-103-then-101', 'a 103 three times, and a 101 behind them', 'there may be several interim responses',
    ['9110-15.2-1'],
    behind(HINTS.repeat(3))),
  opens('9110-15.2/response-199-then-101', 'an interim response with a status nobody knows, and a 101 behind it',
    'an unknown status is read as the first of its class', ['9110-15.2-1'], behind('HTTP/1.1 199 Patience\r\nX: y\r\n\r\n')),
  define({
    id: '9110-15.2/response-endless-103', does: 'Answers with a 103 ten thousand times, and never with a 101.',
    expects: 'The client gives up: it is not to be kept waiting by responses that say nothing.', requirements: ['9110-15.2-1', '6455-10.7-2'],
    roles: ['client'], opening: { by: 'steps' },
    steps: [
      { await: 1 }, { send: [{ octets: { repeat: toHex(octetsOf({ text: HINTS })), length: 10_000 * HINTS.length } }] },
      { watch: 1_000 }, { end: 'fin' }, FAILS,
    ],
    outcomes: [
      passes('request', 'end'),
      informational('The client goes on reading interim responses, ten thousand of them.', 'request', 'open', 'end'),
    ],
  }),
];

const NO_HTTP: readonly Case[] = [
  failsOn('4.1/answer-is-a-frame', 'a Ping instead of a response', 'frames come after a 101', ['6455-4.1-46', '6455-4.1-54'],
    [{ frame: 9, payload: { text: 'who?' } }, { octets: { text: '\r\n\r\n' } }]),
  failsOn('4.1/answer-is-ssh', 'the greeting of SSH instead of a response', 'it is no HTTP', ['6455-4.1-46', '6455-4.1-54'],
    [{ octets: { text: 'SSH-2.0-OpenSSH_9.9\r\n\r\n' } }]),
  failsOn('4.1/answer-is-icy', 'ICY 101 instead of a status line of HTTP', 'it is no HTTP', ['6455-4.1-46', '9112-2.3-1'],
    [responseHead({ line: 'ICY 101 Switching Protocols' })]),
  define({
    id: '4.1/answer-is-the-end', does: 'Ends the transport instead of answering.',
    expects: 'The client fails the connection and ends the transport as well.',
    requirements: ['6455-4.1-46', '6455-7.2.1-2'], roles: ['client'], opening: { by: 'steps' }, steps: [{ await: 1 }, { end: 'fin' }, FAILS],
    outcomes: [passes('request', 'end'), nonStrict(CLOSE_UNOPENED, 'request', 'close', 'end')],
  }),
  define({
    id: '4.1/answer-ends-in-the-head', does: 'Ends the transport in the middle of a good 101.',
    expects: 'The client fails the connection and ends the transport as well.',
    requirements: ['6455-4.1-46', '6455-7.2.1-2'], roles: ['client'], opening: { by: 'steps' },
    steps: [{ await: 1 }, { send: [{ head: responseHead().head.slice(0, -2) }] }, { end: 'fin' }, FAILS],
    outcomes: [passes('request', 'end'), nonStrict(CLOSE_UNOPENED, 'request', 'close', 'end')],
  }),
];

export const HANDSHAKE_ANSWERS: readonly Case[] = [...REFUSALS, endlessContent(), ...INTERIM, ...NO_HTTP];
