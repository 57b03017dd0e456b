// The opening handshake as a server does it (RFC 6455 §4.2): a request in, a response out.

import { createHash } from 'node:crypto';

import { answerOffers, parseExtensions } from './extensions.ts';
import type { Agreed } from './extensions.ts';
import { elementsOf, isToken, valuesOf } from './head.ts';
import type { Head } from './head.ts';
import type { Does, Switch } from './switches.ts';

/** What a client that asks for something else is told (§4.4). */
const SPOKEN = ['Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export interface Answer {
  readonly opens: boolean;
  /** The octets of the response, each a code unit. */
  readonly response: string;
  readonly agreed: Agreed | null;
}

/** §4.2.2: what answers a key. */
export function acceptOf(key: string): string {
  return createHash('sha1').update(key + GUID, 'latin1').digest('base64');
}

const REASONS: ReadonlyMap<number, string> = new Map([
  [400, 'Bad Request'], [405, 'Method Not Allowed'], [408, 'Request Timeout'], [426, 'Upgrade Required'],
  [431, 'Request Header Fields Too Large'],
]);

export function refuse(does: Does, status: number, fields: readonly string[] = []): Answer {
  const said = status !== 400 && does('refuses-with-400') ? 400 : status;
  const content = does('refuses-with-content') ? 'This is an echo.\n' : '';
  const lines = [`HTTP/1.1 ${said} ${REASONS.get(said)}`, ...fields, 'Connection: close', `Content-Length: ${content.length}`, '', content];
  return { opens: false, response: lines.join('\r\n'), agreed: null };
}

export function answerRequest(head: Head, does: Does): Answer {
  const refusal = judgeStartLine(head.startLine, does) ?? judgeHost(head, does) ?? judgeUpgrade(head, does) ?? judgeKey(head, does)
    ?? judgeVersion(head, does) ?? judgeRest(head, does);
  if (refusal !== null) return refusal;

  const protocols = elementsOf(values(head, 'Sec-WebSocket-Protocol', does));
  const offered = values(head, 'Sec-WebSocket-Extensions', does);
  const offers = parseExtensions(offered.join(', '));
  const isList = offers !== null && (offers.length > 0 || offered.length === 0);
  if (!isList && !does('takes-bad-extensions')) return refuse(does, 400);
  if (offers?.some(({ name }) => name !== 'permessage-deflate') && does('refuses-unknown-extension')) return refuse(does, 400);
  return open(values(head, 'Sec-WebSocket-Key', does)[0] ?? '', protocols, offered, answerOffers(offers ?? [], does), does);
}

function values(head: Head, name: string, does: Does): readonly string[] {
  const found = valuesOf(head, name, does, 'wants-names-as-written');
  return found.length > 1 && does('takes-last-line') ? found.slice(-1) : found;
}

