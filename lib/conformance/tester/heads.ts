// The tester's side of the opening handshake (RFC 6455 §4, RFC 7692 §5): heads that it writes by itself or as a case has them, heads of the
// subject that it reads and judges, and what both agreed on. A rule the subject broke is a sight; whether that fails the case, outcomes say.

import { agreedBy, breachOf, isFault, PERMESSAGE_DEFLATE, readParameters } from '../../core/deflate/parameters.ts';
import type { AgreedParameters, ExtensionElement } from '../../core/deflate/parameters.ts';
import { createCodecs } from '../../core/deflate/codecs.ts';
import type { CodecHost } from '../../core/deflate/codecs.ts';
import { compressionChoices } from '../../core/deflate/compression-options.ts';
import { judgeAnswer } from '../../core/deflate/offer.ts';
import { acceptKeyOf, createKey } from '../../core/handshake/accept.ts';
import { toOctets } from '../../core/handshake/ascii.ts';
import { parseExtensions, serializeExtensions } from '../../core/handshake/extensions.ts';
import type { Extension } from '../../core/handshake/extensions.ts';
import { HeadReader } from '../../core/handshake/head-reader.ts';
import { Refusal } from '../../core/handshake/refusal.ts';
import { judgeRequest } from '../../core/handshake/request.ts';
import type { ServerRequest } from '../../core/handshake/request.ts';
import { judgeResponse } from '../../core/handshake/response.ts';
import type { ExtensionFault } from '../../core/handshake/response.ts';
import { Malformed } from '../../core/handshake/scanner.ts';
import { requestGrammar, responseGrammar } from '../../core/handshake/start-line.ts';
import { parseTokens } from '../../core/handshake/tokens.ts';
import type { Platform } from '../../core/platform.ts';
import type { MessageCompression } from '../../core/wire/compression.ts';
import type { CompressionNeed, Opening, SubjectRole } from '../case.ts';
import { count } from '../transcript/wording.ts';
import type { Sight } from './sight.ts';
import { breach } from './subject-reader.ts';

export interface HeadsOptions {
  readonly role: SubjectRole;
  readonly opening: Opening;
  readonly platform: Platform;
  readonly codecs: CodecHost;
  /** Host and perhaps port, as the field Host has it (subject: server). */
  readonly host: string;
  /** Path and query (subject: server). */
  readonly resource: string;
  /** Further lines of every request of the tester. */
  readonly fields: readonly string[];
  readonly see: (sight: Sight) => void;
}

/** What a subject's head may be before the tester stops reading it: nobody's head is that large. */
const LIMITS = { maxHeadSize: 256 * 1024, maxHeaderCount: 2_000, maxLineLength: 64 * 1024 };
const MAX_INTERIM_RESPONSES = 20;

export class Heads {
  /** `open`: what comes from here on is frames. `refused`: a final response that is no 101; what follows is its content. */
  state: 'reading' | 'open' | 'refused' = 'reading';
  /** What was agreed on, as the 101 says it; '' for nothing. */
  extensions = '';
  compression: MessageCompression | null = null;
  /** The client's request, once it is judged (subject: client). */
  request: ServerRequest | null = null;

  readonly #options: HeadsOptions;
  readonly #key: string;
  readonly #requests = new HeadReader(requestGrammar, LIMITS);
  #responses = new HeadReader(responseGrammar, LIMITS);
  #interim = 0;
  #agreed: AgreedParameters | null = null;
  /** What the tester's latest request asked for. */
  #asked: { key: string; protocols: readonly string[]; extensions: readonly Extension[] };

  constructor(options: HeadsOptions) {
    this.#options = options;
    this.#key = createKey(options.platform);
    this.#asked = { key: this.#key, protocols: [], extensions: [] };
  }

  // ---- heads of the tester ------------------------------------------------------------------------------------------------------

