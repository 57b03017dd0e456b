// Heads out: requests and responses as octets (RFC 9112 §3, §4, §5).
//
// Law: nothing a caller supplies can end a line, start a field or split a response. Names and methods are tokens, a target is
// visible characters, values and reason phrases hold no control character but HTAB and nothing above 0xFF. Whatever does not fit
// throws, naming the field and the position; it is never repaired.

import { isFieldCode, isToken, isVisible, toLowerAscii, toOctets } from './ascii.ts';
import type { HeaderField } from './headers.ts';
import type { RequestLine, StatusLine } from './start-line.ts';

function checkValue(what: string, value: string): string {
  if (typeof value !== 'string') throw new TypeError(`${what} must be a string, found ${typeof value}`);
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (isFieldCode(code)) continue;
    const found = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
    throw new TypeError(`${what} must hold no control character and nothing above U+00FF, found ${found} at ${at}`);
  }
  return value;
}

/** @throws TypeError when the name is no token or the value could not stand in a field line. */
export function checkField(name: string, value: string): void {
  if (typeof name !== 'string' || !isToken(name)) {
    throw new TypeError(`a header name must be a token, found ${JSON.stringify(name)}`);
  }
  checkValue(`the value of header ${name}`, value);
}

/** Fields that belong to the handshake itself or to the framing of its messages, beside Sec-WebSocket-*. */
const HANDSHAKE_FIELDS = ['host', 'upgrade', 'connection', 'content-length', 'transfer-encoding', 'origin'];

/**
 * The caller's own fields for a handshake message, as a list that has been checked.
 *
 * @throws TypeError when one is a field of the handshake itself (RFC 6455 §4.1, §4.2.2), or cannot be written.
 */
export function callerFields(fields: Iterable<HeaderField> = []): readonly HeaderField[] {
  if (typeof fields[Symbol.iterator] !== 'function') throw new TypeError('headers must be a list of pairs of name and value');
  return [...fields].map((field): HeaderField => {
    if (!Array.isArray(field) || field.length !== 2) throw new TypeError('each header must be a pair of name and value');
    const [name, value] = field as HeaderField;
    checkField(name, value);
    const lower = toLowerAscii(name);
    const reserved = HANDSHAKE_FIELDS.includes(lower) || lower.startsWith('sec-websocket-');
    if (reserved) throw new TypeError(`header ${name} is written by the handshake itself`);
    return [name, value];
  });
}

function writeHead(startLine: string, fields: Iterable<HeaderField>): Uint8Array {
  let text = `${startLine}\r\n`;
  for (const [name, value] of fields) {
    checkField(name, value);
    text += `${name}: ${value}\r\n`;
  }
  return toOctets(`${text}\r\n`);
}

/**
 * The octets of a request's head.
 *
 * @throws TypeError when a part could not be written without changing what the head means.
 */
export function writeRequestHead(line: RequestLine, headers: Iterable<HeaderField>): Uint8Array {
  if (!isToken(line.method)) throw new TypeError(`a method must be a token, found ${JSON.stringify(line.method)}`);
  if (!isVisible(line.target)) throw new TypeError(`a request target must be visible ASCII, found ${JSON.stringify(line.target)}`);
  return writeHead(`${line.method} ${line.target} HTTP/${line.version}`, headers);
}

/**
 * The octets of a response's head.
 *
 * @throws TypeError when a part could not be written without changing what the head means.
 */
export function writeResponseHead(line: StatusLine, headers: Iterable<HeaderField>): Uint8Array {
  checkValue('a reason phrase', line.reason);
  // The space stands even before an empty reason phrase (RFC 9112 §4).
  return writeHead(`HTTP/${line.version} ${line.status} ${line.reason}`, headers);
}
