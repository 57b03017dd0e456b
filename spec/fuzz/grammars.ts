// The grammars of the handshake's fields: any text in, a value or a position out, never an exception; and what is read can be written
// and read again.

import { isKey } from '../../lib/core/handshake/accept.ts';
import { isHost, parseAuthority, parseOrigin } from '../../lib/core/handshake/authority.ts';
import { decodeBase64, encodeBase64 } from '../../lib/core/handshake/base64.ts';
import { parseExtensions, serializeExtensions } from '../../lib/core/handshake/extensions.ts';
import { Malformed } from '../../lib/core/handshake/scanner.ts';
import { parseTokens, parseUpgrade, parseVersions } from '../../lib/core/handshake/tokens.ts';
import { Random } from '../support/random.ts';
import { randomValue } from './heads.ts';
import { hold, holdSame } from './target.ts';
import type { Target } from './target.ts';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const MOST_EMPTY = 16;

/** RFC 9110 §5.6.1 by splitting: the tokens of a list, or null. */
function plainTokens(text: string): string[] | null {
  const elements = text.split(',').map((element) => element.replace(/^[ \t]+|[ \t]+$/g, ''));
  const tokens = elements.filter((element) => element !== '');
  // The element behind the last comma may be missing without being an empty one.
  const empty = elements.length - tokens.length - (elements.at(-1) === '' ? 1 : 0);
  return tokens.length === 0 || empty > MOST_EMPTY || !tokens.every((token) => TOKEN.test(token)) ? null : tokens;
}

function checkMalformed(value: unknown, text: string): void {
  if (value instanceof Malformed) hold(value.position >= 0 && value.position <= text.length && value.expected !== '', () => `malformed at ${value.position}`);
}

export const grammarTarget: Target = {
  name: 'grammar',
  run(seed) {
    const random = new Random(seed);
    const text = randomValue(random);

    const tokens = parseTokens(text);
    checkMalformed(tokens, text);
    holdSame(tokens instanceof Malformed ? null : tokens, plainTokens(text), `tokens of ${JSON.stringify(text)}`);

    const upgrade = parseUpgrade(text);
    checkMalformed(upgrade, text);
    if (!(tokens instanceof Malformed)) holdSame(upgrade, tokens, 'a list of tokens is a list of protocols');

    const versions = parseVersions(text);
    checkMalformed(versions, text);
    if (!(versions instanceof Malformed)) hold(versions.every((version) => Number.isInteger(version) && version >= 0 && version <= 255), () => `versions ${versions.join()}`);

    const extensions = parseExtensions(text);
    checkMalformed(extensions, text);
    if (!(extensions instanceof Malformed)) {
      hold(extensions.length > 0, () => 'no extension at all');
      holdSame(parseExtensions(serializeExtensions(extensions)), extensions, 'extensions read, written and read again');
    }

    const origin = parseOrigin(text);
    if (origin !== null) {
      const written = `${origin.scheme}://${origin.host}${origin.port === null ? '' : `:${origin.port}`}`;
      holdSame(parseOrigin(written), origin, `the origin ${JSON.stringify(text)}`);
      hold(!/[\s,@/?#\\]/.test(origin.host), () => `a host ${origin.host}`);
    }
    const authority = parseAuthority(text);
    if (authority !== null) hold(isHost(authority.host) && (authority.port === null || (authority.port >= 0 && authority.port <= 65_535)), () => `an authority ${JSON.stringify(authority)}`);

    const octets = decodeBase64(text);
    if (octets !== null) hold(Buffer.from(encodeBase64(octets), 'base64').equals(octets) && encodeBase64(octets).length === text.length, () => `base64 ${text}`);
    hold(!isKey(text) || (octets !== null && octets.length === 16), () => `a key ${text}`);
  },
};
