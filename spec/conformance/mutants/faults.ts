// What can be wrong with the endpoint beside this file: one switch each. A mutant is the endpoint with one of them on, in one role, and is
// named by the sentence of what it does wrong. Most of them were somebody's bug once; where it is known whose, it stands beside it.

import type { SubjectRole } from '../../../lib/conformance/case.ts';

const OPENING_OF_SERVERS = {
  'accept-without-guid': 'answers the key with its own hash, without the GUID',
  'accept-of-lower-case': 'answers the key in lower case',
  'accept-of-octets': 'answers the octets that the key stands for instead of its text',
  'accept-in-hex': 'writes Sec-WebSocket-Accept in hex',
  'opens-with-200': 'opens with 200 OK',
  'opens-without-connection': 'opens without the field Connection',
  'opens-without-upgrade': 'opens without the field Upgrade',
  'takes-post': 'opens for a POST',
  'takes-any-start-line': 'takes a start line for one that only looks like it',
  'takes-http-1.0': 'opens for HTTP/1.0',
  'takes-no-host': 'opens without Host',
  'takes-hosts': 'opens with two fields Host',
  'takes-host-list': 'opens with a list of hosts',
  'ignores-upgrade': 'does not look at Upgrade',
  'ignores-connection': 'does not look at Connection',
  'websocket-anywhere': 'takes "websocket" anywhere in Upgrade for the token',
  'upgrade-anywhere': 'takes "upgrade" anywhere in Connection for the token',
  'wants-connection-exactly': 'wants Connection to be exactly Upgrade',
  'wants-upgrade-exactly': 'wants Upgrade to be exactly websocket',
  'wants-names-as-written': 'wants the names of fields in the case of the RFC',
  'takes-last-line': 'heeds the last line of a field that has several',
  'ignores-version': 'does not look at the version',
  'takes-version-list': 'takes 13 in a list of versions',
  'takes-version-numerically': 'takes 013 and 13.0 for 13',
  'names-no-version': 'refuses a version without naming the one it speaks',
  'takes-no-key': 'opens without a key',
  'takes-short-keys': 'opens for a key that is not of 16 octets',
  'takes-keys': 'opens for two keys',
  'takes-body': 'opens for a request that announces content',
  'takes-bad-lines': 'passes over lines of a head that are no fields',
  'takes-space-before-colon': 'takes white space between a field\'s name and its colon',
  'throws-at-bad-head': 'throws at a head that is not in order', // CVE-2024-37890
  'takes-control-octets': 'takes NUL and CR in the value of a field',
  'gives-up-split-head': 'gives up when the head comes in two reads',
  'protocol-not-offered': 'chooses a subprotocol that was not offered',
  'protocols-all': 'answers with all subprotocols that were offered',
  'protocol-in-lower-case': 'answers with the subprotocol in lower case',
  'takes-bad-protocols': 'opens for subprotocols that are no tokens, or twice the same',
  'extension-not-offered': 'agrees to compression nobody offered',
  'extension-echoed': 'answers with whatever extensions were offered',
  'takes-bad-extensions': 'passes over a Sec-WebSocket-Extensions that breaks the grammar',
  'takes-bad-window': 'agrees to a window of 7 or of 16 bits', // CVE-2026-2229
  'takes-unknown-parameter': 'agrees to an offer with a parameter it does not know',
  'takes-parameter-twice': 'agrees to an offer with a parameter that stands there twice',
  'refuses-unknown-extension': 'refuses a request that offers an extension it does not know',
  'looks-up-inherited': 'looks the names of extensions up among what every object inherits', // ws 3.3.1
  'agrees-without-window': 'agrees to compression without the window that was asked of it',
  'agrees-without-takeover': 'agrees to compression without the server_no_context_takeover that was asked of it',
  'window-unasked': 'answers client_max_window_bits although the client did not offer it',
} as const;

