// What a session hands out: messages whose kind is in their type, and a result of waiting that says which of three things happened.

import type { CloseOutcome } from '../core/protocol/events.ts';
import { nodePlatform } from '../node/platform.ts';

export interface TextMessage {
  readonly kind: 'text';
  readonly text: string;
}

export interface BinaryMessage {
  readonly kind: 'binary';
  /** Owned by whoever receives the message. */
  readonly bytes: Uint8Array;
}

/** A whole message. */
export type Message = TextMessage | BinaryMessage;

/** What came of waiting for a message. `closed` comes when every message that came before has been taken. */
export type Next =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'closed'; readonly outcome: CloseOutcome };

/** The UTF-8 of `text`, an unpaired surrogate as U+FFFD. */
export function encode(text: string): Uint8Array {
  const bytes = nodePlatform.allocate(nodePlatform.utf8Length(text));
  nodePlatform.encodeUtf8(text, bytes, 0);
  return bytes;
}
