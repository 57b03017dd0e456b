// The two directions of one connection, from what was agreed (RFC 7692 §7): where negotiation ends and messages begin.

import type { MessageCompression } from '../wire/compression.ts';
import type { Role } from '../wire/opcode.ts';
import { sides } from './answer.ts';
import type { CompressionChoices } from './compression-options.ts';
import { MessageDeflater } from './deflater.ts';
import type { HostDeflate } from './deflater.ts';
import { HostedInflater } from './hosted-inflater.ts';
import type { HostInflate } from './hosted-inflater.ts';
import { MessageInflater } from './inflater.ts';
import { MOST_WINDOW_BITS } from './parameters.ts';
import type { AgreedParameters } from './parameters.ts';
import type { Allocate } from './window.ts';

/** What a host brings to it. */
export interface CodecHost {
  /** Memory of its own, as {@link Allocate} has it: a platform's `allocate`. */
  readonly allocate: Allocate;
  /** What compresses long messages better than plain TypeScript; by default nothing does, and everything is plain TypeScript. */
  readonly deflate?: HostDeflate;
  /** The same for messages that are received, where the largest window was agreed on. */
  readonly inflate?: HostInflate;
}

/** The codecs of one connection, whose side is `role`: for `ConnectionOptions.compression`, which releases them. */
export function createCodecs(role: Role, agreed: AgreedParameters, choices: CompressionChoices, host: CodecHost): MessageCompression {
  const { deflate, inflate } = sides(role, agreed, choices);
  const { allocate } = host;
  const { threshold, decide } = choices;
  const { windowBits, contextTakeover } = inflate;
  return {
    inflater: host.inflate !== undefined && windowBits === MOST_WINDOW_BITS
      ? new HostedInflater({ contextTakeover, allocate }, host.inflate)
      : new MessageInflater({ windowBits, contextTakeover, allocate }),
    deflater: new MessageDeflater({
      ...deflate, allocate, threshold, ...decide !== undefined && { decide }, ...host.deflate !== undefined && { host: host.deflate },
    }),
  };
}