const OPENING_OF_CLIENTS = {
  'asks-with-http-1.0': 'asks with HTTP/1.0',
  'asks-without-host': 'asks without Host',
  'asks-without-version': 'asks without a version',
  'asks-with-short-key': 'asks with a key of 8 octets',
  'asks-without-upgrade': 'asks without the token Upgrade in Connection',
  'asks-with-protocol-twice': 'offers a subprotocol twice',
  'writes-before-open': 'sends a frame before the server has answered',
  'takes-any-accept': 'does not look at Sec-WebSocket-Accept', // AsyncHttpClient/async-http-client#2211
  'takes-accept-in-any-case': 'compares Sec-WebSocket-Accept without regard to case',
  'takes-no-accept': 'opens without Sec-WebSocket-Accept',
  'takes-any-status': 'does not look at the status',
  'takes-response-without-upgrade': 'does not look at Upgrade',
  'takes-response-without-connection': 'does not look at Connection',
  'wants-response-connection-exactly': 'wants Connection to be exactly Upgrade', // OkHttp
  'wants-response-names-as-written': 'wants the names of fields in the case of the RFC',
  'takes-protocol-not-offered': 'opens with a subprotocol it did not offer',
  'takes-protocols': 'opens with two subprotocols',
  'takes-extension-not-offered': 'opens with an extension it did not offer',
  'takes-bad-answer-window': 'opens with a window of 7 or of 16 bits', // CVE-2026-2229
  'takes-bad-answer-parameter': 'opens with a parameter of compression it does not know',
  'throws-at-bad-response': 'throws at a response that is not in order',
  'refuses-interim': 'takes an interim response for the final one',
  'takes-response-http-1.0': 'opens with a response of HTTP/1.0',
  'gives-up-split-response': 'gives up when the head comes in two reads',
} as const;

const OF_SERVERS = {
  'takes-unmasked': 'takes frames that are not masked', // theturtle32/WebSocket-Node#226
  'masks-as-server': 'masks its frames although it is a server',
  'key-anew-per-read': 'begins anew with the masking key in every read',
  'never-ends': 'does not end the transport after the closing handshake',
  'fails-and-stays': 'sends a Close when it fails the connection, and does not end the transport',
  'resets-at-close': 'resets the transport after the closing handshake',
} as const;

const OF_CLIENTS = {
  'takes-masked': 'takes masked frames of a server',
  'never-masks': 'does not mask its frames although it is a client',
  'one-key': 'masks every frame with the same key', // dart-lang/http#1676
  'zero-key': 'masks with a key of zeros',
  'counting-keys': 'masks with keys that count',
  'narrow-keys': 'masks with keys of 16 bits',
  'java-keys': 'masks with keys of java.util.Random', // lysine-dev/okhttp#9472
} as const;

