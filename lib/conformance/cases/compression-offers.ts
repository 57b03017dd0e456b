// Values of Sec-WebSocket-Extensions that speak of permessage-deflate: what they are as an offer of a client, and as the answer of a server to
// a client that offered it (RFC 6455 §9.1, RFC 7692 §7). Data for the cases of negotiation; it holds none.

import { PLAIN } from './compression-words.ts';

/** Ids of requirements: of a server that gets the value as an offer, of a client that gets it as an answer. */
type Rules = readonly [ofServer: readonly string[], ofClient: readonly string[]];

/** What a group of values has in common. */
interface Kind {
  /** As an offer: to be accepted, to be declined, or against the grammar, which fails the connection. */
  readonly offer: 'accept' | 'decline' | 'malformed';
  /** As an answer; null for what only an offer is. */
  readonly answer: 'good' | 'bad' | null;
  readonly rules: Rules;
  /** What it is worth not to see it so: a fault unless said. */
  readonly otherwise?: 'non-strict' | 'informational';
}

export interface Value extends Kind {
  /** For the ids of its cases. */
  readonly name: string;
  readonly value: string;
  /** What is remarkable about it, behind "an offer" or "an answer". */
  readonly what: string;
}

type Row = readonly [name: string, value: string, what: string];

function values(kind: Kind, rows: readonly Row[]): readonly Value[] {
  return rows.map(([name, value, what]) => ({ ...kind, name, value, what }));
}

/** The same of one element, of which only the parameters are named. */
function withParameters(kind: Kind, rows: readonly Row[]): readonly Value[] {
  return values(kind, rows.map(([name, parameters, what]) => [name, `${PLAIN}; ${parameters}`, what]));
}

const good = (...rules: Rules): Kind => ({ offer: 'accept', answer: 'good', rules });
const bad = (...rules: Rules): Kind => ({ offer: 'decline', answer: 'bad', rules });

// ---- windows ------------------------------------------------------------------------------------------------------------------------

const BITS = ['8', '9', '10', '11', '12', '13', '14', '15'];

/** What is no number from 8 to 15 to the letter: it begins like one, or a lenient reader makes one of it. */
const NO_BITS: readonly Row[] = [
  ['0', '=0', 'of 0'], ['7', '=7', 'of 7'], ['16', '=16', 'of 16'], ['99', '=99', 'of 99'], ['256', '=256', 'of 256'],
  ['minus-1', '=-1', 'of -1'], ['minus-9', '=-9', 'of -9'], ['leading-zero', '=08', 'of 08'], ['leading-zero-15', '=015', 'of 015'],
  ['plus', '=+9', 'of +9'], ['fraction', '=9.0', 'of 9.0'], ['exponent', '=1e1', 'of 1e1'],
  ['hexadecimal', '=0xa', 'of 0xa'], ['word', '=ten', 'that is a word'], ['quoted-7', '="7"', 'of 7 in quotes'], ['long', `=${'9'.repeat(100)}`, 'of a hundred digits'], ['wrapping', '=4294967305', 'of 2^32 + 9'],
];

interface WindowRules {
  readonly good: Rules;
  readonly bad: Rules;
}

const WINDOW_RULES: Readonly<Record<'server' | 'client', WindowRules>> = {
  server: {
    good: [['7692-7.1.2.1-5', '7692-7.1.2.1-6'], ['7692-7.1.2.1-7']],
    bad: [['7692-7-3', '7692-7.1.2.1-2'], ['7692-7-7', '7692-7.1.2.1-6']],
  },
  client: {
    good: [['7692-7.1.2.2-6', '7692-7.1.2.2-7'], ['7692-7.1.2.2-3']],
    bad: [['7692-7-3', '7692-7.1.2.2-2'], ['7692-7-7', '7692-7.1.2.2-7']],
  },
};

const WINDOWS: readonly Value[] = (['server', 'client'] as const).flatMap((side) => {
  const parameter = `${side}_max_window_bits`;
  const rules = WINDOW_RULES[side];
  const missing: Kind = side === 'client' ? { ...good(...rules.good), answer: 'bad' } : bad(...rules.bad); // §7.1.2.2: an offer may lack it
  return [
    ...withParameters(good(...rules.good), BITS.map((bits): Row => [
      `${side}-bits-${bits}`, `${parameter}=${bits}`, `with a ${parameter} of ${bits}`,
    ])),
    ...withParameters(missing, [[`${side}-bits-none`, parameter, `with a ${parameter} without a value`]]),
    ...withParameters(bad(...rules.bad), NO_BITS.map(([name, value, what]): Row => [
      `${side}-bits-${name}`, `${parameter}${value}`, `with a ${parameter} ${what}`,
    ])),
  ];
});

