// What a server answers an opening handshake with (RFC 6455 §4.2.2, §4.4): the 101, or an HTTP response and no connection.
//
// Law: an acceptance holds only what was offered, and exactly `Upgrade: websocket` and `Connection: Upgrade`, which some clients
// compare as a whole. A rejection ends the transport and says how long it is. Both are values; who sends them is not decided here.

import type { Platform } from '../platform.ts';
import { acceptKeyOf } from './accept.ts';
import { equalsIgnoringCase } from './ascii.ts';
import { serializeExtensions } from './extensions.ts';
import type { Extension } from './extensions.ts';
import { callerFields } from './head-writer.ts';
import { HeaderList } from './headers.ts';
import type { HeaderField } from './headers.ts';
import { checkArray, checkInteger, checkKeys } from './limits.ts';
import type { Refusal } from './refusal.ts';
import type { ServerRequest } from './request.ts';
import type { ResponseHead } from './response.ts';

/** What a server adds to its acceptance. */
export interface Acceptance {
  /** One of the subprotocols offered; null or nothing for none. */
  readonly protocol?: string | null;
  /** Extensions in use, of those offered, each once, in the order they apply (RFC 6455 §9.1). */
  readonly extensions?: readonly Extension[];
  /** Further fields; the handshake's own cannot be named. */
  readonly headers?: Iterable<HeaderField>;
}

/** What a server adds to a rejection. */
export interface Rejection {
  /** The reason phrase; that of the status by default. */
  readonly reason?: string;
  /** Further fields, such as WWW-Authenticate or Location; Connection and Content-Length cannot be named. */
  readonly headers?: Iterable<HeaderField>;
  /** The content. A string is sent as UTF-8 and is plain text unless `headers` has a Content-Type. Bytes are copied. */
  readonly body?: string | Uint8Array;
}

/** A rejection that is ready to be written. */
export interface RejectionMessage {
  readonly head: ResponseHead;
  readonly body: Uint8Array;
}

type Encoder = Pick<Platform, 'allocate' | 'encodeUtf8'>;

/** RFC 9110 §15, RFC 6585. */
const REASONS: ReadonlyMap<number, string> = new Map([
  [301, 'Moved Permanently'], [302, 'Found'], [303, 'See Other'], [307, 'Temporary Redirect'], [308, 'Permanent Redirect'],
  [400, 'Bad Request'], [401, 'Unauthorized'], [403, 'Forbidden'], [404, 'Not Found'], [405, 'Method Not Allowed'],
  [407, 'Proxy Authentication Required'], [408, 'Request Timeout'], [410, 'Gone'], [414, 'URI Too Long'],
  [417, 'Expectation Failed'], [421, 'Misdirected Request'], [426, 'Upgrade Required'], [429, 'Too Many Requests'],
  [431, 'Request Header Fields Too Large'],
  [500, 'Internal Server Error'], [501, 'Not Implemented'], [502, 'Bad Gateway'], [503, 'Service Unavailable'],
  [504, 'Gateway Timeout'], [505, 'HTTP Version Not Supported'],
]);

const VERSION_FIELD: HeaderField = ['Sec-WebSocket-Version', '13'];
const UPGRADE_FIELD: HeaderField = ['Upgrade', 'websocket'];

function checkProtocol(protocol: string, offered: readonly string[]): string {
  if (offered.includes(protocol)) return protocol;
  throw new TypeError(`protocol must be one of those offered (${JSON.stringify(offered)}), found ${JSON.stringify(protocol)}`);
}

function checkExtensions(extensions: readonly Extension[], offered: readonly Extension[]): string {
  const value = serializeExtensions(extensions);
  extensions.forEach(({ name }, index) => {
    if (!offered.some((offer) => offer.name === name)) throw new TypeError(`extension ${name} was not offered`);
    if (extensions.findIndex((other) => other.name === name) !== index) throw new TypeError(`extension ${name} is accepted twice`);
  });
  return value;
}