const OF_BOTH = {
  // ---- §5.2 to §5.4: frames and fragments
  'loses-frame-behind-head': 'loses the frame that comes in the same packet as the head', // theturtle32/WebSocket-Node#91
  'takes-rsv2': 'takes frames with RSV2 or RSV3 set',
  'takes-rsv1': 'takes RSV1 although no extension was agreed on',
  'takes-reserved-data': 'passes over frames with the opcodes 3 to 7',
  'takes-reserved-control': 'passes over frames with the opcodes 11 to 15',
  'takes-fragmented-control': 'takes control frames without FIN',
  'takes-long-control': 'takes control frames of more than 125 octets',
  'takes-orphan': 'takes a continuation of nothing for a text',
  'takes-interleaved': 'begins a message in the midst of another',
  'ends-at-empty-fragment': 'takes an empty fragment for the end of its message',
  'forgets-at-control': 'forgets the message under way when a control frame comes between its fragments',
  'echoes-fragments': 'echoes every fragment as a message of its own',
  'writes-opcode-in-fragments': 'sends echoes in two fragments and writes the opcode of the message into both',
  'signed-16': 'reads the 16-bit length as a signed number', // ASPLes/nopoll#84
  'little-endian': 'reads the 16-bit length from its lower octet on',
  'low-32': 'reads the lower 32 bits of a 64-bit length alone', // CVE-2026-54466
  'takes-top-bit': 'takes a 64-bit length with its top bit set, without that bit', // CVE-2026-1528
  'takes-long-forms': 'takes lengths that are not in their shortest form',
  'writes-long-forms': 'writes every length above 125 in 64 bits',
  'writes-65535-long': 'writes a length of 65,535 in 64 bits',
  'reserves-promised': 'makes room for what a header promises, however much, before it comes', // faye/faye-websocket-node#26
  'judges-late': 'judges a frame when the whole of it has come',
  'gives-up-split-header': 'gives up when a frame\'s header comes in two reads',
  'one-frame-per-read': 'reads one frame of every read and loses what stands behind it',
  'takes-part-for-whole': 'takes what has come of a frame for the whole of it',
  'no-back-pressure': 'reads on while its own output is not taken',

  // ---- the echo
  'drops-empty': 'echoes no empty messages',
  'cuts-at-65535': 'cuts messages at 65,535 octets',
  'refuses-above-65536': 'refuses messages of more than 65,536 octets',
  'swaps-echoes': 'swaps the echoes of two messages that come in one read',
  'merges-messages': 'makes one message of two of the same kind that come in one read',
  'binary-as-text': 'echoes binary messages as text',
  'text-as-binary': 'echoes text messages as binary',
  'cuts-at-nul': 'ends a text at U+0000',
  'drops-bom': 'drops a U+FEFF that a text begins with',

  // ---- §8.1: UTF-8
  'utf8-unchecked': 'does not check UTF-8',
  'utf8-replaced': 'replaces what is no UTF-8 by U+FFFD',
  'utf8-at-the-end': 'checks UTF-8 when the whole message has come',
  'utf8-forgets-between-fragments': 'forgets between two fragments what a character still lacks',
  'utf8-forgets-between-reads': 'forgets between two reads what a character still lacks', // status-im/nim-websock#85
  'utf8-surrogates': 'takes surrogates for characters',
  'utf8-overlong': 'takes overlong forms of characters',
  'utf8-beyond': 'takes characters beyond U+10FFFF',
  'utf8-cut-off': 'takes a text whose last character is cut off',
  'utf8-refuses-noncharacters': 'refuses U+FFFE and U+FFFF',
  'utf8-of-binary': 'holds binary messages to UTF-8',
  'utf8-of-reason-unchecked': 'does not check the UTF-8 of a reason for closing',

  // ---- §5.5.2, §5.5.3: Ping and Pong
  'no-pong': 'answers no Ping',
  'last-pong': 'answers the last of the Pings in one read alone',
  'empty-pong': 'answers a Ping with an empty Pong',
  'short-pong': 'cuts the payload of its Pongs at 100 octets',
  'late-pong': 'answers a Ping when the message under way has ended',
  'fails-on-pong': 'fails on a Pong it did not ask for',
  'pong-flood': 'queues a Pong for every Ping of a flood without bound', // curl/curl#21911

  // ---- §5.5.1, §7: Close
  'no-close': 'does not answer a Close',
  'drops-at-close': 'ends the transport at a Close and does not answer it',
  'close-with-1006': 'answers a Close with 1006',
  'close-with-0': 'answers a Close with the code 0',
  'close-twice': 'answers a Close twice',
  'close-forgets-echoes': 'forgets what it has not sent yet when a Close comes',
  'echoes-after-close': 'reads and echoes on behind a Close',
  'ignores-end': 'does not notice that the other side has ended',
  'takes-1005': 'takes the close codes 1005, 1006 and 1015',
  'takes-below-1000': 'takes close codes below 1000',
  'takes-unassigned': 'takes the close codes 1004 and 1016 to 2999',
  'refuses-1012': 'refuses the close codes 1012 to 1014',
  'refuses-private': 'refuses the close codes 3000 to 4999',
  'takes-short-close': 'takes a Close with one octet',
  'close-in-message': 'refuses a Close between the fragments of a message',

  // ---- §7.1.7: failing the connection
  'fails-with-1000': 'fails the connection with 1000, whatever was wrong',
  'fails-with-1002': 'fails the connection with 1002, whatever was wrong',
  'fails-and-goes-on': 'sends a Close when it fails the connection, and echoes on',
  'fails-by-throwing': 'throws once something is wrong', // websockets/ws#1777
  'fails-and-hangs': 'does nothing any more once something was wrong',
} as const;

