// The client's request as a message of HTTP/1.1 (RFC 9112): its first line, the grammar of its fields, and whether it has content.
//
// Law: what a server may be lenient about is told and not blamed; what lets two parties read two different requests is (RFC 9112 §11.2). Octets
// that belong to the request are never read as frames.

import type { Case, Outcome } from '../case.ts';
import { binary, hex, sawBinary } from '../write.ts';
import { accepts, isPlain, opening, refusal, refuses, requestHead, waiting } from './handshake-heads.ts';

/** Where the RFC allows both, the strict way is what is expected and the other one is told. */
function lenient(because: string): { readonly also: readonly Outcome[] } {
  return { also: [opening('informational', because)] };
}

const LINE: readonly Case[] = [
  accepts('9112-3.2.2/request-absolute-form', 'whose target is an absolute URI', 'a server accepts the absolute form of a target',
    ['9112-3.2.2-1', '6455-4.2.1-4'], { line: 'GET http://{host}{resource} HTTP/1.1' }),
  refuses('4.2.1/request-post', 'with the method POST', 'an opening handshake is a GET', ['6455-4.2.1-4'],
    { line: 'POST {resource} HTTP/1.1' }),
  refuses('4.2.1/request-http10', 'of HTTP/1.0', 'Upgrade in a request of HTTP/1.0 is ignored', ['6455-4.2.1-4', '9110-7.8-8'],
    { line: 'GET {resource} HTTP/1.0' }),
  refuses('9112-3.1/request-method-lower', 'with the method get', 'methods are compared as they are written', ['9112-3.1-1'],
    { line: 'get {resource} HTTP/1.1' }),
  refuses('9112-2.3/request-version-lower', 'of http/1.1', 'the name of HTTP is in capitals', ['9112-2.3-1'],
    { line: 'GET {resource} http/1.1' }),
  refuses('9112-3/request-no-version', 'without a version of HTTP', 'a request line has three parts', ['9112-3-1', '6455-4.2.1-4'],
    { line: 'GET {resource}' }),
  refuses('3/request-target-fragment', 'whose target has a fragment', 'a resource name has none', ['6455-3-5', '9112-3.2-2'],
    { line: 'GET {resource}#x HTTP/1.1' },
    { also: [opening('non-strict', 'The server corrects or ignores a target that is not valid (RFC 9112 §3.2).')] }),
  refuses('9112-3/request-double-space', 'with two spaces behind the method', 'single spaces separate the parts of a request line',
    ['9112-3-1', '9112-3-2'], { line: 'GET  {resource} HTTP/1.1' },
    lenient('The server takes any white space in a request line for one space (RFC 9112 §3).')),
  accepts('9112-2.2/request-leading-crlf', 'behind an empty line', 'a server ignores an empty line before a request', ['9112-2.2-6'],
    { line: ['', 'GET {resource} HTTP/1.1'] },
    { also: refusal('non-strict', 'The server does not ignore an empty line before the request, as RFC 9112 §2.2 says it should.') }),
];

/** The head with LF alone at the end of every line. */
const BARE_LF = [{ head: requestHead().head.replaceAll('\r\n', '\n') }];

const KEPT_NUL = 'The server goes on with a NUL in a value: RFC 9110 §5.5 lets it only if it puts a space there, which cannot be seen.';
const KEPT_CR = 'The server goes on with a CR in a value, which may be the end of a line for the next party.';

const FIELDS: readonly Case[] = [
  refuses('9112-5.2/request-obs-fold', 'whose Connection goes on in a second line', 'a folded value is refused, or unfolded with a space',
    ['9112-5.2-2'], { connection: 'Connection: keep-alive,\r\n Upgrade' }, lenient('The server unfolds values (RFC 9112 §5.2).')),
  refuses('9112-5.1/request-space-before-colon', 'with a space between Upgrade and its colon', 'such a request is refused with 400',
    ['9112-5.1-1'], { upgrade: 'Upgrade : websocket' }),
  refuses('9112-2.2/request-leading-space-first-header', 'whose first field line begins with a space',
    'the request is refused, or such lines are left out', ['9112-2.2-8'], { line: 'GET {resource} HTTP/1.1\r\n X: y' },
    lenient('The server leaves out what begins with white space behind the request line (RFC 9112 §2.2).')),
  refuses('9112-5/request-no-colon', 'with a field line that has no colon', 'a name and a colon begin a field line', ['9112-5-1'],
    { more: 'garbage' }),
  refuses('9112-5/request-empty-name', 'with a field that has no name', 'a name and a colon begin a field line', ['9112-5-1', '9110-5.6.2-1'],
    { more: ': x' }),
  refuses('9110-5.6.2/request-bad-name-char', 'with a space inside the name of a field', 'the name of a field is a token',
    ['9110-5.6.2-1', '9110-5.1-1'], { more: 'X Y: 1' }),
  refuses('9110-5.5/request-nul-in-value', 'with a NUL in the value of a field', 'such a message is refused, or the NUL replaced by a space',
    ['9110-5.5-1'], { more: 'X: a\0b' }, { also: [opening('non-strict', KEPT_NUL)] }),
  refuses('9112-2.2/request-bare-cr-in-value', 'with a CR alone in the value of a field', 'it is invalid, or replaced by a space',
    ['9112-2.2-4'], { more: 'X: a\rb' }, { also: [opening('non-strict', KEPT_CR)] }),
  refuses('9112-2.2/request-bare-lf-terminators', 'whose lines end with LF alone', 'a line ends with CRLF, and LF alone may do', ['9112-2.2-2'],
    BARE_LF, {
      also: [
        opening('informational', 'The server takes LF alone for the end of a line (RFC 9112 §2.2).'),
        waiting('informational', 'The server waits for a line to end with CRLF.'),
      ],
    }),
  accepts('9110-5.5/request-obs-text-elsewhere', 'with an octet above 127 in the value of an unknown field', 'such octets are opaque data',
    ['9110-5.5-3'], { more: 'X-Name: caf\u00e9' }),
  refuses('9110-5.3/request-origin-dup', 'with two origins', 'there is one Origin', ['9110-5.3-1'],
    { more: ['Origin: http://a', 'Origin: http://b'] },
    { also: [opening('non-strict', 'The server takes no notice of a second Origin, so whoever checks it may check the wrong one.')] }),
  accepts('9110-7.8/request-expect-100', 'with Expect: 100-continue', 'there is no content to wait for', ['9110-7.8-10', '9110-10.1.1-1'],
    { more: 'Expect: 100-continue' }, { also: refusal('informational', 'The server refuses a request that expects 100.') }),
];

