// The client's request, field by field (RFC 6455 §4.2.1): what makes it an opening handshake, and each thing that makes it none.
//
// Law: every field that §4.2.1 names is once right in an unusual way, once absent, once empty, once repeated. Where a list may be read in two
// ways, both are told apart and neither is blamed.

import type { Case, Outcome } from '../case.ts';
import { informational, nonStrict, passes } from '../write.ts';
import { accepts, answered, isPlain, opening, refusal, refuses, REFUSED_BADLY } from './handshake-heads.ts';
import type { RequestLines } from './handshake-heads.ts';

/** The fields of one request are missing, empty or doubled: code that took them for granted has fallen over that. */
const TAKEN_FOR_GRANTED = ['CVE-2024-37890'];

const CONNECTION: readonly Case[] = [
  accepts('4.2.1/request-baseline', 'that has just the fields an opening handshake needs', 'nothing is missing',
    ['6455-4.2.1-4', '6455-4.2.2-17', '6455-4.2.2-18', '6455-4.2.2-19', '6455-4.2.2-20', '6455-4.2.2-21', '6455-4.2.2-25'], {}),
  accepts('4.2.1/request-connection-list', 'whose Connection lists keep-alive and Upgrade', 'Connection is a list of options',
    ['6455-4.2.1-7'], { connection: 'Connection: keep-alive, Upgrade' }),
  accepts('4.2.1/request-connection-two-lines', 'with keep-alive in one Connection line and Upgrade in another',
    'the lines of a list are one list', ['6455-4.2.1-7', '9110-5.2-1'], { connection: ['Connection: keep-alive', 'Connection: Upgrade'] }),
  accepts('4.2.1/request-connection-case', 'with CONNECTION: uPgRaDe', 'names of fields and options are compared ignoring case',
    ['6455-4.2.1-7', '9110-5.1-1', '9110-7.6.1-1'], { connection: 'CONNECTION: uPgRaDe' }),
  accepts('4.2.1/request-connection-twice', 'with Connection: Upgrade in two lines', 'an option may be listed twice',
    ['6455-4.2.1-7', '9110-5.2-1'], { connection: ['Connection: Upgrade', 'Connection: Upgrade'] }, { incidents: TAKEN_FOR_GRANTED }),
  accepts('9110-5.6.1.2/request-connection-empty-elements', 'whose Connection has empty elements before and after Upgrade',
    'empty elements of a list are ignored', ['9110-5.6.1.2-1'], { connection: 'Connection: , Upgrade ,' }),
  isPlain('4.2.1/request-connection-substring', 'with Connection: upgrade-insecure-requests',
    'that option is another one, although it begins alike', ['6455-4.2.1-7'], { connection: 'Connection: upgrade-insecure-requests' }),
  isPlain('4.2.1/request-connection-keepalive-only', 'with Connection: keep-alive', 'Upgrade is no option of the connection',
    ['6455-4.2.1-7', '9110-7.6.1-3'], { connection: 'Connection: keep-alive' }),
  isPlain('4.2.1/request-connection-missing', 'without Connection', 'an Upgrade field counts only if Connection names it',
    ['6455-4.2.1-7', '9110-7.6.1-3'], { connection: null }, { incidents: TAKEN_FOR_GRANTED }),
  isPlain('4.2.1/request-connection-empty', 'with an empty Connection', 'Upgrade is not among no options',
    ['6455-4.2.1-7', '9110-7.6.1-3'], { connection: 'Connection:' }, { incidents: TAKEN_FOR_GRANTED }),
];

