// The opening handshake, sans-IO: the two sides, and the parts they are made of (RFC 6455 §4, §9.1).

export { acceptKeyOf, createKey, isKey } from './accept.ts';
export type { Acceptance, Rejection } from './answer.ts';
export { equalsIgnoringCase, isToken, toLowerAscii } from './ascii.ts';
export { isHost, parseAuthority, parseOrigin } from './authority.ts';
export type { Authority, Origin } from './authority.ts';
export { decodeBase64, encodeBase64 } from './base64.ts';
export { ClientHandshake } from './client.ts';
export type {
  ClientHandshakeOptions, ClientHandshakeResult, ClientHandshakeState, FailedHandshake, OpenedHandshake,
} from './client.ts';
export { parseExtensions, serializeExtensions } from './extensions.ts';
export type { Extension, ExtensionParameter } from './extensions.ts';
export { HeadReader } from './head-reader.ts';
export { checkField, writeRequestHead, writeResponseHead } from './head-writer.ts';
export { HeaderList } from './headers.ts';
export type { HeaderField } from './headers.ts';
export { handshakeLimits } from './limits.ts';
export type { HandshakeLimits } from './limits.ts';
export { checkOriginPolicy, judgeHost, judgeOrigin } from './origin.ts';
export type { OriginPolicy } from './origin.ts';
export { Refusal, refusalRules } from './refusal.ts';
export type { RefusalName, RefusalRule } from './refusal.ts';
export { judgeRequest } from './request.ts';
export type { RequestHead, ServerRequest } from './request.ts';
export { judgeResponse, versionsOf } from './response.ts';
export type { Agreement, Asked, ExtensionFault, ResponseHead } from './response.ts';
export { Malformed } from './scanner.ts';
export { ServerHandshake } from './server.ts';
export type { ServerHandshakeOptions, ServerHandshakeState } from './server.ts';
export { sha1 } from './sha1.ts';
export { requestGrammar, responseGrammar } from './start-line.ts';
export type { HeadGrammar, RequestLine, StatusLine } from './start-line.ts';
export { chooseProtocol } from './subprotocol.ts';
export { parseTokens, parseUpgrade, parseVersion, parseVersions } from './tokens.ts';
