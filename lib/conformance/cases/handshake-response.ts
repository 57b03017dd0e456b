// The server's 101, field by field and as a message of HTTP/1.1 (RFC 6455 §4.1, RFC 9112 §4): what opens a connection, and what must not.
//
// Law: a check that fails is the end, whatever else is right: a client that notes a wrong field and opens all the same gives itself away by
// answering what rides behind the head.

import type { Case } from '../case.ts';
import { failsAnyway, failsOn, opens, opensAnyway } from './handshake-heads.ts';

/** A check that failed was noted, and the connection opened all the same. */
const OPENED_ANYWAY = { incidents: ['AsyncHttpClient/async-http-client#2211'] };

const FIELDS: readonly Case[] = [
  opens('4.1/response-baseline', 'a 101 that has just the fields it needs', 'nothing is missing',
    ['6455-4.1-46', '6455-4.1-49', '6455-4.1-50', '6455-4.1-51', '6455-4.1-56'], {}),
  opens('4.1/response-names-case', 'a 101 in other letters: UPGRADE: WEBSOCKET and connection: upgrade',
    'names and keywords are compared ignoring case',
    ['6455-4.1-55', '6455-4.1-49', '6455-4.1-50'], {
      line: 'HTTP/1.1 101 x', upgrade: 'UPGRADE: WEBSOCKET', connection: 'connection: upgrade', accept: 'SEC-WEBSOCKET-ACCEPT: {accept}',
    }),
  opens('4.1/response-connection-list', 'a 101 whose Connection lists keep-alive and Upgrade', 'Connection is a list of options',
    ['6455-4.1-50'], { connection: 'Connection: keep-alive, Upgrade' }),
  opens('9110-5.2/response-connection-two-lines', 'a 101 with Upgrade in one Connection line and keep-alive in another',
    'the lines of a list are one list', ['9110-5.2-1', '6455-4.1-50'], { connection: ['Connection: Upgrade', 'Connection: keep-alive'] }),
  failsOn('4.1/response-connection-missing', 'a 101 without Connection', 'Connection has to list Upgrade', ['6455-4.1-50'],
    { connection: null }, OPENED_ANYWAY),
  failsOn('4.1/response-connection-close', 'a 101 with Connection: close', 'Connection has to list Upgrade', ['6455-4.1-50'],
    { connection: 'Connection: close' }, OPENED_ANYWAY),
  failsOn('4.1/response-connection-substring', 'a 101 with Connection: Upgraded', 'that option is another one, although it begins alike',
    ['6455-4.1-50'], { connection: 'Connection: Upgraded' }),
  failsOn('4.1/response-upgrade-list', 'a 101 whose Upgrade lists websocket and foo', 'the value has to be websocket', ['6455-4.1-49'],
    { upgrade: 'Upgrade: websocket, foo' }),
  failsOn('4.1/response-upgrade-dup', 'a 101 with Upgrade: websocket in two lines', 'the value has to be websocket', ['6455-4.1-49'],
    { upgrade: ['Upgrade: websocket', 'Upgrade: websocket'] },
    { also: [opensAnyway('non-strict', 'The client opens although the response has Upgrade twice.')] }),
  failsOn('4.1/response-upgrade-missing', 'a 101 without Upgrade', 'Upgrade has to be websocket', ['6455-4.1-49'], { upgrade: null },
    OPENED_ANYWAY),
  failsOn('4.1/response-upgrade-h2c', 'a 101 that switches to h2c', 'nobody asked for that', ['6455-4.1-49', '9110-7.8-5'],
    { upgrade: 'Upgrade: h2c' }, OPENED_ANYWAY),
  failsOn('2.1/response-upgrade-kelvin', 'a 101 whose Upgrade has a Kelvin sign in UTF-8 for the k of websocket',
    'only A to Z and a to z are alike, however a library folds case', ['6455-2.1-2', '6455-4.1-49'],
    { upgrade: 'Upgrade: websoc\u00e2\u0084\u00aaet' }),
];

function wrongAccept(name: string, value: string, what: string): Case {
  return failsOn(`4.1/response-accept-${name}`, `a 101 whose Sec-WebSocket-Accept ${what}`, 'it has to answer the key, and nothing else',
    ['6455-4.1-51'], { accept: `Sec-WebSocket-Accept: ${value}` }, OPENED_ANYWAY);
}

const ACCEPT: readonly Case[] = [
  wrongAccept('wrong-case', '{swapped accept}', 'has upper and lower case exchanged'),
  wrongAccept('of-another-key', 'C/0nmHhBztSRGR1CwL6Tf4ZjwpY=', 'answers another key'),
  wrongAccept('too-long', '{accept}A', 'has one character more'),
  wrongAccept('in-quotes', '"{accept}"', 'is in quotes'),
  wrongAccept('empty', '', 'is empty'),
  wrongAccept('trailing-comma', '{accept},', 'has a comma behind it'),
  opens('4.1/response-accept-ows', 'a 101 with tabs and spaces around its Sec-WebSocket-Accept', 'white space around a value is not part of it',
    ['6455-4.1-51', '9112-5.1-2'], { accept: 'Sec-WebSocket-Accept: \t{accept}  ' }),
  failsOn('11.3.3/response-accept-dup', 'a 101 with the right Sec-WebSocket-Accept twice', 'the field appears once',
    ['6455-11.3.3-1', '6455-4.1-54'], { accept: ['Sec-WebSocket-Accept: {accept}', 'Sec-WebSocket-Accept: {accept}'] }),
  failsOn('11.3.3/response-accept-dup-different', 'a 101 with a wrong Sec-WebSocket-Accept behind the right one', 'the field appears once',
    ['6455-11.3.3-1', '6455-4.1-51'], { accept: ['Sec-WebSocket-Accept: {accept}', 'Sec-WebSocket-Accept: C/0nmHhBztSRGR1CwL6Tf4ZjwpY='] },
    OPENED_ANYWAY),
  failsOn('4.1/response-accept-missing', 'a 101 without Sec-WebSocket-Accept', 'nothing answers the key', ['6455-4.1-51'], { accept: null },
    OPENED_ANYWAY),
];

