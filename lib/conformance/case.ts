// What a conformance case is: data. A tester plays one end of a connection and does what the steps say; the implementation under test,
// the subject, is at the other end and echoes messages. What the subject is seen to do is held against the outcomes, in order.
//
// Law: everything here survives JSON. A case knows no socket, no clock and no engine, so that a library in any language can read it.

/** Which side of the connection the subject is. The tester is the other. */
export type SubjectRole = 'server' | 'client';

/** Octets, described. */
export type Payload =
  | { readonly hex: string }
  /** As UTF-8. */
  | { readonly text: string }
  /** The octets of `repeat`, in hex, over and over, cut at `length`. */
  | { readonly repeat: string; readonly length: number }
  /** `length` octets of generated content, see corpus.ts: a stretch that begins at `from`. */
  | { readonly corpus: CorpusName; readonly length: number; readonly from?: number }
  /** One behind the other. */
  | { readonly parts: readonly Payload[] };

/** Kinds of generated content; all but `image` and `noise` are valid UTF-8 (ASCII). */
export type CorpusName = 'json' | 'prose' | 'markup' | 'image' | 'noise';

/** A frame as it is written, legal or not (RFC 6455 §5.2). */
export interface FrameItem {
  /** The opcode, 0 to 15. */
  readonly frame: number;
  /** FIN; true unless said. */
  readonly fin?: boolean;
  /** The three RSV bits as one number: 4 is RSV1, 2 is RSV2, 1 is RSV3. 0 unless said. */
  readonly rsv?: number;
  readonly payload?: Payload;
  /** Whether it is masked; as the tester's role has it unless said (§5.1). */
  readonly masked?: boolean;
  /** The masking key in hex; 37fa213d unless said. */
  readonly key?: string;
  /** Which of the three forms of the length is used; the shortest unless said. */
  readonly form?: 7 | 16 | 64;
  /** The length that is written instead of the payload's, in decimal: up to 2^64 - 1. */
  readonly claims?: string;
}

/** A legal data message, in one frame or in several. */
export interface MessageItem {
  readonly message: 'text' | 'binary';
  readonly payload: Payload;
  /**
   * Octets in each frame. A message whose length is a multiple of it ends with an empty frame. Of a compressed message it is the compressed
   * payload that is cut. One frame unless said.
   */
  readonly fragment?: number;
  /** Compressed as was agreed on (RFC 7692), or not at all where nothing was; false unless said. */
  readonly compressed?: boolean;
}

/** Octets as they are: half a frame, or no frame at all. */
export interface OctetsItem {
  readonly octets: Payload;
}

/**
 * The head of an HTTP message as its octets, each a code unit (latin1). In it `{host}`, `{resource}` and `{key}` are what the tester as a client
 * would write, `{accept}` is what answers the subject's key, `{protocol}` the first subprotocol the subject offered, `{extensions}` what the
 * opening offers or answers.
 *
 * `{swapped accept}` and `{swapped protocol}` are those with upper and lower case exchanged. `{choice}` is a whole line with its CRLF that chooses
 * the first subprotocol the subject offered, and nothing when it offered none: a client may insist on one. `{fields}` is all further lines that
 * every request of the tester has, each with its CRLF: a server may ask for credentials.
 *
 * What the heads of one step ask for or agree on is read from all of them together: between two there may be octets, many lines above all. A key
 * that a case writes itself is the one that a response has to answer.
 */
export interface HeadItem {
  readonly head: string;
}

/** The same items, so many times over: each is an item of its own where a step is split by items. */
export interface AgainItem {
  readonly again: readonly Item[];
  readonly times: number;
}

export type Item = FrameItem | MessageItem | OctetsItem | HeadItem | AgainItem;

/**
 * How the octets of a step reach the transport: all in one write, one write an item, in pieces of so many octets, or cut at these
 * offsets.
 */
export type Split = 'together' | 'items' | number | readonly number[];

/** Messages that are echoed one by one: `count` of them, each a further stretch of the corpus (or the same payload). */
export interface Volley {
  readonly count: number;
  readonly message: 'text' | 'binary';
  readonly payload: Payload;
  readonly fragment?: number;
  readonly compressed?: boolean;
  /** Messages that may be under way at once; 1 is a ping-pong. */
  readonly inFlight: number;
}

