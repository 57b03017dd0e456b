// Subprotocols and extensions, as both sides list them (RFC 6455 §4.1, §4.2.2, §4.3, §9.1): which lists are well-formed, and who may choose.
//
// Law: nobody is known to speak any of them. A server may choose a subprotocol that was offered, or none; that it chose another one, the tester
// sees in every response. A server that speaks no subprotocols may leave a bad list of them unread (§4.2.1: it reads what its answer needs); a
// bad list of extensions has to fail the connection, whoever receives it (§9.1). Compression has cases of its own.

import type { Case, Outcome } from '../case.ts';
import { passes } from '../write.ts';
import { accepts, failsAnyway, failsOn, opening, opens, opensAnyway, refusal, refuses, OPENED } from './handshake-heads.ts';

const UNREAD = 'The server opens without a subprotocol: it may have left the list unread, which no opening handshake has like that (§4.2.1).';
const REFUSED = 'The server refuses a client for offering subprotocols that it does not speak; it may open without one (§4.2.2).';
const UNWILLING = { also: refusal('non-strict', REFUSED) };

const subprotocols = (value: string): string => `Sec-WebSocket-Protocol: ${value}`;
const extensions = (value: string): string => `Sec-WebSocket-Extensions: ${value}`;

/** Names of what every object of JavaScript has (ws 3.3.1). */
const INHERITED = ['constructor', '__proto__', 'toString', 'hasOwnProperty'];

/** A server that takes whichever is offered first does not choose one of these. */
function chosen(name: string): Outcome {
  return {
    grade: 'fail', sees: [{ http: 101, fields: [subprotocols(name)] }, 'anything'],
    because: `The server chooses ${name}: it looks for subprotocols among what every object inherits.`,
  };
}

const OFFERED_PROTOCOLS: readonly Case[] = [
  accepts('4.3/request-protocols-list', 'that offers the subprotocols chat and superchat, with spaces around the comma',
    'white space around the elements of a list is no part of them', ['6455-4.3-4', '6455-4.2.2-11'], { more: subprotocols('chat , superchat') },
    { survives: true, ...UNWILLING }),
  accepts('11.3.4/request-protocols-two-lines', 'that offers superchat in one line and chat in another', 'the lines of a list are one list',
    ['6455-11.3.4-1', '6455-4.2.2-11'], { more: [subprotocols('superchat'), subprotocols('chat')] }, UNWILLING),
  accepts('9110-5.6.1.2/request-protocols-empty-element', 'that offers chat and superchat with an empty element between them',
    'empty elements of a list are ignored', ['9110-5.6.1.2-1'], { more: subprotocols('chat,,superchat') },
    { also: refusal('non-strict', 'The server refuses an empty element in a list, which RFC 9110 §5.6.1.2 has it ignore.') }),
  refuses('4.2.1/request-protocols-invalid-token', 'that offers a subprotocol with a space in its name', 'a subprotocol is a token',
    ['6455-4.2.1-2', '6455-4.3-4'], { more: subprotocols('chat room') }, { survives: true, also: [opening('non-strict', UNREAD)] }),
  refuses('4.1/request-protocols-duplicate', 'that offers chat twice', 'subprotocols are unique', ['6455-4.1-41'],
    { more: subprotocols('chat, chat') }, { also: [opening('non-strict', 'The server opens although a subprotocol is offered twice.')] }),
  refuses('4.3/request-protocols-empty', 'with an empty list of subprotocols', 'such a list has an element', ['6455-4.3-4'],
    { more: subprotocols('') }, { also: [opening('non-strict', 'The server takes an empty list of subprotocols for none.')] }),
  accepts('7936-2/request-protocols-case', 'that offers Chat', 'subprotocols are compared as they are written, so it is not chat',
    ['7936-2-1', '6455-4.2.2-13'], { more: subprotocols('Chat') }, UNWILLING),
  refuses('8.1/request-protocols-utf8', 'that offers a subprotocol with an e acute in its name', 'a subprotocol is a token',
    ['6455-4.2.1-2', '6455-4.3-4'], { more: subprotocols('caf\u00c3\u00a9') }, { also: [opening('non-strict', UNREAD)] }),
  accepts('4.2.2/request-protocol-nobody-speaks', 'that offers a subprotocol nobody speaks', 'no subprotocol is chosen then',
    ['6455-4.2.2-12', '6455-4.2.2-13', '6455-4.2.2-14'], { more: subprotocols('nobody-speaks-this.example') }, UNWILLING),
  accepts('4.2.2/request-protocols-inherited', `that offers a subprotocol nobody speaks, and behind it ${INHERITED.join(', ')}`,
    'nobody speaks these either',
    ['6455-4.2.2-11', '6455-4.2.2-12'], { more: subprotocols(['nobody-speaks-this.example', ...INHERITED].join(', ')) },
    { outcomes: [...INHERITED.map(chosen), passes(...OPENED)], survives: true, ...UNWILLING }),
  accepts('4.1/request-protocols-many', 'that offers 500 subprotocols', 'a list of tokens may be long', ['6455-4.1-39', '6455-4.3-4'],
    { more: subprotocols(Array.from({ length: 500 }, (_, i) => `p${i}`).join(', ')) },
    { also: refusal('informational', 'The server refuses a list of 500 subprotocols.') }),
];

