// Hawser itself as a subject in memory: both handshakes, the connection with compression, and an application that echoes. It is what the suite
// is run against in every `npm test`, and an example of the adapter that an engine needs.

import { answerOffers } from '../../core/deflate/answer.ts';
import { createCodecs } from '../../core/deflate/codecs.ts';
import type { CodecHost } from '../../core/deflate/codecs.ts';
import { compressionChoices } from '../../core/deflate/compression-options.ts';
import type { CompressionChoices, CompressionOptions } from '../../core/deflate/compression-options.ts';
import { judgeAnswer, offersOf } from '../../core/deflate/offer.ts';
import { isFault, PERMESSAGE_DEFLATE } from '../../core/deflate/parameters.ts';
import { ClientHandshake } from '../../core/handshake/client.ts';
import type { Extension } from '../../core/handshake/extensions.ts';
import { ServerHandshake } from '../../core/handshake/server.ts';
import type { Platform } from '../../core/platform.ts';
import { Connection } from '../../core/protocol/connection.ts';
import { MessageAssembler } from '../../core/protocol/message-assembler.ts';
import type { MessageEvents } from '../../core/protocol/message-assembler.ts';
import type { MessageCompression } from '../../core/wire/compression.ts';
import type { SendResult } from '../../core/protocol/events.ts';
import type { SubjectRole } from '../case.ts';
import type { Endpoint, Engine } from '../engine.ts';

export interface HawserEngineOptions {
  readonly platform: Platform;
  /** What compresses; the portable codecs by default. */
  readonly codecs?: CodecHost;
  /** Whether and how messages are compressed; by default every message is, within the engine's windows. */
  readonly compression?: CompressionOptions | 'off';
  /** Subprotocols that the client offers; none by default. */
  readonly protocols?: readonly string[];
}

/** An engine for `runInMemory`. */
export function hawserEngine(options: HawserEngineOptions): Engine {
  const { platform, codecs = { allocate: platform.allocate }, compression = { threshold: 0 }, protocols = [] } = options;
  return {
    name: 'hawser',
    opening: 'included',
    start: (role: SubjectRole) => {
      const choices = compression === 'off' ? null : compressionChoices(role, compression);
      return role === 'server' ? new ServerEndpoint(platform, codecs, choices) : new ClientEndpoint(platform, codecs, choices, protocols);
    },
  };
}

/** From the opening handshake on. */
abstract class HawserEndpoint implements Endpoint {
  protected readonly platform: Platform;
  protected readonly codecs: CodecHost;
  protected readonly choices: CompressionChoices | null;
  protected connection: Connection | null = null;
  /** The handshake, until there is a connection. */
  protected abstract readonly handshake: ServerHandshake | ClientHandshake;
  #now = 0;
  #ended = false;

  constructor(platform: Platform, codecs: CodecHost, choices: CompressionChoices | null) {
    this.platform = platform;
    this.codecs = codecs;
    this.choices = choices;
  }

  receive(chunk: Uint8Array): number {
    const consumed = this.connection === null ? this.open(chunk) : 0;
    if (this.connection === null || consumed === chunk.length) return consumed;
    return consumed + this.connection.receive(chunk.subarray(consumed));
  }

  receiveEnd(): void {
    this.#ended = true;
    if (this.connection === null) this.handshake.receiveEnd();
    else this.connection.receiveEnd();
  }

  takeOutput(): Uint8Array | null {
    return this.handshake.takeOutput() ?? this.connection?.takeOutput() ?? null;
  }

  get outputEnded(): boolean {
    return this.connection?.outputEnded ?? this.failed;
  }

  get abandoned(): boolean {
    return this.connection?.abandoned ?? (this.failed && this.#ended);
  }

  get deadline(): number {
    return this.connection?.deadline ?? this.handshake.deadline;
  }

  advance(now: number): void {
    this.#now = now;
    if (this.connection === null) this.handshake.advance(now);
    else this.connection.advance(now);
  }

  get retainedBytes(): number {
    return this.connection?.retainedBytes ?? 0;
  }

  /** The opening handshake has failed. */
  protected abstract get failed(): boolean;

  /** Reads for the handshake, opens the connection when it is through, and returns what it consumed. */
  protected abstract open(chunk: Uint8Array): number;

  /** Opens the connection: every message goes back, and a peer that does not read what it gets is not read from. */
  protected connect(role: SubjectRole, compression: MessageCompression | null): void {
    const echoed = (result: SendResult): void => {
      if (result === 'high-water') connection.pause(); // until drained
      else if (result === 'refused') connection.close(1009, 'too big to send back');
    };
    const events: MessageEvents = {
      text: (message) => echoed(connection.sendText(message)),
      binary: (message) => echoed(connection.sendBinary(message)),
      drained: () => connection.resume(),
      ping: () => {},
      pong: () => {},
      closing: () => {},
      closed: () => {},
    };
    const connection = new Connection({
      role, platform: this.platform, events: new MessageAssembler(this.platform, events), compression, keepalive: 'off',
    });
    connection.advance(this.#now);
    this.connection = connection;
  }
}

class ServerEndpoint extends HawserEndpoint {
  protected readonly handshake: ServerHandshake;

  constructor(platform: Platform, codecs: CodecHost, choices: CompressionChoices | null) {
    super(platform, codecs, choices);
    this.handshake = new ServerHandshake({ platform });
  }

  protected get failed(): boolean {
    return this.handshake.state === 'refused';
  }

  protected open(chunk: Uint8Array): number {
    const consumed = this.handshake.receive(chunk);
    const { request } = this.handshake;
    if (this.handshake.state !== 'pending' || request === null) return consumed;
    const agreement = this.choices === null ? null : answerOffers(request.extensions, this.choices);
    this.handshake.accept(agreement === null ? {} : { extensions: [agreement.answer] });
    const compression = agreement === null || this.choices === null
      ? null
      : createCodecs('server', agreement.agreed, this.choices, this.codecs);
    this.connect('server', compression);
    return consumed;
  }
}

class ClientEndpoint extends HawserEndpoint {
  protected readonly handshake: ClientHandshake;
  readonly #offers: readonly Extension[];

  constructor(platform: Platform, codecs: CodecHost, choices: CompressionChoices | null, protocols: readonly string[]) {
    super(platform, codecs, choices);
    this.#offers = choices === null ? [] : offersOf(choices);
    this.handshake = new ClientHandshake({
      platform, host: 'conformance.test', port: 80, secure: false, resource: '/', protocols, extensions: this.#offers,
      judgeExtension: (answer) => {
        const agreed = this.#agreed(answer);
        return agreed === null || !isFault(agreed) ? null : { expected: `${agreed.parameter}: ${agreed.expected}`, found: agreed.found };
      },
    });
  }

  protected get failed(): boolean {
    return this.handshake.state === 'failed';
  }

  protected open(chunk: Uint8Array): number {
    const consumed = this.handshake.receive(chunk);
    const { result } = this.handshake;
    if (result?.kind !== 'open') return consumed;
    const agreed = result.extensions.map((answer) => this.#agreed(answer)).find((one) => one !== null);
    const compresses = agreed !== undefined && agreed !== null && !isFault(agreed) && this.choices !== null;
    this.connect('client', compresses ? createCodecs('client', agreed, this.choices, this.codecs) : null);
    return consumed;
  }

  #agreed(answer: Extension): ReturnType<typeof judgeAnswer> | null {
    if (this.choices === null || answer.name !== PERMESSAGE_DEFLATE) return null;
    return judgeAnswer(answer, this.#offers, this.choices);
  }
}