/** Messages or Pings that are written while nobody reads what they are answered with. */
export interface Flood {
  /** Whole messages or Pings, uncompressed; written over and over. */
  readonly send: readonly Item[];
  /** Octets to be taken in all. */
  readonly octets: number;
  /** Octets of answers that may come of it from somebody who holds few: above all what the transport itself holds. */
  readonly bound: number;
}

export type Step =
  /** Writes, `times` over; once unless said. */
  | { readonly send: readonly Item[]; readonly split?: Split; readonly times?: number }
  /** Sends messages and holds each echo against what was sent; seen as one `volley`. */
  | { readonly volley: Volley }
  /** Waits until so many things have been seen in all, or the subject closes or ends. Nothing for too long is seen as `silence`. */
  | { readonly await: number }
  /**
   * Waits for the subject to close or, once it has and its Close stays unanswered, to end, `ms` at most; if it does not, it is seen to be `open`.
   */
  | { readonly watch: number }
  /** Whether the tester reads from here on. */
  | { readonly reads: boolean }
  /**
   * Whether the tester answers a Close from here on; true unless said. Where it does not, the steps go on after a Close of the subject, up to its
   * end: otherwise the first Close is where they end, and `finish` follows.
   */
  | { readonly answers: boolean }
  /**
   * Stops reading and writes, until so many octets were taken or nothing more is for too long; then reads again, until every answer has come or
   * nothing more does. The answers (the echo of a message, the Pong to a Ping) are not seen one by one: what it came to is seen as `flooded`,
   * unless the subject closes or ends before.
   */
  | { readonly flood: Flood }
  /** Looks at the masking keys of all frames that the subject has sent (subject: client); seen as `keys`. */
  | { readonly weigh: 'masking-keys' }
  /** Ends the tester's side of the transport: with FIN, or the transport as a whole with a reset. */
  | { readonly end: 'fin' | 'reset' }
  /**
   * The last step. `close`: the closing handshake, begun by the tester with 1000. `fail`: the subject has to close or end by itself, or to answer
   * the Close that an earlier step has sent. In both a Close is answered unless one was sent, a tester that is the server then ends its side,
   * and the end of the transport is waited for: nothing of it in time is seen as `silence`. `leave`: the tester just goes.
   */
  | { readonly finish: 'close' | 'fail' | 'leave' };

/**
 * What can be told of masking keys that were seen. `repeat`: some came again. `narrow`: there are bits that never change. `progress`: each is the
 * one before and a number. `generator`: they follow from each other by a generator that is not for secrets. `vary`: nothing of that.
 */
export type MaskingKeys = 'vary' | 'repeat' | 'narrow' | 'progress' | 'generator';

/**
 * What a flood can come to. `stalled`: the subject stopped reading. `bounded`: it took everything and its answers were within the bound.
 * `unbounded`: it took everything and held more answers than that.
 */
export type Flooded = 'stalled' | 'bounded' | 'unbounded';

/** What the subject is seen to do. Pings of its own are answered and not held against it, nor are Pongs that answer nothing. */
export type Pattern =
  /**
   * The status of an HTTP response whose other fields are in order (subject: server). With `extensions` it accepts these, each with at least
   * the parameters that are listed, in whichever order, and no other extension; '' is none at all. With `fields`, each of them `Name: element`:
   * a field of that name has that element in its list, upper and lower case alike.
   */
  | {
    readonly http: number | readonly [from: number, to: number];
    readonly extensions?: string;
    readonly fields?: readonly string[];
  }
  /** A request for the opening handshake, in order (subject: client). */
  | 'request'
  | { readonly text: Payload }
  | { readonly binary: Payload }
  | { readonly pong: Payload }
  /** The echo of every message of a volley. */
  | 'volley'
  /** A Close frame with one of these codes; null is one without body. With `reason`, that reason. */
  | { readonly close: readonly (number | null)[]; readonly reason?: string }
  /** Any Close frame. */
  | 'close'
  /** The subject breaks this rule, a name of the engine's violation table or one of the tester's; nothing is seen behind it. */
  | { readonly breach: string }
  /** The transport ends, whichever way. */
  | 'end'
  /** It ends with FIN. */
  | 'fin'
  /** `watch` was over and the subject had done nothing about it. */
  | 'open'
  /** `await`, or the time for a Close or the end at last, was over and nothing had come. */
  | 'silence'
  /** What a flood came to. */
  | { readonly flooded: Flooded }
  /** What the masking keys are like: `vary` is as it should be, the others are in masking-keys.ts. */
  | { readonly keys: MaskingKeys }
  /** All of these in this order, so many times over. */
  | { readonly again: readonly Pattern[]; readonly times: number }
  /** This, any number of times: as often as it can be. */
  | { readonly some: Pattern }
  /** One of these. */
  | { readonly either: readonly Pattern[] }
  /** This, or nothing. */
  | { readonly maybe: Pattern }
  /** All of these, in any order. */
  | { readonly anyOrder: readonly Pattern[] }
  /** Whatever else there is, up to the end. */
  | 'anything';