/**
 * The head of the 101 that accepts `request` (RFC 6455 §4.2.2).
 *
 * @throws TypeError when `acceptance` has what was not offered, or a field that cannot be written or is the handshake's own.
 */
export function acceptanceOf(request: ServerRequest, acceptance: Acceptance, platform: Pick<Platform, 'sha1'>): ResponseHead {
  checkKeys('acceptance', acceptance, ['protocol', 'extensions', 'headers']);
  const { protocol = null, extensions = [] } = acceptance;
  checkArray('acceptance.extensions', extensions);
  const accept = acceptKeyOf(request.key, platform);
  const fields: HeaderField[] = [UPGRADE_FIELD, ['Connection', 'Upgrade'], ['Sec-WebSocket-Accept', accept]];
  if (protocol !== null) fields.push(['Sec-WebSocket-Protocol', checkProtocol(protocol, request.protocols)]);
  const inUse = checkExtensions(extensions, request.extensions);
  if (inUse !== '') fields.push(['Sec-WebSocket-Extensions', inUse]);
  fields.push(...callerFields(acceptance.headers));
  return { version: '1.1', status: 101, reason: 'Switching Protocols', headers: new HeaderList(fields) };
}

function encode(text: string, platform: Encoder): Uint8Array {
  const space = platform.allocate(3 * text.length);
  return space.subarray(0, platform.encodeUtf8(text, space, 0));
}

function messageOf(status: number, fields: readonly HeaderField[], rejection: Rejection, platform: Encoder): RejectionMessage {
  const { body = '', reason = REASONS.get(status) ?? '' } = rejection;
  const bytes = typeof body === 'string' ? encode(body, platform) : new Uint8Array(body);
  const all = [...fields];
  const typed = all.some(([name]) => equalsIgnoringCase(name, 'Content-Type'));
  if (typeof body === 'string' && body !== '' && !typed) all.push(['Content-Type', 'text/plain; charset=utf-8']);
  // A 426 names the protocol to upgrade to, and so lists the option (RFC 9110 §15.5.22, §7.8).
  if (status === 426) all.push(UPGRADE_FIELD, VERSION_FIELD);
  all.push(['Content-Length', String(bytes.length)], ['Connection', status === 426 ? 'Upgrade, close' : 'close']);
  return { head: { version: '1.1', status, reason, headers: new HeaderList(all) }, body: bytes };
}

/**
 * The response that rejects a handshake with `status`, 300 to 599 (RFC 6455 §4.2.2).
 *
 * @throws RangeError for another status, TypeError for what cannot be written.
 */
export function rejectionOf(status: number, rejection: Rejection, platform: Encoder): RejectionMessage {
  checkInteger('status', status, 300, 599);
  checkKeys('rejection', rejection, ['reason', 'headers', 'body']);
  const { body = '' } = rejection;
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) throw new TypeError('body must be a string or a Uint8Array');
  return messageOf(status, callerFields(rejection.headers), rejection, platform);
}

/** What a refused request learns besides the rule. */
function fieldsOf(refusal: Refusal): readonly HeaderField[] {
  if (refusal.status === 405) return [['Allow', 'GET']];
  // §4.4: whoever is refused for its version is told which one is spoken (a 426 always is).
  return refusal.name.startsWith('VERSION_') && refusal.status !== 426 ? [VERSION_FIELD] : [];
}

/**
 * The response that answers a refusal. Its content is the rule; nothing of the request is repeated.
 *
 * @throws RangeError when the refusal is one that no server answers (status 0).
 */
export function rejectionFor(refusal: Refusal, platform: Encoder): RejectionMessage {
  checkInteger('refusal.status', refusal.status, 300, 599);
  const body = `${refusal.name}: ${refusal.sentence} (${refusal.section})\n`;
  return messageOf(refusal.status, fieldsOf(refusal), { body }, platform);
}