const UPGRADE: readonly Case[] = [
  accepts('4.2.1/request-upgrade-case', 'with Upgrade: WebSocket', 'the keyword is compared ignoring case',
    ['6455-4.2.1-6', '6455-11.2-1', '9110-7.8-3'], { upgrade: 'Upgrade: WebSocket' }),
  accepts('4.2.1/request-upgrade-list', 'whose Upgrade lists foo and websocket', 'the field contains websocket', ['6455-4.2.1-6', '9110-7.8-1'],
    { upgrade: 'Upgrade: foo, websocket' },
    {
      also: refusal('informational', 'The server looks for websocket as the whole of Upgrade, not in a list.'),
      expects: 'The server answers with 101 and the connection works, or it refuses: not everybody reads Upgrade as a list.',
    }),
  accepts('4.2.1/request-upgrade-twice', 'with Upgrade: websocket in two lines', 'the lines of a list are one list',
    ['6455-4.2.1-6', '9110-5.2-1'], { upgrade: ['Upgrade: websocket', 'Upgrade: websocket'] },
    {
      also: refusal('informational', 'The server looks for websocket as the whole of Upgrade, not in a list.'), incidents: TAKEN_FOR_GRANTED,
      expects: 'The server answers with 101 and the connection works, or it refuses: not everybody reads Upgrade as a list.',
    }),
  isPlain('4.2.1/request-upgrade-h2c', 'with Upgrade: h2c', 'nobody asks for a WebSocket', ['6455-4.2.1-6', '9110-7.8-5'],
    { upgrade: 'Upgrade: h2c' }),
  isPlain('9110-7.8/request-upgrade-versioned', 'with Upgrade: websocket/13', 'a protocol with a version is not the keyword websocket',
    ['6455-4.2.1-6'], { upgrade: 'Upgrade: websocket/13' },
    { also: [opening('non-strict', 'The server leaves the version of a protocol in Upgrade aside.')] }),
  isPlain('4.2.1/request-upgrade-missing', 'without Upgrade', 'nobody asks for another protocol', ['6455-4.2.1-6'], { upgrade: null },
    { incidents: TAKEN_FOR_GRANTED }),
  isPlain('4.2.1/request-upgrade-empty', 'with an empty Upgrade', 'nobody asks for another protocol', ['6455-4.2.1-6'], { upgrade: 'Upgrade:' },
    { incidents: TAKEN_FOR_GRANTED }),
  isPlain('2.1/request-upgrade-kelvin', 'whose Upgrade has a Kelvin sign in UTF-8 for the k of websocket',
    'only A to Z and a to z are alike, however a library folds case', ['6455-2.1-2', '6455-4.2.1-6'],
    { upgrade: 'Upgrade: websoc\u00e2\u0084\u00aaet' }),
];

/** Keys whose answers are known; both ends of what 16 octets can be, and the corrected example of the RFC. */
const KEYS: readonly (readonly [name: string, key: string, what: string])[] = [
  ['example', 'dGhlIHNhbXBsZSBub25jZQ==', 'the example of RFC 6455 §1.3'],
  ['erratum-3150', 'AQIDBAUGBwgJCgsMDQ4PEA==', 'the octets 1 to 16, as erratum 3150 has them'],
  ['all-zero', 'AAAAAAAAAAAAAAAAAAAAAA==', 'sixteen octets of zero'],
  ['all-ones', '/////////////////////w==', 'sixteen octets of 255'],
  ['plus', 'x3JJHMbDL1EzLkh9GBhXDw==', 'an example that is widely known'],
];

const PADDED = 'The server refuses keys whose padding bits are set: RFC 4648 §3.5 lets it, but servers do not, and clients have such keys.';