/**
 * `pass`: what the standards say. `non-strict`: against a SHOULD, or not what the field does, and nobody is harmed. `informational`: worth
 * knowing, no judgement. `fail`: against a MUST, or somebody is harmed.
 */
export type Grade = 'pass' | 'non-strict' | 'informational' | 'fail';

/** What is seen, from the first thing to the last, and what it is worth. The first outcome that fits counts; if none does, `fail`. */
export interface Outcome {
  readonly grade: Grade;
  readonly sees: readonly Pattern[];
  /** What it means, in a sentence: for every grade but `pass`. */
  readonly because?: string;
}

/** What must have been agreed on for the messages of the tester (RFC 7692 §7.1). */
export interface CompressionNeed {
  /** Whether they may refer to those before them; either will do unless said. */
  readonly takeover?: boolean;
  /** The window's bits, both ends included: 8 to 15 unless said. */
  readonly windowBits?: readonly [least: number, most: number];
}

export interface Opening {
  /**
   * Who does the opening handshake: the tester, in order and without being seen, before the first step; or the steps, with heads, and what the
   * subject says is seen. The tester unless said. Once a server has refused, by a final status other than 101, the steps that are left are not
   * taken: they were meant for a connection, and there is none.
   */
  readonly by?: 'tester' | 'steps';
  /** The case is skipped unless the subject's request offers all of these: a subprotocol, permessage-deflate (subject: client). */
  readonly needsOffer?: readonly ('subprotocol' | 'permessage-deflate')[];
  /**
   * Sec-WebSocket-Extensions of the tester's request (subject: server), and what the response is held against, also where a head of the steps
   * says it in other words. Without it no extension is offered.
   */
  readonly offer?: string;
  /**
   * Sec-WebSocket-Extensions of the tester's response (subject: client): the first of these that the subject's offer allows. Without it none
   * is accepted.
   */
  readonly answers?: readonly string[];
  /** Instead, the first of these that it does not allow (subject: client): nothing is agreed on. The case is skipped if it allows all. */
  readonly wrongAnswers?: readonly string[];
  /** The case is skipped unless permessage-deflate was agreed on, and for what the tester sends as is said here. */
  readonly needsCompression?: boolean | CompressionNeed;
  /** Further fields of the tester's head, as lines without CRLF. */
  readonly fields?: readonly string[];
}

export interface Case {
  /** Unique: the section, a slash, and a name in lower case: `5.5.2/ping-of-125-octets`, `7692-7.2.1/empty-message`. */
  readonly id: string;
  /** Ids of the classic suite that this case stands for. */
  readonly aliases: readonly string[];
  /** Where the rule stands, as `5.5.2` (RFC 6455) or `7692-7.2.1`, `9112-2.2`, ….  */
  readonly section: string;
  /** What the tester does: a sentence. */
  readonly does: string;
  /** What must follow: a sentence. */
  readonly expects: string;
  /** Ids of requirements.json that it rests on. */
  readonly requirements: readonly string[];
  /** Incidents that it would have caught: `CVE-2026-1528`, or `owner/repository#1`. */
  readonly incidents?: readonly string[];
  readonly roles: readonly SubjectRole[];
  readonly opening: Opening;
  readonly steps: readonly Step[];
  readonly outcomes: readonly Outcome[];
  /** The most octets that an endpoint in memory which says what it holds (`retainedBytes`) may hold at any time; more is a failure. */
  readonly retains?: number;
  /**
   * What is sent has killed implementations: right afterwards a further connection to the same subject is opened, where that is possible, and the
   * case fails unless a text is echoed on it.
   */
  readonly survives?: true;
  /** `heavy`: much data; it runs alone, so that nobody is blamed for being busy with it. `light` unless said. */
  readonly weight?: 'light' | 'heavy';
}