  /** The request of a tester that opens in order. */
  writeRequest(): Uint8Array {
    const { opening: { offer, fields = [] }, fields: more } = this.#options;
    return this.#compose([
      'GET {resource} HTTP/1.1', 'Host: {host}', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Key: {key}',
      'Sec-WebSocket-Version: 13', ...offer === undefined ? [] : [`Sec-WebSocket-Extensions: ${offer}`], ...fields, ...more, '', '',
    ].join('\r\n'));
  }

  /** The response of a tester that opens in order. It chooses the first subprotocol: a client may insist on one. */
  writeResponse(): Uint8Array {
    const { fields = [] } = this.#options.opening;
    const answer = this.#answerToOffer();
    const offersProtocol = (this.request?.protocols.length ?? 0) > 0;
    return this.#compose([
      'HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Accept: {accept}',
      ...offersProtocol ? ['Sec-WebSocket-Protocol: {protocol}'] : [],
      ...answer === undefined ? [] : [`Sec-WebSocket-Extensions: ${answer}`], ...fields, '', '',
    ].join('\r\n'));
  }

  /** The octets of a head as a case has it, its placeholders filled. */
  fill(template: string): Uint8Array {
    return toOctets(this.#filled(template));
  }

  /** What the heads of a step, one behind the other, ask for or agree on: it holds from here on. */
  say(template: string): void {
    if (this.#options.role === 'server') this.#ask(this.#filled(template));
    else this.#answer(this.#filled(template));
  }

  /** Why a case that needs something of the other side cannot be run; null when it can, or when that is not known yet. */
  unsuitable(): string | null {
    const { needsOffer = [], needsCompression = false, wrongAnswers, answers } = this.#options.opening;
    const { request } = this;
    if (request !== null) {
      if (needsOffer.includes('subprotocol') && request.protocols.length === 0) return 'the client offers no subprotocol';
      const compresses = request.extensions.some(({ name }) => name === PERMESSAGE_DEFLATE);
      if (needsOffer.includes(PERMESSAGE_DEFLATE) && !compresses) return 'the client does not offer permessage-deflate';
      if (wrongAnswers !== undefined && this.#answerToOffer() === undefined) return 'every answer that the case has is one that the client allows';
      if (needsCompression !== false && answers !== undefined && this.#answerToOffer() === undefined) {
        return 'the client offers nothing that an answer of the case is allowed to';
      }
    }
    return this.state === 'open' ? this.#unmet(needsCompression) : null;
  }

  /** What must have been agreed on for the messages of the tester (RFC 7692 §7.1), and was not. */
  #unmet(need: boolean | CompressionNeed): string | null {
    if (need === false) return null;
    const agreed = this.#agreed;
    if (agreed === null) return 'permessage-deflate was not agreed on';
    if (need === true) return null;
    const isClient = this.#options.role === 'server';
    const takeover = !(isClient ? agreed.clientNoContextTakeover : agreed.serverNoContextTakeover);
    const bits = isClient ? agreed.clientMaxWindowBits : agreed.serverMaxWindowBits;
    const { takeover: wanted = takeover, windowBits: [least, most] = [8, 15] } = need;
    if (wanted !== takeover) return takeover ? 'messages may refer to those before them' : 'messages may not refer to those before them';
    return bits >= least && bits <= most ? null : `a window of ${bits} bits was agreed on`;
  }

  #answerToOffer(): string | undefined {
    const { answers = [], wrongAnswers } = this.#options.opening;
    const offered = this.request?.extensions ?? [];
    if (wrongAnswers !== undefined) return wrongAnswers.find((text) => !isAllowed(text, offered));
    return answers.find((text) => isAllowed(text, offered));
  }

  #compose(template: string): Uint8Array {
    this.say(template);
    return this.fill(template);
  }

  #filled(template: string): string {
    const { host, resource, platform, role, fields, opening: { offer = '' } } = this.#options;
    const protocol = this.request?.protocols[0];
    const accept = acceptKeyOf(this.request?.key ?? this.#key, platform);
    const fillers: Readonly<Record<string, string>> = {
      host, resource, key: this.#key, accept, protocol: protocol ?? 'chat', 'swapped accept': swapCase(accept),
      'swapped protocol': swapCase(protocol ?? 'chat'), choice: protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`,
      extensions: role === 'server' ? offer : this.#answerToOffer() ?? '', fields: fields.map((line) => `${line}\r\n`).join(''),
    };
    return template.replaceAll(/\{([a-z ]+)\}/g, (whole, name: string) => fillers[name] ?? whole);
  }

  #ask(head: string): void {
    const extensions = parseExtensions(this.#options.opening.offer ?? fieldOf(head, 'sec-websocket-extensions').join(', '));
    const protocols = parseTokens(fieldOf(head, 'sec-websocket-protocol').join(', '));
    this.#asked = {
      key: fieldOf(head, 'sec-websocket-key')[0] ?? '',
      extensions: extensions instanceof Malformed ? [] : extensions,
      protocols: protocols instanceof Malformed ? [] : protocols,
    };
  }

  /** A final response of the tester: frames follow, or, if the subject heeds it, nothing does. */
  #answer(text: string): void {
    const final = text.split('\r\n\r\n').find((head) => /^HTTP\/\d\.\d (?!1(?!01))/.test(head));
    if (final === undefined) return;
    this.state = 'open';
    const isWrong = this.#options.opening.wrongAnswers !== undefined; // then nobody may heed it, least of all the tester
    this.#agree(isWrong ? '' : fieldOf(final, 'sec-websocket-extensions').join(', '), 'server');
  }

  /** Without an opening handshake: open, and what was agreed on, as a 101 would say it. Why a case cannot be run like that; null when it can. */
  openWith(extensions: string): string | null {
    const { by, wrongAnswers, needsOffer = [] } = this.#options.opening;
    const isAboutIt = by === 'steps' || wrongAnswers !== undefined || needsOffer.includes('subprotocol');
    if (isAboutIt) return 'the engine has no opening handshake';
    this.state = 'open';
    this.#agree(extensions, this.#options.role === 'server' ? 'client' : 'server');
    return null;
  }

  #agree(extensions: string, tester: 'client' | 'server'): void {
    this.extensions = extensions;
    const element = parseAll(extensions).find(({ name }) => name === PERMESSAGE_DEFLATE);
    const stated = element === undefined ? null : readParameters(element, 'answer');
    if (stated !== null && !isFault(stated)) this.#compress(tester, agreedBy(stated));
  }

  #compress(tester: 'client' | 'server', agreed: AgreedParameters): void {
    this.#agreed = agreed;
    const choices = compressionChoices(tester, { serverMaxWindowBits: 15, clientMaxWindowBits: 15, threshold: 0 });
    this.compression = createCodecs(tester, agreed, choices, this.#options.codecs);
  }

  // ---- heads of the subject -----------------------------------------------------------------------------------------------------

  /** Reads heads and returns how many octets of the chunk were theirs; once it is open or refused, none. */
  receive(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length && this.state === 'reading') {
      if (this.#options.role === 'client') {
        if (this.request !== null) {
          this.state = 'refused';
          const found = count(chunk.length - at, 'octet');
          this.#options.see(breach('DATA_BEFORE_RESPONSE', '§4.1', 'a client sends nothing between its request and the response', found));
          return chunk.length;
        }
        at += this.#readRequest(chunk.subarray(at));
      } else {
        at += this.#responses.read(chunk.subarray(at));
        const { outcome } = this.#responses;
        if (outcome instanceof Refusal) return this.#refuse(outcome, chunk.length);
        if (outcome !== null) this.#endResponse(outcome.startLine.status, { ...outcome.startLine, headers: outcome.headers });
      }
    }
    return at;
  }

  #readRequest(chunk: Uint8Array): number {
    const consumed = this.#requests.read(chunk);
    const { outcome } = this.#requests;
    if (outcome === null) return consumed;
    const request = outcome instanceof Refusal ? outcome : judgeRequest({ ...outcome.startLine, headers: outcome.headers });
    if (request instanceof Refusal) return this.#refuse(request, chunk.length);
    this.request = request;
    this.#options.see({ kind: 'request' });
    return consumed;
  }

  #endResponse(status: number, response: Parameters<typeof judgeResponse>[0]): void {
    if (status >= 100 && status < 200 && status !== 101) {
      this.#responses = new HeadReader(responseGrammar, LIMITS);
      if (++this.#interim > MAX_INTERIM_RESPONSES) {
        this.#options.see(breach('TOO_MANY_INTERIM_RESPONSES', 'RFC 9110 §15.2', 'a final response follows a few interim ones', `${this.#interim} of them`));
        this.state = 'refused';
      }
      return;
    }
    if (status !== 101) {
      this.state = 'refused';
      this.#options.see({ kind: 'http', status, extensions: '', fields: [...response.headers] });
      return;
    }
    const { key, protocols, extensions } = this.#asked;
    const agreement = judgeResponse(response, {
      accept: acceptKeyOf(key, this.#options.platform), protocols, extensions, judgeExtension: (answer) => this.#judgeExtension(answer),
    });
    if (agreement instanceof Refusal) return void this.#refuse(agreement, 0);
    this.state = 'open';
    this.extensions = serializeExtensions(agreement.extensions);
    this.#options.see({ kind: 'http', status, extensions: this.extensions, fields: [...response.headers] });
  }

  /** RFC 7692 §7.1: the answer accepts one of the offers. What it agrees on sets up the codecs. */
  #judgeExtension(answer: Extension): ExtensionFault | null {
    if (answer.name !== PERMESSAGE_DEFLATE) return null;
    const agreed = judgeAnswer(answer, this.#asked.extensions.map(withoutWidest), compressionChoices('client', {}));
    if (isFault(agreed)) return { expected: `${agreed.parameter}: ${agreed.expected}`, found: agreed.found };
    this.#compress('client', agreed);
    return null;
  }

  #refuse(refusal: Refusal, consumed: number): number {
    this.state = 'refused';
    const { name, section, sentence, expected, found } = refusal;
    this.#options.see(breach(name, section, sentence, `${found} where ${expected} was expected`));
    return consumed;
  }
}

