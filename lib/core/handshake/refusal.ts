// One table of everything a handshake is refused for: one row, one rule.
//
// Law: the peer's mistake is data. A judge returns a `Refusal`; nobody throws one. A row says which rule of which document was
// broken, and with which status a server answers (0: only a client judges it, or nobody is left to read an answer). A refusal in
// a concrete handshake adds what was expected and what was found, bounded and escaped, so that it teaches and cannot be used to
// smuggle control characters into a log.

const rows = {
  // The message: shared by both sides.
  REQUEST_LINE_MALFORMED: [400, 'RFC 9112 §3', 'A request line is method SP target SP HTTP-version and nothing else.'],
  STATUS_LINE_MALFORMED: [0, 'RFC 9112 §4', 'A status line is HTTP-version SP three digits SP optional reason phrase.'],
  HTTP_VERSION_MALFORMED: [400, 'RFC 9112 §2.3', 'An HTTP version is "HTTP/", a digit, a point and a digit, in upper case.'],
  BARE_LF: [400, 'RFC 9112 §2.2', 'A line ends with CR LF.'],
  BARE_CR: [400, 'RFC 9112 §2.2', 'A CR is followed by an LF.'],
  WHITE_SPACE_BEFORE_FIELDS: [400, 'RFC 9112 §2.2', 'No white space stands between the start line and the first field.'],
  OBS_FOLD: [400, 'RFC 9112 §5.2', 'A field value is not folded over several lines.'],
  FIELD_NAME_MISSING: [400, 'RFC 9112 §5', 'A field line begins with a field name.'],
  FIELD_NAME_INVALID: [400, 'RFC 9110 §5.1', 'A field name is a token.'],
  SPACE_BEFORE_COLON: [400, 'RFC 9112 §5.1', 'A field name is followed by its colon at once.'],
  COLON_MISSING: [400, 'RFC 9112 §5', 'A field line has a colon after its name.'],
  FIELD_VALUE_INVALID: [400, 'RFC 9110 §5.5', 'A field value holds no control character but HTAB.'],
  TARGET_TOO_LONG: [414, 'RFC 9112 §3', 'The request target fits the limits of the server.'],
  LINE_TOO_LONG: [431, 'RFC 9110 §5.4', 'Every line of the head fits maxLineLength.'],
  HEAD_TOO_LARGE: [431, 'RFC 9110 §5.4', 'The head fits maxHeadSize.'],
  TOO_MANY_FIELDS: [431, 'RFC 9110 §5.4', 'The head has no more field lines than maxHeaderCount.'],
  EXTENSIONS_MALFORMED: [400, 'RFC 6455 §9.1', 'Sec-WebSocket-Extensions follows its grammar.'],

  // The request, judged by a server.
  METHOD_UNKNOWN: [501, 'RFC 9110 §9.1', 'The method is one that HTTP defines; methods are case-sensitive.'],
  METHOD_NOT_GET: [405, 'RFC 6455 §4.2.1', 'The method of an opening handshake is GET.'],
  HTTP_VERSION_TOO_OLD: [400, 'RFC 6455 §4.2.1', 'An opening handshake is HTTP/1.1 or higher.'],
  HTTP_VERSION_UNSUPPORTED: [505, 'RFC 9110 §15.6.6', 'The message is of major version 1 of HTTP.'],
  TARGET_INVALID: [400, 'RFC 6455 §4.2.1', 'The target is a resource name, or an absolute http or https URI that contains one.'],
  HOST_MISSING: [400, 'RFC 9112 §3.2', 'A request has a Host field.'],
  HOST_REPEATED: [400, 'RFC 9112 §3.2', 'A request has one Host field only.'],
  HOST_INVALID: [400, 'RFC 9112 §3.2', 'Host is a host and an optional port.'],
  CONTENT_LENGTH_INVALID: [400, 'RFC 9112 §6.3', 'Content-Length is one decimal number.'],
  TRANSFER_CODED: [400, 'RFC 9112 §6.3', 'An opening handshake has no body, so no Transfer-Encoding.'],
  BODY_ANNOUNCED: [400, 'RFC 9112 §6.3', 'An opening handshake has no body.'],
  UPGRADE_MISSING: [426, 'RFC 6455 §4.2.1', 'A request has an Upgrade field that contains websocket.'],
  UPGRADE_MALFORMED: [400, 'RFC 9110 §7.8', 'Upgrade is a list of protocols.'],
  UPGRADE_NOT_WEBSOCKET: [426, 'RFC 6455 §4.2.1', 'The Upgrade field contains websocket.'],
  CONNECTION_MISSING: [426, 'RFC 6455 §4.2.1', 'A request has a Connection field that contains Upgrade.'],
  CONNECTION_MALFORMED: [400, 'RFC 9110 §7.6.1', 'Connection is a list of tokens.'],
  CONNECTION_NOT_UPGRADE: [426, 'RFC 6455 §4.2.1', 'The Connection field contains Upgrade.'],
  VERSION_MISSING: [400, 'RFC 6455 §4.2.1', 'A request has a Sec-WebSocket-Version field.'],
  VERSION_REPEATED: [400, 'RFC 6455 §11.3.5', 'Sec-WebSocket-Version appears once in a request.'],
  VERSION_MALFORMED: [400, 'RFC 6455 §4.3', 'A version is 0 to 255 in decimal, without leading zeros.'],
  VERSION_UNSUPPORTED: [426, 'RFC 6455 §4.2.2', 'The version is 13.'],
  KEY_MISSING: [400, 'RFC 6455 §4.2.1', 'A request has a Sec-WebSocket-Key field.'],
  KEY_REPEATED: [400, 'RFC 6455 §11.3.1', 'Sec-WebSocket-Key appears once in a request.'],
  KEY_INVALID: [400, 'RFC 6455 §4.2.1', 'Sec-WebSocket-Key is base64 that decodes to 16 bytes.'],
  ORIGIN_REPEATED: [400, 'RFC 9110 §5.3', 'Origin appears once in a request.'],
  PROTOCOLS_MALFORMED: [400, 'RFC 6455 §4.3', 'Sec-WebSocket-Protocol is a list of one or more tokens.'],
  PROTOCOLS_NOT_UNIQUE: [400, 'RFC 6455 §4.1', 'Every subprotocol is offered once.'],
  EXPECTATION_UNKNOWN: [417, 'RFC 9110 §10.1.1', 'The only expectation is 100-continue.'],
  ORIGIN_REFUSED: [403, 'RFC 6455 §10.2', 'The origin is one that the server accepts.'],
  HOST_REFUSED: [421, 'RFC 9110 §15.5.20', 'The host is one that the server answers for.'],
  HEAD_TIMEOUT: [408, 'RFC 9110 §15.5.9', 'The whole head arrives before the deadline of the opening handshake.'],
  DECISION_TIMEOUT: [503, 'RFC 9110 §15.6.4', 'The server decides before the deadline of the opening handshake.'],
  HEAD_INCOMPLETE: [400, 'RFC 9112 §8', 'The transport ends after the head, not inside it.'],
  TRANSPORT_ENDED: [0, 'RFC 6455 §4.2.1', 'The transport stays open during the opening handshake.'],

  // The response, judged by a client.
  STATUS_NOT_101: [0, 'RFC 6455 §4.1', 'A server accepts with status 101.'],
  RESPONSE_VERSION_TOO_OLD: [0, 'RFC 6455 §4.2.2', 'The response is HTTP/1.1 or higher, of major version 1.'],
  TOO_MANY_INTERIM_RESPONSES: [0, 'RFC 9110 §15.2', 'A reasonable number of interim responses precedes the final one.'],
  RESPONSE_UPGRADE_MISSING: [0, 'RFC 6455 §4.1', 'The response has an Upgrade field.'],
  RESPONSE_UPGRADE_WRONG: [0, 'RFC 6455 §4.1', 'The Upgrade field of the response is websocket.'],
  RESPONSE_CONNECTION_MISSING: [0, 'RFC 6455 §4.1', 'The response has a Connection field.'],
  RESPONSE_CONNECTION_WRONG: [0, 'RFC 6455 §4.1', 'The Connection field of the response contains Upgrade.'],
  ACCEPT_MISSING: [0, 'RFC 6455 §4.1', 'The response has a Sec-WebSocket-Accept field.'],
  ACCEPT_REPEATED: [0, 'RFC 6455 §11.3.3', 'Sec-WebSocket-Accept appears once in a response.'],
  ACCEPT_WRONG: [0, 'RFC 6455 §4.1', 'Sec-WebSocket-Accept is computed from the key that was sent.'],
  EXTENSION_NOT_OFFERED: [0, 'RFC 6455 §4.1', 'The server uses only extensions that were offered.'],
  EXTENSION_REPEATED: [0, 'RFC 6455 §9.1', 'The server uses an extension once.'],
  EXTENSION_PARAMETERS_WRONG: [0, 'RFC 6455 §9.1', 'The parameters of an extension in use are what its specification allows in answer to the offer.'],
  PROTOCOL_REPEATED: [0, 'RFC 6455 §11.3.4', 'Sec-WebSocket-Protocol appears once in a response.'],
  PROTOCOL_MISSING: [0, 'RFC 6455 §4.1', 'The server chooses a subprotocol where the client insists on one.'],
  PROTOCOL_NOT_OFFERED: [0, 'RFC 6455 §4.1', 'The server chooses a subprotocol that was offered.'],
  RESPONSE_TIMEOUT: [0, 'RFC 6455 §4.1', 'The response arrives before the deadline of the opening handshake.'],
  RESPONSE_INCOMPLETE: [0, 'RFC 6455 §4.1', 'The transport ends after the response, not before it is whole.'],
} as const;

