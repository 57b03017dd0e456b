// What can be said of one message, beside what it says itself.

import { checkKnown } from './options.ts';

/** What can be said of one message that is sent. */
export interface SendOptions {
  /**
   * Whether this message is compressed, if an extension for it is in use (RFC 7692 §6.1): `false` for what holds a secret beside what a
   * stranger may choose (RFC 7692 §8), `true` for whatever its size. By default the extension's threshold or decision function says.
   */
  readonly compress?: boolean;
}

const NAMES: ReadonlySet<string> = new Set(['compress']);

/** What was said of compressing one message; null for nothing. @throws TypeError naming an option that is unknown or no boolean */
export function compressOf(options: SendOptions | undefined): boolean | null {
  if (options === undefined) return null;
  checkKnown('options', options, NAMES);
  const { compress } = options;
  if (compress === undefined) return null;
  if (typeof compress !== 'boolean') throw new TypeError(`options.compress must be a boolean, found ${typeof compress}`);
  return compress;
}
