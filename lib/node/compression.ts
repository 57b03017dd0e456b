// permessage-deflate on Node (RFC 7692): from what an application chooses to the two codecs of one connection. It decides who offers what
// and which codec does the work (docs/decisions/0011); what the parameters mean is lib/core/deflate's.

import { answerOffers } from '../core/deflate/answer.ts';
import { createCodecs } from '../core/deflate/codecs.ts';
import type { CodecHost } from '../core/deflate/codecs.ts';
import { compressionChoices } from '../core/deflate/compression-options.ts';
import type { CompressionChoices, CompressionOptions } from '../core/deflate/compression-options.ts';
import { judgeAnswer, offersOf } from '../core/deflate/offer.ts';
import { PERMESSAGE_DEFLATE, isFault } from '../core/deflate/parameters.ts';
import type { Extension } from '../core/handshake/extensions.ts';
import type { ExtensionFault } from '../core/handshake/response.ts';
import type { MessageCompression } from '../core/wire/compression.ts';
import type { Role } from '../core/wire/opcode.ts';
import { nodePlatform } from './platform.ts';
import { zlibDeflate, zlibInflate } from './zlib.ts';

const HOST: CodecHost = { allocate: nodePlatform.allocate, deflate: zlibDeflate, inflate: zlibInflate };

/** Whether and how messages are compressed (RFC 7692); on, with the defaults of {@link CompressionOptions}, when nothing is said. */
export type CompressionSetting = CompressionOptions | 'off';

/** The setting, judged and complete; null for `'off'`. @throws TypeError or RangeError naming what makes no sense */
export function judgeCompression(role: Role, setting: CompressionSetting = {}): CompressionChoices | null {
  return setting === 'off' ? null : compressionChoices(role, setting);
}

/** @throws TypeError when permessage-deflate is among extensions that an application handles itself: the engine does */
export function refuseDeflate(extensions: readonly Extension[]): void {
  if (extensions.some(({ name }) => name === PERMESSAGE_DEFLATE)) {
    throw new TypeError(`${PERMESSAGE_DEFLATE} is not among options.extensions: options.compression says how it is used`);
  }
}

/** What a client says of compression, and what it makes of the answer. */
export class ClientCompression {
  readonly offers: readonly Extension[];
  readonly #choices: CompressionChoices | null;

  constructor(choices: CompressionChoices | null) {
    this.#choices = choices;
    this.offers = choices === null ? [] : offersOf(choices);
  }

  /** What is wrong with an answer, if it is one to these offers. */
  judge(answer: Extension): ExtensionFault | null {
    const agreed = this.#agreed(answer);
    if (agreed === null || !isFault(agreed)) return null;
    return { expected: `${agreed.parameter}: ${agreed.expected}`, found: agreed.found };
  }

  /** The codecs that `extensions`, a server's answer which was judged, ask for; null for none. */
  open(extensions: readonly Extension[]): MessageCompression | null {
    for (const answer of extensions) {
      const agreed = this.#agreed(answer);
      if (agreed === null || isFault(agreed)) continue;
      return createCodecs('client', agreed, this.#choices as CompressionChoices, HOST); // it was offered
    }
    return null;
  }

  #agreed(answer: Extension): ReturnType<typeof judgeAnswer> | null {
    if (this.#choices === null || answer.name !== PERMESSAGE_DEFLATE) return null;
    return judgeAnswer(answer, this.offers, this.#choices);
  }
}

/** A server's answer to a client's offers, and the codecs it asks for; null for none. */
export function agree(
  offers: readonly Extension[], choices: CompressionChoices | null,
): { readonly answer: Extension; readonly open: () => MessageCompression } | null {
  const agreement = choices === null ? null : answerOffers(offers, choices);
  if (agreement === null || choices === null) return null;
  return { answer: agreement.answer, open: () => createCodecs('server', agreement.agreed, choices, HOST) };
}