/** Values that are well-formed; a server knows none of the names. */
const UNKNOWN: readonly (readonly [name: string, value: string, what: string])[] = [
  ['one', 'x-unknown', 'one extension nobody knows'],
  ['several', 'foo, bar; baz=2', 'two extensions nobody knows'],
  ['parameters', 'mux; max-channels=4; flow-control, deflate-stream', 'extensions of drafts with parameters'],
  ['quoted', 'x-unknown; level="fast"', 'a parameter in quotes'],
  ['quoted-pair', 'x-unknown; level="f\\ast"', 'a parameter in quotes with a needless backslash'],
  ['spaces', 'x-unknown ; level=fast \t;flag , y-unknown', 'white space around semicolons and commas'],
  ['inherited', INHERITED.join(', '), 'the names of what every object of JavaScript inherits'],
  ['inherited-parameters', `x-unknown; ${INHERITED.map((name) => `${name}=1`).join('; ')}`,
    'parameters with the names of what every object of JavaScript inherits'],
];

/** Values against the grammar, each by one thing. */
const MALFORMED: readonly (readonly [name: string, value: string, what: string])[] = [
  ['only-comma', ',', 'nothing but a comma'],
  ['semicolon-at-end', 'x-unknown;', 'a semicolon and no parameter'],
  ['two-semicolons', 'x-unknown;;flag', 'two semicolons in a row'],
  ['no-parameter-name', 'x-unknown; =1', 'a parameter without a name'],
  ['no-value', 'x-unknown; a=', 'a parameter without a value'],
  ['empty-quotes', 'x-unknown; a=""', 'an empty value in quotes'],
  ['no-token-in-quotes', 'x-unknown; a="b c"', 'a value in quotes that is no token'],
  ['comma-in-quotes', 'x-unknown; q="a,b"; z', 'a comma in quotes'],
  ['quote-not-closed', 'x-unknown; a="b', 'a quote that does not end'],
  ['quote-not-opened', 'x-unknown; a=b"', 'a quote that does not begin'],
  ['quote-escaped', 'x-unknown; a="b\\"', 'a quote that ends with an escaped quote'],
  ['text-behind-quotes', 'x-unknown; a="b"c', 'text right behind quotes'],
  ['two-names', 'x-unknown foo', 'a space inside the name of an extension'],
  ['two-parameter-names', 'x-unknown; a b', 'a space inside the name of a parameter'],
  ['name-with-value', 'x-unknown=1', 'a value for the extension itself'],
  ['slash', 'x/unknown', 'a slash in the name of an extension'],
  ['quoted-name', '"x-unknown"', 'the name of an extension in quotes'],
  ['obs-text', 'x-unknown; a=\u00e9', 'an octet above 127 in a value'],
];

const SPACED = 'x-unknown; a = 1';

const OFFERED_EXTENSIONS: readonly Case[] = [
  ...UNKNOWN.map(([name, value, what]) => accepts(`9.1/request-extensions-${name}`, `that offers ${what}`,
    'an extension that a server does not know is not used', ['6455-4.2.1-13', '6455-4.2.2-16', '6455-9-3', '6455-4.3-2'],
    { more: extensions(value) },
    name.startsWith('inherited') ? { incidents: ['ws 3.3.1'], survives: true } : {})),
  accepts('9.1/request-extensions-two-lines', 'that offers extensions in two lines', 'the lines of a list are one list',
    ['6455-9.1-4', '6455-11.3.2-1'], { more: [extensions('x-unknown; a=1'), extensions('y-unknown')] }),
  accepts('9110-5.6.1.2/request-extensions-empty-elements', 'with empty elements in its list of extensions',
    'empty elements of a list are ignored', ['9110-5.6.1.2-1'], { more: extensions(', x-unknown, ,y-unknown,') },
    { also: refusal('non-strict', 'The server refuses an empty element in a list, which RFC 9110 §5.6.1.2 has it ignore.') }),
  accepts('4.3/request-extensions-spaced', 'that offers a parameter with spaces around its equals sign', 'white space may stand between tokens',
    ['6455-4.3-8', '9110-5.6.6-1'], { more: extensions(SPACED) },
    { also: refusal('informational', 'The server refuses white space around an equals sign, as RFC 9110 §5.6.6 does.') }),
  refuses('9.1/request-extensions-empty', 'with an empty list of extensions', 'such a list has an element', ['6455-9.1-2'],
    { more: extensions('') }, { also: [opening('non-strict', 'The server takes an empty list of extensions for none.')] }),
  ...MALFORMED.map(([name, value, what]) => refuses(`9.1/request-extensions-${name}`, `whose list of extensions has ${what}`,
    'a list of extensions against the grammar fails the connection', ['6455-9.1-2', '6455-4.2.1-2'], { more: extensions(value) })),
];