// ---- other parameters ---------------------------------------------------------------------------------------------------------------

const INHERITED = ['constructor', '__proto__', 'toString', 'hasOwnProperty'];

const PARAMETERS: readonly Value[] = [
  ...withParameters(good(['7692-5.2-1', '6455-9.1-3', '9110-5.6.4-1'], ['7692-5.2-1', '6455-9.1-3']), [
    ['server-bits-quoted', 'server_max_window_bits="10"', 'with a number in quotes'],
    ['server-bits-quoted-pair', 'server_max_window_bits="1\\0"', 'with a number in quotes and a needless backslash'],
  ]),
  ...withParameters(good(['7692-7.1.1.1-4', '7692-7.1.1.2-4'], ['7692-7.1.1.1-7', '7692-7.1.1.2-8']), [
    ['server-alone', 'server_no_context_takeover', 'with server_no_context_takeover'],
    ['client-alone', 'client_no_context_takeover', 'with client_no_context_takeover'],
    ['both-alone', 'server_no_context_takeover; client_no_context_takeover', 'with both no_context_takeover'],
    ['everything', 'client_max_window_bits=12; server_max_window_bits=12; client_no_context_takeover; server_no_context_takeover',
      'with all four parameters'],
  ]),
  ...withParameters(bad(['7692-7-3', '7692-7.1.1.1-2', '7692-7.1.1.2-2'], ['7692-7-7', '7692-7.1.1.1-5', '7692-7.1.1.2-5']), [
    ['server-alone-with-value', 'server_no_context_takeover=1', 'with a value for server_no_context_takeover'],
    ['client-alone-with-value', 'client_no_context_takeover=true', 'with a value for client_no_context_takeover'],
  ]),
  ...withParameters(bad(['7692-7-2', '6455-9.1-6'], ['7692-7-6', '6455-9.1-6']), [
    ['unknown-parameter', 'foo', 'with a parameter that is not defined'],
    ['unknown-parameter-with-value', 'foo=10', 'with a parameter and a value that are not defined'],
    ['unknown-parameter-behind', 'server_max_window_bits=10; foo', 'with a parameter that is not defined behind one that is'],
    ...INHERITED.map((name): Row => [
      `parameter-${name.replaceAll('_', '').toLowerCase()}`, name, `with the parameter ${name}, which every object of JavaScript inherits`,
    ]),
  ]),
  ...withParameters(bad(['7692-7-4'], ['7692-7-8']), [
    ['server-bits-twice', 'server_max_window_bits=10; server_max_window_bits=10', 'with server_max_window_bits twice'],
    ['client-bits-twice', 'client_max_window_bits; client_max_window_bits=10', 'with client_max_window_bits twice'],
    ['server-alone-twice', 'server_no_context_takeover; server_no_context_takeover', 'with server_no_context_takeover twice'],
    ['client-alone-twice', 'client_no_context_takeover; client_no_context_takeover', 'with client_no_context_takeover twice'],
  ]),
];

// ---- lists, white space, letters ------------------------------------------------------------------------------------------------------

const EMPTY_ELEMENTS = ['9110-5.6.1.2-1'];