/** The name of a row of the table. */
export type RefusalName = keyof typeof rows;

/** One row: a rule that a handshake can break. */
export interface RefusalRule {
  readonly name: RefusalName;
  /** The HTTP status a server answers with; 0 when it sends no answer or only a client judges the rule. */
  readonly status: number;
  /** Where the rule is written, e.g. `RFC 6455 §4.2.1`. */
  readonly section: string;
  /** The rule, as a sentence that is true of a good handshake. */
  readonly sentence: string;
}

/** A rule that a concrete handshake broke. It is a value, not an error. */
export class Refusal implements RefusalRule {
  readonly name: RefusalName;
  readonly status: number;
  readonly section: string;
  readonly sentence: string;
  /** What would have been right, in words. */
  readonly expected: string;
  /** What was there instead; text of the peer is bounded and escaped. */
  readonly found: string;

  constructor(name: RefusalName, expected: string, found: string) {
    [this.status, this.section, this.sentence] = rows[name];
    this.name = name;
    this.expected = expected;
    this.found = found;
  }

  /** Everything in one line. */
  get message(): string {
    return `${this.name}: ${this.sentence} (${this.section}) Expected ${this.expected}; found ${this.found}.`;
  }
}

/** The whole table, in order. */
export const refusalRules: readonly RefusalRule[] = Object.entries(rows).map(([name, [status, section, sentence]]) => (
  { name: name as RefusalName, status, section, sentence }
));

const MAX_QUOTED = 64;

/** Text of a peer for a message: in quotes, at most 64 characters, everything but printable ASCII escaped. */
export function quote(text: string): string {
  let quoted = '"';
  for (let at = 0; at < text.length && at < MAX_QUOTED; at++) {
    const code = text.charCodeAt(at);
    const plain = code >= 0x20 && code < 0x7f && code !== 0x22 && code !== 0x5c;
    quoted += plain ? text.charAt(at) : `\\u${code.toString(16).padStart(4, '0')}`;
  }
  return text.length > MAX_QUOTED ? `${quoted}"… (${text.length} characters)` : `${quoted}"`;
}