const NEEDS_PROTOCOL = { needsOffer: ['subprotocol'] } as const;

const CHOSEN_PROTOCOLS: readonly Case[] = [
  opens('4.1/response-protocol-requested', 'a 101 that chooses the first subprotocol the client offered', 'it was offered', ['6455-4.1-58'],
    { protocol: subprotocols('{protocol}') }, NEEDS_PROTOCOL),
  opens('4.1/response-protocol-absent', 'a 101 that chooses none of the subprotocols the client offered',
    'the connection has no subprotocol then',
    ['6455-4.1-58', '6455-4.2.2-12'], { protocol: null }, {
      ...NEEDS_PROTOCOL, also: failsAnyway('informational', 'The client insists on a subprotocol, as browsers do (WHATWG WebSockets).'),
      expects: 'The client opens without a subprotocol, or, as browsers do, fails the connection.',
    }),
  failsOn('4.1/response-protocol-not-requested', 'a 101 that chooses a subprotocol the client did not offer', 'it was not offered',
    ['6455-4.1-53'], { protocol: subprotocols('other') }),
  failsOn('7936-2/response-protocol-case', 'a 101 that chooses a subprotocol with the case of its letters exchanged',
    'names are compared as they are written',
    ['7936-2-1', '6455-4.1-53'], { protocol: subprotocols('{swapped protocol}') }, NEEDS_PROTOCOL),
  failsOn('11.3.4/response-protocol-two-lines', 'a 101 that chooses a subprotocol in two lines', 'the field appears once',
    ['6455-11.3.4-2', '6455-4.1-54'], { protocol: [subprotocols('{protocol}'), subprotocols('{protocol}')] }, NEEDS_PROTOCOL),
  failsOn('4.3/response-protocol-list', 'a 101 that chooses two subprotocols', 'a response has one', ['6455-4.3-5', '6455-4.1-54'],
    { protocol: subprotocols('{protocol}, superchat') }, NEEDS_PROTOCOL),
  failsOn('4.2.2/response-protocol-empty', 'a 101 with an empty Sec-WebSocket-Protocol', 'an empty string is no subprotocol',
    ['6455-4.2.2-14', '6455-4.1-53'], { protocol: subprotocols('') }),
  failsOn('4.1/response-protocol-inherited', 'a 101 that chooses the subprotocol constructor', 'it was not offered', ['6455-4.1-53'],
    { protocol: subprotocols('constructor') }),
];

const NEEDS_DEFLATE = { needsOffer: ['permessage-deflate'] } as const;

const CHOSEN_EXTENSIONS: readonly Case[] = [
  opens('9.1/response-ext-offered', 'a 101 that accepts permessage-deflate', 'it was offered', ['6455-4.1-57'],
    { more: extensions('permessage-deflate') }, NEEDS_DEFLATE),
  failsOn('4.1/response-ext-not-offered', 'a 101 that accepts an extension the client did not offer', 'it was not offered', ['6455-4.1-52'],
    { more: extensions('x-foo') }),
  failsOn('9.1/response-ext-malformed', 'a 101 that accepts permessage-deflate with a semicolon behind it', 'the list is against the grammar',
    ['6455-9.1-2'], { more: extensions('permessage-deflate;') }),
  failsOn('7692-5/response-ext-twice', 'a 101 that accepts permessage-deflate twice', 'an extension is used once', ['7692-5-17', '6455-4.1-54'],
    { more: extensions('permessage-deflate, permessage-deflate') },
    { ...NEEDS_DEFLATE, also: [opensAnyway('non-strict', 'The client opens although permessage-deflate is accepted twice.')] }),
  failsOn('4.1/response-ext-two-lines-second-unknown', 'a 101 that accepts permessage-deflate in one line and x-foo in another',
    'all lines of a list count', ['6455-4.1-52', '6455-11.3.2-3'], { more: [extensions('permessage-deflate'), extensions('x-foo')] }),
  failsOn('9.1/response-ext-empty', 'a 101 with an empty list of extensions', 'such a list has an element', ['6455-9.1-2'],
    { more: extensions('') }, { also: [opensAnyway('non-strict', 'The client takes an empty list of extensions for none.')] }),
  ...INHERITED.map((name) => failsOn(`4.1/response-ext-${name.replaceAll('_', '').toLowerCase()}`, `a 101 that accepts the extension ${name}`,
    'it was not offered', ['6455-4.1-52'], { more: extensions(name) }, { incidents: ['ws 3.3.1'] })),
  ...MALFORMED.map(([name, value, what]) => failsOn(`9.1/response-extensions-${name}`, `a 101 whose list of extensions has ${what}`,
    'it is against the grammar, and of an extension that was not offered', ['6455-9.1-2', '6455-4.1-52'], { more: extensions(value) })),
];

export const HANDSHAKE_LISTS: readonly Case[] = [...OFFERED_PROTOCOLS, ...OFFERED_EXTENSIONS, ...CHOSEN_PROTOCOLS, ...CHOSEN_EXTENSIONS];