const LISTS: readonly Value[] = [
  ...values(good(['7692-5-8', '7692-7.1.3-1'], ['7692-5-10']), [
    ['plain', PLAIN, 'without a parameter'],
    ['white-space-around', ` \t${PLAIN}\t `, 'with spaces and tabs around it'],
    ['white-space-before-semicolon', `${PLAIN} ; server_max_window_bits=10`, 'with a space before a semicolon'],
    ['no-space', `${PLAIN};client_max_window_bits=8`, 'without a space behind a semicolon'],
  ]),
  ...values({ offer: 'accept', answer: null, rules: [['7692-5-2', '7692-5-3', '7692-7-2', '7692-7-3'], []] }, [
    ['second-choice', `${PLAIN}; server_max_window_bits=7, ${PLAIN}`, 'that is to be declined, and a good one behind it'],
    ['second-choice-behind-unknown', `${PLAIN}; foo, ${PLAIN}; bar=1, ${PLAIN}`,
      'that is to be declined twice over, and a good one behind it'],
    ['two-choices', `${PLAIN}; server_max_window_bits=10, ${PLAIN}; client_max_window_bits`, 'that gives two choices'],
    ['many-choices', [...Array.from({ length: 100 }, (_, i) => `${PLAIN}; x${i}`), PLAIN].join(', '),
      'that is to be declined a hundred times over, and a good one behind it'],
  ]),
  ...values({ offer: 'accept', answer: 'bad', rules: [['6455-9-3', '6455-4.2.2-16'], ['6455-4.1-52']] }, [
    ['unknown-extension-before', `x-unknown, ${PLAIN}`, 'behind an extension that nobody knows'],
    ['inherited-extension-before', `constructor, __proto__; toString, ${PLAIN}`, 'behind names that every object of JavaScript inherits'],
  ]),
  ...values({ ...good(EMPTY_ELEMENTS, EMPTY_ELEMENTS), otherwise: 'non-strict' }, [
    ['empty-element-behind', `${PLAIN},`, 'with a comma behind it'],
    ['empty-element-before', `,${PLAIN}`, 'with a comma before it'],
  ]),
  ...values({ offer: 'accept', answer: 'bad', rules: [EMPTY_ELEMENTS, ['6455-4.1-52']], otherwise: 'non-strict' }, [
    ['empty-element-between', `${PLAIN}, ,x-y`, 'and an unknown extension, with an empty element between them'],
  ]),
  ...values({ ...good(['6455-4.3-8'], ['6455-4.3-8']), otherwise: 'informational' }, [
    ['spaces-around-equals', `${PLAIN}; server_max_window_bits = 10`, 'with spaces around the equals sign'],
  ]),
  ...values({ ...bad(['7692-7-1', '7692-7-2'], ['7692-7-1', '7692-7-6']), otherwise: 'informational' }, [
    ['capitals', 'Permessage-Deflate', 'with capitals in its name'],
    ['capital-parameter', `${PLAIN}; SERVER_MAX_WINDOW_BITS=10`, 'with a parameter in capitals'],
  ]),
];

// ---- what is against the grammar ------------------------------------------------------------------------------------------------------

const GRAMMAR: Kind = { offer: 'malformed', answer: 'bad', rules: [['6455-4.3-2'], ['6455-4.3-2']] };

const MALFORMED: readonly Value[] = [
  ...values(GRAMMAR, [
    ['semicolon-behind', `${PLAIN};`, 'with a semicolon and no parameter behind it'],
    ['two-semicolons', `${PLAIN};;foo`, 'with two semicolons in a row'],
    ['name-with-value', `${PLAIN}=1`, 'with a value for the extension itself'],
    ['two-names', `${PLAIN} foo`, 'with two words for a name'],
    ['slash', 'permessage/deflate', 'with a slash in its name'],
    ['quoted-name', `"${PLAIN}"`, 'with its name in quotes'],
    ['comma-in-quotes', `x-unknown; q="a,b"; z, ${PLAIN}`, 'behind an extension with a comma in quotes, which is no token'],
    ['good-behind-malformed', `${PLAIN}; a=, ${PLAIN}`, 'against the grammar, and a good one behind it'],
  ]),
  ...withParameters(GRAMMAR, [
    ['no-parameter-name', '=1', 'with a parameter without a name'],
    ['no-value', 'a=', 'with an equals sign and no value'],
    ['empty-bits', 'server_max_window_bits=', 'with a server_max_window_bits and no number behind the equals sign'],
    ['empty-quotes', 'a=""', 'with an empty value in quotes'],
    ['empty-quoted-bits', 'server_max_window_bits=""', 'with a server_max_window_bits of nothing in quotes'],
    ['no-token-in-quotes', 'a="b c"', 'with a value in quotes that is no token'],
    ['quote-not-closed', 'a="b', 'with a quote that does not end'],
    ['quote-not-opened', 'a=b"', 'with a quote that does not begin'],
    ['quote-escaped', 'a="b\\"', 'with a quote whose end is escaped'],
    ['text-behind-quotes', 'a="b"c', 'with text right behind quotes'],
    ['two-parameter-names', 'a b', 'with two words for a parameter'],
    ['obs-text', 'a=\u00e9', 'with an octet above 127'],
    ['backtracking', `a="${'\\c'.repeat(2000)}`, 'with 2,000 escaped letters in a quote that does not end'],
  ]),
];

/** Each by another thing. */
export const VALUES: readonly Value[] = [...LISTS, ...PARAMETERS, ...WINDOWS, ...MALFORMED];