const OF_COMPRESSION = {
  'refuses-plain': 'refuses messages that are not compressed once compression was agreed on',
  'utf8-compressed-unchecked': 'does not check the UTF-8 of compressed texts',
  'takes-rsv1-on-control': 'takes RSV1 on control frames',
  'takes-rsv1-on-continuation': 'takes RSV1 on continuations',
  'inflates-fragments': 'inflates every fragment by itself',
  'inflates-without-tail': 'does not put 00 00 ff ff behind a message before it inflates it',
  'takes-corrupt': 'takes corrupt data for an empty message',
  'stops-at-final-block': 'stops inflating at a final block',
  'forgets-at-final-block': 'forgets its history at a final block',
  'forgets-history': 'forgets its history between two messages although nobody agreed to that',
  'short-history': 'remembers 4 KiB of what it has inflated',
  'remembers-plain': 'takes messages that were not compressed into the history',
  'no-inflate-limit': 'has no limit while it inflates', // CVE-2026-54490
  'keeps-history': 'compresses with history although it agreed not to',
  'wide-window': 'compresses with a larger window than it agreed to',
  'leaves-tail': 'leaves 00 00 ff ff at the end of what it compresses',
  'no-rsv1': 'compresses without setting RSV1',
  'rsv1-without-compression': 'sets RSV1 on messages it did not compress',
  'rsv1-on-every-frame': 'sends compressed echoes in two fragments and sets RSV1 on both',
  'compresses-control': 'compresses Pongs',
} as const;

export type Fault =
  | keyof typeof OPENING_OF_SERVERS | keyof typeof OPENING_OF_CLIENTS | keyof typeof OF_SERVERS | keyof typeof OF_CLIENTS
  | keyof typeof OF_BOTH | keyof typeof OF_COMPRESSION;

/** The endpoint with one switch on, in one role. */
export interface Mutant {
  readonly fault: Fault;
  readonly role: SubjectRole;
  /** What it does wrong, behind "a server that" or "a client that". */
  readonly does: string;
  /** It may be caught because it does not open, or opens where it should not. Any other has to be caught once it is open. */
  readonly inOpening: boolean;
  /** What catches it takes much data: the id of that case. Others are caught by light ones. */
  readonly heavy: string | null;
}

const HEAVY: Readonly<Partial<Record<Fault, string>>> = {
  'no-back-pressure': '10.4/echo-flood-of-large-messages-unread', 'pong-flood': '10.4/ping-flood-unread', 'no-inflate-limit': '7692-8/bomb',
};

const GROUPS: readonly [faults: Readonly<Record<string, string>>, roles: readonly SubjectRole[], inOpening: boolean][] = [
  [OPENING_OF_SERVERS, ['server'], true], [OPENING_OF_CLIENTS, ['client'], true],
  [OF_SERVERS, ['server'], false], [OF_CLIENTS, ['client'], false],
  [OF_BOTH, ['server', 'client'], false], [OF_COMPRESSION, ['server', 'client'], false],
];

function mutantsOf(faults: Readonly<Record<string, string>>, roles: readonly SubjectRole[], inOpening: boolean): Mutant[] {
  const named = Object.entries(faults) as [Fault, string][];
  return roles.flatMap((role) => named.map(([fault, does]) => ({ fault, role, does, inOpening, heavy: HEAVY[fault] ?? null })));
}

export const MUTANTS: readonly Mutant[] = GROUPS.flatMap((group) => mutantsOf(...group));
