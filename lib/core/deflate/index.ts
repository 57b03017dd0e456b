// permessage-deflate (RFC 7692), whole: negotiation and codecs, usable without the levels beside it (DESIGN §3).

export { answerOffers, sides } from './answer.ts';
export type { Agreement as CompressionAgreement, Direction, Sides } from './answer.ts';
export { createCodecs } from './codecs.ts';
export type { CodecHost } from './codecs.ts';
export { compressionChoices, DEFAULT_THRESHOLD, DEFAULT_WINDOW_BITS } from './compression-options.ts';
export type { CompressionChoices, CompressionOptions } from './compression-options.ts';
export { DeflatePool, MessageDeflater } from './deflater.ts';
export type { DeflaterOptions, HostDeflate } from './deflater.ts';
export { HostedInflater } from './hosted-inflater.ts';
export type { HostInflate } from './hosted-inflater.ts';
export { INFLATE_PIECE, InflatePool } from './inflate-pool.ts';
export { MessageInflater } from './inflater.ts';
export type { InflaterOptions } from './inflater.ts';
export { judgeAnswer, offersOf } from './offer.ts';
export { PERMESSAGE_DEFLATE } from './parameters.ts';
export type { AgreedParameters, ExtensionElement, ParameterFault } from './parameters.ts';
export type { Allocate } from './window.ts';