/** The values of every line of that name in a head that need not be a good one. */
function fieldOf(head: string, name: string): string[] {
  return head.split('\n').slice(1)
    .filter((line) => line.slice(0, line.indexOf(':')).trim().toLowerCase() === name)
    .map((line) => line.slice(line.indexOf(':') + 1).trim());
}

function swapCase(text: string): string {
  return Array.from(text, (letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase())).join('');
}

/**
 * To ask for a window of 15 bits is to ask for nothing: an answer that leaves it out is not what §7.1.2.1 says, and agrees on the same. A case
 * tells that; it is no reason not to open.
 */
function withoutWidest({ name, parameters }: Extension): Extension {
  return { name, parameters: parameters.filter(([parameter, value]) => parameter !== 'server_max_window_bits' || value !== '15') };
}

/** Whether a server may answer this to what a client offered (RFC 7692 §7.1). */
function isAllowed(answer: string, offered: readonly ExtensionElement[]): boolean {
  const [element, second] = parseAll(answer);
  if (element === undefined || second !== undefined) return false; // the tester speaks one extension, and an answer uses it once
  const stated = readParameters(element, 'answer');
  if (isFault(stated)) return false;
  return offered.some((offer) => {
    if (offer.name !== element.name) return false;
    const parameters = readParameters(offer, 'offer');
    return !isFault(parameters) && breachOf(parameters, stated) === null;
  });
}

function parseAll(text: string): readonly Extension[] {
  const extensions = parseExtensions(text);
  return extensions instanceof Malformed ? [] : extensions;
}