const STATUS_LINE: readonly Case[] = [
  failsOn('4.1/response-status-200', 'a 200 that has the fields of a 101', 'only 101 opens', ['6455-4.1-47'], { line: 'HTTP/1.1 200 OK' }, {
    outcomes: [
      // A 200 without a length has content up to the end of the transport (RFC 9112 §6.3): reading on is in order.
      { grade: 'pass', sees: ['request', { maybe: 'open' }, 'end'] },
    ],
    ...OPENED_ANYWAY,
  }),
  opens('9112-4/response-status-empty-reason', 'a 101 with an empty reason', 'the reason may be empty', ['9112-4-1', '9112-4-2'],
    { line: 'HTTP/1.1 101 ' }),
  opens('9112-4/response-status-no-space', 'a 101 without the space behind its status', 'the reason is left aside', ['9112-4-1', '9112-4-3'],
    { line: 'HTTP/1.1 101' }, {
      also: failsAnyway('informational', 'The client wants the space behind a status, which RFC 9112 §4 has there.'),
      expects: 'The client opens and the connection works, or it fails the connection: the grammar has the space, and many do without.',
    }),
  opens('9112-4/response-status-long-reason', 'a 101 whose reason is 1,000 characters long', 'the reason is left aside', ['9112-4-2'],
    { line: `HTTP/1.1 101 ${'because '.repeat(125)}` }),
  failsOn('9110-15.2/response-http10-101', 'a 101 of HTTP/1.0', 'HTTP/1.0 has no interim responses', ['9110-15.2-2', '6455-4.1-54'],
    { line: 'HTTP/1.0 101 Switching Protocols' }, { also: [opensAnyway('non-strict', 'The client opens for a response of HTTP/1.0.')] }),
  failsOn('9112-2.3/response-http2-statusline', 'a status line of HTTP/2', 'a version has two digits', ['9112-2.3-1'], { line: 'HTTP/2 101' }),
  failsOn('9112-4/response-status-four-digits', 'the status 1010', 'a status has three digits', ['9112-4-1'],
    { line: 'HTTP/1.1 1010 Switching Protocols' }),
  failsOn('9112-4/response-status-not-a-number', 'the status 1O1', 'a status is digits', ['9112-4-1'],
    { line: 'HTTP/1.1 1O1 Switching Protocols' }),
];

const KEPT_NUL = 'The client goes on with a NUL in a value: RFC 9110 §5.5 lets it only if it puts a space there, which cannot be seen.';

const SYNTAX: readonly Case[] = [
  opens('9112-5.2/response-obs-fold', 'a 101 whose Upgrade goes on in a second line', 'a user agent unfolds values', ['9112-5.2-3'],
    { upgrade: 'Upgrade:\r\n websocket' }),
  failsOn('9112-5.1/response-space-before-colon', 'a 101 with a space between Upgrade and its colon', 'no white space stands there',
    ['9112-5-1'], { upgrade: 'Upgrade : websocket' },
    { also: [opensAnyway('non-strict', 'The client removes white space before a colon, as only proxies do (RFC 9112 §5.1).')] }),
  failsOn('9110-5.5/response-nul', 'a 101 with a NUL in the value of a field', 'such a message is refused, or the NUL replaced by a space',
    ['9110-5.5-1'], { more: 'X: a\0b' }, { also: [opensAnyway('non-strict', KEPT_NUL)] }),
  failsOn('9112-5/response-no-colon', 'a 101 with a field line that has no colon', 'a name and a colon begin a field line',
    ['9112-5-1', '6455-4.1-54'], { more: 'garbage' }),
  opens('9110-5.5/response-obs-text', 'a 101 with an octet above 127 in the value of an unknown field', 'such octets are opaque data',
    ['9110-5.5-3'], { more: 'X-Name: caf\u00e9' }),
  opens('9112-6.3/response-content-length', 'a 101 with Content-Length: 5', 'a 101 has no content, so what follows is frames', ['9112-6.3-1'],
    { more: 'Content-Length: 5' },
    { also: failsAnyway('non-strict', 'The client fails a 101 for a length that means nothing there (RFC 9112 §6.3).') }),
  opens('9112-6.3/response-transfer-encoding', 'a 101 with Transfer-Encoding: chunked', 'a 101 has no content, so what follows is frames',
    ['9112-6.3-1', '9112-6.1-1'], { more: 'Transfer-Encoding: chunked' },
    { also: failsAnyway('informational', 'The client fails a 101 that announces chunks, which no server may send (RFC 9112 §6.1).') }),
  opens('4.1/response-unrequested-version-header', 'a 101 with Sec-WebSocket-Version: 13', 'a field that means nothing there is left aside',
    ['9110-5.1-2'], { more: 'Sec-WebSocket-Version: 13' }),
  opens('9110-5.1/response-unknown-fields', 'a 101 with fields nobody knows, one of them empty', 'unknown fields are left aside',
    ['9110-5.1-2'],
    { more: ['X-Mooring: bollard', 'X-Empty:', '__proto__: polluted', 'constructor: x', 'Set-Cookie: a=b; Path=/', 'Set-Cookie: c=d'] }),
];

export const HANDSHAKE_RESPONSE: readonly Case[] = [...FIELDS, ...ACCEPT, ...STATUS_LINE, ...SYNTAX];