/** §4.2.1, 1: a GET of HTTP/1.1, or later. */
function judgeStartLine(line: string, does: Does): Answer | null {
  const [method = '', target = '', version = '', ...more] = line.split(' ');
  const isOne = isToken(method) && more.length === 0 && /^HTTP\/\d\.\d$/.test(version) && /^(?:\/|https?:\/\/.)[!-"$-~]*$/.test(target);
  if (!isOne) return /^get\s/i.test(line) && does('takes-any-start-line') ? null : refuse(does, 400);
  if (method !== 'GET') return takesMethod(method, does) ? null : refuse(does, 405, ['Allow: GET']);
  return version === 'HTTP/1.1' || (version === 'HTTP/1.0' && does('takes-http-1.0')) ? null : refuse(does, 400);
}

function takesMethod(method: string, does: Does): boolean {
  return (method === 'POST' && does('takes-post')) || (method.toUpperCase() === 'GET' && does('takes-any-start-line'));
}

/** §4.2.1, 2. */
function judgeHost(head: Head, does: Does): Answer | null {
  const hosts = values(head, 'Host', does);
  if (hosts.length === 0) return does('takes-no-host') ? null : refuse(does, 400);
  if (hosts.length > 1) return does('takes-hosts') ? null : refuse(does, 400);
  return /^[^\s,/?#@]*$/.test(hosts[0] ?? '') || does('takes-host-list') ? null : refuse(does, 400);
}

/** §4.2.1, 3 and 4: lists that hold the token, in any case. */
function judgeUpgrade(head: Head, does: Does): Answer | null {
  return judgeToken(head, 'Upgrade', 'websocket', does) ?? judgeToken(head, 'Connection', 'Upgrade', does);
}

function judgeToken(head: Head, name: 'Upgrade' | 'Connection', token: string, does: Does): Answer | null {
  const lines = values(head, name, does);
  const isConnection = name === 'Connection';
  const isIt = (text: string): boolean => text.toLowerCase() === token.toLowerCase();
  if (elementsOf(lines).some(isIt)) {
    if (lines[0] === token) return null;
    return does(isConnection ? 'wants-connection-exactly' : 'wants-upgrade-exactly') ? refuse(does, 400) : null;
  }
  if (does(isConnection ? 'ignores-connection' : 'ignores-upgrade')) return null;
  const isThere = lines.some((line) => line.toLowerCase().includes(token.toLowerCase()));
  if (isThere && does(isConnection ? 'upgrade-anywhere' : 'websocket-anywhere')) return null;
  return refuse(does, isConnection ? 400 : 426, isConnection ? [] : SPOKEN);
}

/** §4.2.1, 5: one key, of 16 octets in base64. */
function judgeKey(head: Head, does: Does): Answer | null {
  const keys = values(head, 'Sec-WebSocket-Key', does);
  if (keys.length === 0) return does('takes-no-key') ? null : refuse(does, 400);
  if (keys.length > 1 && !does('takes-keys')) return refuse(does, 400);
  return /^[A-Za-z0-9+/]{22}==$/.test(keys[0] ?? '') || does('takes-short-keys') ? null : refuse(does, 400);
}

/** §4.2.1, 6; §4.4: another version is told which one is spoken. */
function judgeVersion(head: Head, does: Does): Answer | null {
  const versions = values(head, 'Sec-WebSocket-Version', does);
  const [version = ''] = versions;
  if (version === '13' && versions.length === 1) return null;
  if (does('ignores-version') || (version === '8' && does('speaks-version-8'))) return null;
  if (elementsOf(versions).includes('13') && does('takes-version-list')) return null;
  if (Number(version) === 13 && does('takes-version-numerically')) return null;
  if (versions.length !== 1 || !/^(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])$/.test(version)) return refuse(does, 400);
  return refuse(does, 426, does('names-no-version') ? SPOKEN.slice(0, 1) : SPOKEN);
}

/** No content, one origin, and subprotocols that are different tokens (§4.1, 10). */
function judgeRest(head: Head, does: Does): Answer | null {
  const lengths = values(head, 'Content-Length', does);
  const hasBody = lengths.some((length) => length !== '0') || values(head, 'Transfer-Encoding', does).length > 0;
  if (hasBody && !does('takes-body')) return refuse(does, 400);
  if (values(head, 'Origin', does).length > 1) return refuse(does, 400);
  const lines = values(head, 'Sec-WebSocket-Protocol', does);
  const protocols = elementsOf(lines);
  const inOrder = protocols.every(isToken) && new Set(protocols).size === protocols.length && (lines.length === 0 || protocols.length > 0);
  return inOrder || does('takes-bad-protocols') ? null : refuse(does, 400);
}

function open(
  key: string, protocols: readonly string[], offered: readonly string[], { answer, agreed }: ReturnType<typeof answerOffers>, does: Does,
): Answer {
  const declines = agreed !== null && does('declines-compression');
  const protocol = chosen(protocols, does);
  const extensions = extensionsOf(declines ? '' : answer, offered, does);
  const fields = [
    ...does('opens-without-upgrade') ? [] : ['Upgrade: websocket'],
    ...does('opens-without-connection') ? [] : ['Connection: Upgrade'],
    `Sec-WebSocket-Accept: ${accept(key, does)}`,
    ...protocol === '' ? [] : [`Sec-WebSocket-Protocol: ${protocol}`],
    ...extensions === '' ? [] : [`Sec-WebSocket-Extensions: ${extensions}`],
    ...does('adds-fields') ? ['Date: Tue, 06 Oct 2026 08:49:37 GMT', 'X-Empty:', 'Set-Cookie: a=b, c', 'Set-Cookie: d=e'] : [],
  ];
  const written = does('names-in-lower-case') ? fields.map((field) => field.replace(/^[^:]*/, (name) => name.toLowerCase())) : fields;
  const startLine = does('opens-with-200') ? 'HTTP/1.1 200 OK' : 'HTTP/1.1 101 Switching Protocols';
  return { opens: true, response: [startLine, ...written, '', ''].join('\r\n'), agreed: declines ? null : agreed };
}

function extensionsOf(answer: string, offered: readonly string[], does: Does): string {
  if (answer === '' && does('extension-not-offered')) return 'permessage-deflate';
  return offered.length > 0 && does('extension-echoed') ? offered.join(', ') : answer;
}

function accept(key: string, does: Does): string {
  const hashed = (text: string | Buffer): string => createHash('sha1').update(text).digest('base64');
  const others: readonly (readonly [Switch, () => string])[] = [
    ['accept-without-guid', () => hashed(key)],
    ['accept-of-lower-case', () => acceptOf(key.toLowerCase())],
    ['accept-of-octets', () => hashed(Buffer.concat([Buffer.from(key, 'base64'), Buffer.from(GUID)]))],
    ['accept-in-hex', () => Buffer.from(acceptOf(key), 'base64').toString('hex')],
  ];
  return others.find(([name]) => does(name))?.[1]() ?? acceptOf(key);
}

/** The first that was offered: an echo has no other preference. */
function chosen(protocols: readonly string[], does: Does): string {
  const [first = ''] = protocols;
  if (does('protocol-not-offered')) return 'nobody.offered.this';
  if (first === '' || does('chooses-no-protocol')) return '';
  if (protocols.length > 1 && does('protocols-all')) return protocols.join(', ');
  return first !== first.toLowerCase() && does('protocol-in-lower-case') ? first.toLowerCase() : first;
}
