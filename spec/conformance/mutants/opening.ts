// The opening handshake of either side, from the first octet to an open connection, a refusal or a deadline.

import type { SubjectRole } from '../../../lib/conformance/case.ts';
import type { Agreed } from './extensions.ts';
import { HeadReader } from './head.ts';
import type { HeadRules } from './head.ts';
import { answerRequest, refuse } from './request.ts';
import { judgeResponse, writeRequest } from './response.ts';
import type { Does } from './switches.ts';

const MOST_INTERIM = 10;

const REQUEST: HeadRules = { isRequest: true, split: 'gives-up-split-head' };
const RESPONSE: HeadRules = { isRequest: false, split: 'gives-up-split-response' };

export class Opening {
  state: 'reading' | 'open' | 'failed' = 'reading';
  agreed: Agreed | null = null;
  /** What is to be written next, each code unit an octet. */
  output = '';

  readonly #role: SubjectRole;
  readonly #does: Does;
  readonly #key: string = '';
  #head: HeadReader;
  #interim = 0;

  /** `nonce`: the 16 octets of a client's key. `url`: where it connects to. */
  constructor(role: SubjectRole, nonce: Uint8Array, url: URL, does: Does) {
    this.#role = role;
    this.#does = does;
    this.#head = new HeadReader(does, role === 'server' ? REQUEST : RESPONSE);
    if (role === 'client') ({ key: this.#key, request: this.output } = writeRequest(nonce, url, does));
  }

  get retainedBytes(): number {
    return this.state === 'reading' ? this.#head.retainedBytes : 0;
  }

  /** Returns where the heads ended, or the chunk's end. */
  read(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length && this.state === 'reading') {
      at = this.#head.read(chunk, at);
      this.#look();
    }
    return this.state === 'open' && at < chunk.length && this.#does('loses-frame-behind-head') ? chunk.length : at;
  }

  /** It has taken too long. */
  giveUp(): void {
    this.#fail(this.#role === 'server' ? refuse(this.#does, 408).response : '');
  }

  #look(): void {
    const { outcome } = this.#head;
    if (outcome === null) return;
    if (this.#role === 'server') {
      return this.#answer(typeof outcome === 'number' ? refuse(this.#does, outcome) : answerRequest(outcome, this.#does));
    }
    if (typeof outcome === 'number') return this.#fail();
    const judgement = judgeResponse(outcome, this.#key, this.#does);
    if (judgement === 'fails' || (judgement === 'interim' && ++this.#interim > MOST_INTERIM)) return this.#fail();
    if (judgement === 'interim') this.#head = new HeadReader(this.#does, RESPONSE);
    else this.#open(judgement.agreed);
  }

  #answer({ opens, response, agreed }: ReturnType<typeof answerRequest>): void {
    if (!opens) return this.#fail(response);
    this.output = response;
    this.#open(agreed);
  }

  #open(agreed: Agreed | null): void {
    this.agreed = agreed;
    this.state = 'open';
  }

  /** `response`: what a server says to it; a client says nothing. */
  #fail(response: string = ''): void {
    const throws = this.#role === 'server' ? 'throws-at-bad-head' : 'throws-at-bad-response';
    if (this.#does(throws)) throw new TypeError('nobody expected that');
    this.state = 'failed';
    this.output = response;
  }
}