const KEY: readonly Case[] = [
  ...KEYS.map(([name, key, what]) => accepts(`4.2.2/request-key-${name}`, `whose key is ${what}`,
    'Sec-WebSocket-Accept is computed from the text of the key', ['6455-4.2.1-8', '6455-4.2.2-21', '6455-4.2.2-22'],
    { key: `Sec-WebSocket-Key: ${key}` })),
  refuses('4.2.1/request-key-missing', 'without Sec-WebSocket-Key', 'there is a key', ['6455-4.2.1-8', '6455-4.2.1-2'], { key: null },
    { incidents: TAKEN_FOR_GRANTED }),
  refuses('4.2.1/request-key-empty', 'with an empty Sec-WebSocket-Key', 'a key is the base64 of 16 octets', ['6455-4.2.1-8', '6455-4.3-1'],
    { key: 'Sec-WebSocket-Key:' }, { incidents: TAKEN_FOR_GRANTED }),
  refuses('11.3.1/request-key-duplicate-same', 'with the same Sec-WebSocket-Key twice', 'there is one key', ['6455-11.3.1-2'],
    { key: ['Sec-WebSocket-Key: {key}', 'Sec-WebSocket-Key: {key}'] }, { incidents: TAKEN_FOR_GRANTED }),
  refuses('11.3.1/request-key-duplicate-different', 'with two keys', 'there is one key', ['6455-11.3.1-2'],
    { key: ['Sec-WebSocket-Key: {key}', 'Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA=='] }),
  refuses('4.2.1/request-key-short', 'whose key is the base64 of 3 octets', 'a key is the base64 of 16 octets', ['6455-4.2.1-8'],
    { key: 'Sec-WebSocket-Key: Zm9v' }),
  refuses('4.2.1/request-key-15-bytes', 'whose key is the base64 of 15 octets', 'a key is the base64 of 16 octets', ['6455-4.2.1-8'],
    { key: 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAA' }),
  refuses('4.2.1/request-key-17-bytes', 'whose key is the base64 of 17 octets', 'a key is the base64 of 16 octets', ['6455-4.2.1-8'],
    { key: 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAA=' }),
  refuses('4.3/request-key-no-padding', 'whose key has no padding', 'base64 of 16 octets ends with two signs of padding', ['6455-4.3-1'],
    { key: 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ' }),
  refuses('4648-3.3/request-key-base64url', 'whose key is written in base64url', '- and _ are not in the alphabet of base64', ['4648-3.3-1'],
    { key: 'Sec-WebSocket-Key: __________________-__w==' }),
  accepts('4648-3.5/request-key-nonzero-pad-bits',
    'whose key leaves bits set that padding has to clear, as the uncorrected example of the RFC does',
    'a decoder may refuse that, but clients copy the example', ['4648-3.5-2', '6455-4.2.2-8'],
    { key: 'Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEC==' }, { also: refusal('non-strict', PADDED) }),
  accepts('9112-5.1/request-key-ows', 'with tabs and spaces around the key', 'white space around a value is not part of it', ['9112-5.1-2'],
    { key: 'Sec-WebSocket-Key:\t {key} \t' }),
  refuses('4648-3.3/request-key-inner-space', 'with a space inside the key', 'a space is not in the alphabet of base64', ['4648-3.3-1'],
    { key: 'Sec-WebSocket-Key: dGhlIHNhbXBs ZSBub25jZQ==' }),
];

/** Refused for the version, saying which one is spoken (§4.2.2), so that a client can ask again. */
const VERSION_REFUSED: readonly Outcome[] = [
  passes({ http: [400, 599], fields: ['Sec-WebSocket-Version: 13'] }, { maybe: 'end' }), ...REFUSED_BADLY,
];

function otherVersion(version: string, draft: readonly Outcome[] = []): Case {
  return refuses(`4.2.2/request-version-${version}`, `for version ${version}`, 'it says in Sec-WebSocket-Version that it speaks 13',
    ['6455-4.2.2-9', '6455-4.4-2'], { version: `Sec-WebSocket-Version: ${version}` }, { outcomes: VERSION_REFUSED, also: draft });
}

const VERSION: readonly Case[] = [
  refuses('4.2.1/request-version-missing', 'without Sec-WebSocket-Version', 'there is a version', ['6455-4.2.1-9'], { version: null },
    { incidents: TAKEN_FOR_GRANTED }),
  refuses('4.2.1/request-version-empty', 'with an empty Sec-WebSocket-Version', 'a version is a number', ['6455-4.2.1-9', '6455-4.3-6'],
    { version: 'Sec-WebSocket-Version:' }, { incidents: TAKEN_FOR_GRANTED }),
  otherVersion('8', [opening('informational', 'The server speaks version 8 as well, a draft with the same frames (§4.4).')]),
  otherVersion('25'),
  otherVersion('0'),
  otherVersion('255'),
  refuses('11.3.5/request-version-dup', 'with Sec-WebSocket-Version: 13 twice', 'there is one version', ['6455-11.3.5-2'],
    { version: ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Version: 13'] }, { incidents: TAKEN_FOR_GRANTED }),
  refuses('4.3/request-version-list', 'for the versions 13 and 8 in one value', 'a request asks for one version',
    ['6455-4.2.1-9', '6455-4.3-6'], { version: 'Sec-WebSocket-Version: 13, 8' }),
  refuses('4.3/request-version-leading-zero', 'for version 013', 'a version has no leading zero', ['6455-4.3-6'],
    { version: 'Sec-WebSocket-Version: 013' }),
  refuses('4.3/request-version-float', 'for version 13.0', 'a version is decimal digits', ['6455-4.3-6'],
    { version: 'Sec-WebSocket-Version: 13.0' }),
  refuses('4.3/request-version-hex', 'for version 0xd', 'a version is decimal digits', ['6455-4.3-6'],
    { version: 'Sec-WebSocket-Version: 0xd' }),
  refuses('4.3/request-version-256', 'for version 256', 'a version is at most 255', ['6455-4.3-6'], { version: 'Sec-WebSocket-Version: 256' },
    { also: [opening('non-strict', 'The server opens for a version that cannot exist.')] }),
];

const HOST: readonly Case[] = [
  refuses('9112-3.2/request-host-missing', 'without Host', 'a request of HTTP/1.1 has a Host', ['9112-3.2-5', '6455-4.2.1-5'], { host: null },
    { incidents: TAKEN_FOR_GRANTED }),
  refuses('9112-3.2/request-host-dup', 'with the same Host twice', 'a request has one Host', ['9112-3.2-5'],
    { host: ['Host: {host}', 'Host: {host}'] }, { incidents: TAKEN_FOR_GRANTED }),
  refuses('9112-3.2/request-host-list', 'whose Host lists two', 'Host is one host', ['9112-3.2-5'], { host: 'Host: a.example, b.example' }),
  refuses('9112-3.2/request-host-empty', 'with an empty Host', 'Host is the authority of an http URI, which is never empty', ['6455-4.2.1-5'],
    { host: 'Host:' },
    {
      also: [opening('informational', 'The server opens although Host is empty, which RFC 9112 §3.2 knows for targets without an authority.')],
      incidents: TAKEN_FOR_GRANTED,
    }),
];

/** RFC 9110 §15.5.22: 426 says what to upgrade to. Asked for in a request that makes many servers answer with it. */
function upgradeRequired(): Case {
  return isPlain('9110-15.5.22/upgrade-required-says-to-what', 'that asks for no upgrade at all', '', ['9110-7.8-6', '9110-15.5.22-1'],
    { upgrade: null, connection: null }, {
    expects: 'A server that answers 426 says in Upgrade that it is for websocket.',
    outcomes: [
      passes({ http: 426, fields: ['Upgrade: websocket'] }, { maybe: 'end' }),
      { grade: 'fail', sees: answered(426), because: 'The server answers 426 without saying in Upgrade to what (RFC 9110 §15.5.22).' },
      informational('The server answers with something other than 426.', ...answered(200, 599)),
      nonStrict('The transport ends without an answer to a good request of HTTP.', 'end'),
    ],
  });
}

/** Order and spacing that are legal and seldom seen. */
const UNUSUAL: readonly Case[] = [
  accepts('4.2.1/request-fields-reversed', 'whose fields come in the reverse of the usual order', 'the order of fields does not matter',
    ['6455-4.2.1-3'], {
      host: 'Sec-WebSocket-Version: 13', upgrade: 'Sec-WebSocket-Key: {key}', connection: 'Connection: Upgrade', key: 'Upgrade: websocket',
      version: 'Host: {host}',
    }),
  accepts('9112-5.1/request-no-space-after-colon', 'without a space behind any colon', 'white space before a value is optional',
    ['9112-5-1', '9112-5.1-2'], {
      host: 'Host:{host}', upgrade: 'Upgrade:websocket', connection: 'Connection:Upgrade', key: 'Sec-WebSocket-Key:{key}',
      version: 'Sec-WebSocket-Version:13',
    }),
  accepts('9112-5.1/request-much-space', 'with several tabs and spaces around every value', 'white space around a value is not part of it',
    ['9112-5-1', '9112-5.1-2'], {
      host: 'Host: \t {host}\t\t', upgrade: 'Upgrade:   websocket   ', connection: 'Connection:\tUpgrade\t', key: 'Sec-WebSocket-Key:    {key}',
      version: 'Sec-WebSocket-Version:\t\t13 ',
    }),
  accepts('9110-5.1/request-names-in-capitals', 'whose field names are in capitals', 'names of fields are compared ignoring case',
    ['9110-5.1-1'], {
    host: 'HOST: {host}', upgrade: 'UPGRADE: WEBSOCKET', connection: 'CONNECTION: UPGRADE', key: 'SEC-WEBSOCKET-KEY: {key}',
    version: 'SEC-WEBSOCKET-VERSION: 13',
  }),
  accepts('4.2.1/request-unknown-fields', 'with fields nobody knows, one of them empty', 'unknown fields are ignored',
    ['6455-4.2.1-14', '9110-5.1-2'],
    { more: ['X-Mooring: bollard', 'X-Empty:', '__proto__: polluted', 'constructor: x', 'toString: x'] }, { incidents: ['ws 3.3.1'] }),
];

const HIJACKING = ['CVE-2025-24010', 'CVE-2025-30360'];

/** A server may be meant for everybody; who is meant for one site only should know that this one is not. */
function foreign(name: string, what: string, lines: RequestLines, because: string): Case {
  return accepts(`10.2/request-${name}`, what, '', ['6455-4.2.2-6', '6455-10.2-1', '6455-10.2-2'], lines, {
    expects: 'A server for certain sites refuses; one that is for everybody opens.', incidents: HIJACKING,
    outcomes: [passes(...answered(400, 599)), ...REFUSED_BADLY, opening('informational', because)],
  });
}

const FOREIGN: readonly Case[] = [
  foreign('origin-foreign', 'of a page of another site', { more: 'Origin: https://elsewhere.invalid' },
    'The server opens for any origin: every page that somebody visits can use it in their name.'),
  foreign('origin-null', 'whose origin is null', { more: 'Origin: null' },
    'The server opens for origin null, which a page in a frame can have at will.'),
  foreign('origin-alike', 'whose origin begins as the host of the server does', { more: 'Origin: http://{host}.elsewhere.invalid' },
    'The server opens for an origin that only begins like its own.'),
  foreign('host-foreign', 'for another host, as after DNS rebinding',
    { host: 'Host: elsewhere.invalid', more: 'Origin: http://elsewhere.invalid' },
    'The server opens for any Host: a page whose name was made to lead to it passes for its own.'),
];

export const HANDSHAKE_REQUEST: readonly Case[] = [
  ...CONNECTION, ...UPGRADE, ...KEY, ...VERSION, ...HOST, upgradeRequired(), ...UNUSUAL, ...FOREIGN,
];
