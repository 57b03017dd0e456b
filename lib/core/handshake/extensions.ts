// Sec-WebSocket-Extensions (RFC 6455 §9.1, §4.3): the grammar, both ways.
//
// Law: names and values are strings in lists, compared exactly; no name is ever a property of an object, so `__proto__` and
// `constructor` are ordinary strings. What an extension's parameters mean is the extension's business. White space around "=" is
// read (the implied white space of RFC 2616, which §4.3 builds on) and never written (RFC 9110 §5.6.3).

import { isToken } from './ascii.ts';
import { Malformed, parseList } from './scanner.ts';
import type { Scanner } from './scanner.ts';

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;

/** A parameter's name and its value; null when it has none. Both as written, a quoted value without its quotes. */
export type ExtensionParameter = readonly [name: string, value: string | null];

/** One element of Sec-WebSocket-Extensions: an offer in a request, an extension in use in a response. */
export interface Extension {
  readonly name: string;
  /** In order; a name may occur more than once, which is for the extension to judge. */
  readonly parameters: readonly ExtensionParameter[];
}

/** A value is a token, or a quoted-string that is a token once unescaped (§9.1). */
function readValue(scanner: Scanner): string | Malformed {
  const start = scanner.at;
  const value = scanner.atQuote ? scanner.readQuotedString() : scanner.readToken();
  if (value instanceof Malformed) return value;
  return isToken(value) ? value : new Malformed(start, 'a parameter value that is a token');
}

function readParameter(scanner: Scanner): ExtensionParameter | Malformed {
  scanner.skipWhiteSpace();
  const name = scanner.readToken();
  if (name === '') return scanner.malformed('a parameter name');
  scanner.skipWhiteSpace();
  if (!scanner.take(EQUALS)) return [name, null];
  scanner.skipWhiteSpace();
  const value = readValue(scanner);
  return value instanceof Malformed ? value : [name, value];
}

function readExtension(scanner: Scanner): Extension | Malformed {
  const name = scanner.readToken();
  if (name === '') return scanner.malformed('an extension name');
  const parameters: ExtensionParameter[] = [];
  scanner.skipWhiteSpace();
  while (scanner.take(SEMICOLON)) {
    const parameter = readParameter(scanner);
    if (parameter instanceof Malformed) return parameter;
    parameters.push(parameter);
    scanner.skipWhiteSpace();
  }
  return { name, parameters };
}

/** The extensions a value lists, in order, or where it departs from the grammar (RFC 6455 §9.1). */
export function parseExtensions(text: string): readonly Extension[] | Malformed {
  return parseList(text, readExtension);
}

function token(text: string, what: string): string {
  if (!isToken(text)) throw new TypeError(`${what} must be a token, found ${JSON.stringify(text)}`);
  return text;
}

/**
 * The value of Sec-WebSocket-Extensions that lists `extensions`, without quoting.
 *
 * @throws TypeError when a name or a value is not a token (RFC 6455 §9.1, §11.4).
 */
export function serializeExtensions(extensions: readonly Extension[]): string {
  return extensions.map(({ name, parameters }) => {
    let text = token(name, 'an extension name');
    for (const [parameter, value] of parameters) {
      text += `; ${token(parameter, `a parameter name of ${name}`)}`;
      if (value !== null) text += `=${token(value, `the value of ${name}'s ${parameter}`)}`;
    }
    return text;
  }).join(', ');
}
