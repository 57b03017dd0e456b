// A stream through an HTTP proxy: CONNECT and its answer (RFC 9110 §9.3.6). The head is read as strictly as a server's and in linear time;
// what follows it is the tunnel's. What is spoken in the tunnel is not its business, nor how long it may take: who asked says stop.

import * as net from 'node:net';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { isDecimal } from '../core/handshake/ascii.ts';
import { GrowingOctets } from '../core/handshake/growing.ts';
import { HeadReader } from '../core/handshake/head-reader.ts';
import { writeRequestHead } from '../core/handshake/head-writer.ts';
import { handshakeLimits } from '../core/handshake/limits.ts';
import { quote, Refusal } from '../core/handshake/refusal.ts';
import type { ResponseHead } from '../core/handshake/response.ts';
import { responseGrammar } from '../core/handshake/start-line.ts';
import type { ConnectTarget } from './client-opening.ts';
import type { Proxy } from './proxy.ts';

const MAX_BODY_SIZE = 4_096;
const MAX_INTERIM_RESPONSES = 8;

/** One way through a proxy. */
export class Tunnel {
  readonly proxy: Proxy;
  /** Whether the proxy lets through. */
  opened = false;
  /** The answer of a proxy that does not; null for none. */
  refusal: ResponseHead | null = null;
  readonly #content = new GrowingOctets();
  #contentLeft = 0;
  #reader = new HeadReader(responseGrammar, handshakeLimits());
  #interimResponses = 0;

  constructor(proxy: Proxy) {
    this.proxy = proxy;
  }

  /** The beginning of the refusal's content, 4,096 bytes at most; nothing of a content in a transfer coding. */
  get content(): Uint8Array {
    return this.#content.copy();
  }

  /** Opens it, once. Rejects with the network's error, or with one that says what the proxy said. */
  open(target: ConnectTarget): Promise<Duplex> {
    const { signal } = target;
    return new Promise((resolve, reject) => {
      const socket = this.#connect(target);
      const end = (): void => {
        signal.removeEventListener('abort', onAbort);
        socket.off('data', onData).off('end', onEnd).off('close', onEnd);
      };
      const fail = (error: Error): void => {
        end();
        socket.destroy();
        reject(error);
      };
      const onAbort = (): void => fail(new Error('the opening handshake was given up'));
      const onEnd = (): void => fail(this.#error('ended the connection without an answer'));
      const onData = (chunk: Uint8Array): void => {
        const consumed = this.#read(chunk);
        if (consumed instanceof Error) return fail(consumed);
        if (!this.opened) return;
        end();
        socket.pause();
        if (consumed < chunk.length) socket.unshift(chunk.subarray(consumed));
        resolve(socket);
      };
      // The listener for errors stays: one that comes after the last word is nobody's.
      socket.on('error', fail).on('data', onData).on('end', onEnd).on('close', onEnd);
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
    });
  }

  #connect({ host, port }: ConnectTarget): net.Socket {
    const { address, port: proxyPort, tls: options, headers } = this.proxy;
    const authority = `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
    const head = writeRequestHead({ method: 'CONNECT', target: authority, version: '1.1' }, [['Host', authority], ...headers]);
    const send = (): void => { socket.write(head); };
    const where = { host: address, port: proxyPort };
    const servername = options?.servername ?? (net.isIP(address) === 0 ? address : undefined);
    const socket: net.Socket = options === null
      ? net.connect({ ...where, allowHalfOpen: true, noDelay: true }, send)
      : tls.connect({
        ALPNProtocols: ['http/1.1'], ...options, ...where, rejectUnauthorized: options.rejectUnauthorized !== false, ...servername !== undefined && { servername },
      }, send);
    return socket;
  }

  /** How many bytes of `chunk` are the proxy's own, or why there is no way through it. */
  #read(chunk: Uint8Array): number | Error {
    let at = 0;
    while (this.refusal === null && !this.opened && at < chunk.length) {
      at += this.#reader.read(chunk.subarray(at));
      const { outcome } = this.#reader;
      if (outcome instanceof Refusal) return this.#error(`gave no answer that is HTTP: ${outcome.message}`);
      if (outcome === null) continue;
      const { status } = outcome.startLine;
      if (status >= 100 && status < 200) {
        if (++this.#interimResponses > MAX_INTERIM_RESPONSES) return this.#error('gives interim responses only');
        this.#reader = new HeadReader(responseGrammar, handshakeLimits());
      } else if (status >= 200 && status < 300) {
        this.opened = true; // Content-Length and Transfer-Encoding say nothing here (§9.3.6)
      } else {
        this.refusal = { ...outcome.startLine, headers: outcome.headers };
        this.#contentLeft = contentSize(this.refusal);
      }
    }
    return this.refusal === null ? at : this.#collect(chunk.subarray(at));
  }

  #collect(chunk: Uint8Array): number | Error {
    this.#content.append(chunk.subarray(0, this.#contentLeft));
    this.#contentLeft -= chunk.length;
    return this.#contentLeft > 0 ? chunk.length : this.#error('refused');
  }

  #error(what: string): Error {
    const { refusal } = this;
    const said = refusal === null ? what : `answered ${refusal.status} ${quote(refusal.reason)}`;
    return new Error(`the proxy ${this.proxy.url} ${said}`);
  }
}

/** Bytes of the content that are waited for: a chunked one says itself when it ends, which is not read here. */
function contentSize({ headers }: ResponseHead): number {
  if (headers.has('Transfer-Encoding')) return 0;
  const length = headers.get('Content-Length') ?? '';
  return isDecimal(length) ? Math.min(Number(length), MAX_BODY_SIZE) : MAX_BODY_SIZE;
}