const READ_AS_FRAMES = 'The server reads the content of the request as frames: another party on the way sees other frames than it does.';

/** A request with content: it is refused, or the content is skipped. */
const SKIPS: { readonly also: readonly Outcome[] } = {
  also: [
    opening('informational', 'The server skips the content of the request and opens (RFC 9112 §6.3).'),
    { grade: 'fail', because: READ_AS_FRAMES, sees: [{ http: 101 }, { maybe: 'close' }, 'end'] },
  ],
};

const CHUNKED = 'Transfer-Encoding: chunked';

const CONTENT: readonly Case[] = [
  accepts('9112-6.3/request-content-length-0', 'with Content-Length: 0', 'that is no content', ['9112-6.3-4'], { more: 'Content-Length: 0' }),
  refuses('9112-6.3/request-content-length-5', 'with five octets of content',
    'an opening handshake has none; a server that lets it have some skips them',
    ['9112-6.3-5'], { more: 'Content-Length: 5' }, { ...SKIPS, behind: [{ octets: { text: 'hello' } }] }),
  refuses('9112-6.1/request-cl-and-te', 'with Content-Length and Transfer-Encoding', 'that is how requests are smuggled',
    ['9112-6.1-3', '9112-11.2-1'], { more: ['Content-Length: 5', CHUNKED] },
    { also: [waiting('non-strict', 'The server waits for content that is announced in two ways instead of refusing it (RFC 9112 §6.1).')] }),
  refuses('9112-6.3/request-cl-conflict', 'with Content-Length: 5 and Content-Length: 6', 'nobody knows where it ends', ['9112-6.3-2'],
    { more: ['Content-Length: 5', 'Content-Length: 6'] }),
  refuses('9112-6.1/request-te-chunked', 'with chunked content, which is empty',
    'an opening handshake has none; a server that lets it have some skips it',
    ['9112-6.3-5'], { more: CHUNKED }, { ...SKIPS, behind: [{ octets: { text: '0\r\n\r\n' } }] }),
  refuses('9112-6.3/request-content-that-is-a-frame', 'whose content is a frame', 'content is not read as frames',
    ['9112-6.3-5', '9112-11.2-1'],
    { more: 'Content-Length: 11' }, {
      also: [
        opening('informational', 'The server skips the content of the request and opens (RFC 9112 §6.3).'),
        { grade: 'fail', because: READ_AS_FRAMES, sees: [{ http: 101 }, sawBinary(hex('534d55474c')), 'anything'] },
      ],
      behind: [binary(hex('534d55474c'))],
    }),
];

/** What is not HTTP at all. */
const NO_HTTP: readonly Case[] = [
  isPlain('9112-2.2/request-is-a-frame', 'that is no request but a Ping', 'octets that do not fit the grammar of HTTP are answered with 400',
    ['9112-2.2-9', '6455-10.7-4'], [{ frame: 9, payload: { text: 'who?' } }, { octets: { text: '\r\n\r\n' } }],
    { also: [waiting('informational', 'The server waits for more of what cannot be a request.')] }),
  isPlain('9112-2.2/request-is-tls', 'that is no request but the beginning of TLS',
    'octets that do not fit the grammar of HTTP are answered with 400',
    ['9112-2.2-9', '6455-10.7-4'], [{ octets: hex('16 03 01 00 c8 01 00 00 c4 03 03 0d 0a 0d 0a') }],
    { also: [waiting('informational', 'The server waits for more of what cannot be a request.')] }),
];

export const HANDSHAKE_REQUEST_SYNTAX: readonly Case[] = [...LINE, ...FIELDS, ...CONTENT, ...NO_HTTP];
