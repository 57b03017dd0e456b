// §5.2, what is reserved: the three RSV bits, which mean nothing unless an extension was agreed on that says so, and the opcodes 3 to 7 and
// 11 to 15. Here no extension is agreed on; RSV1 under permessage-deflate is in other files.

import type { Case, FrameItem, Payload, Split } from '../case.ts';
import { binary, close, define, ended, fails, failsBehind, frame, hex, ping, refuses, sawText, text } from '../write.ts';

const GREETING: Payload = { text: 'Hello, hawser' };

const FAILS_AT_ONCE = 'The connection is failed with 1002, and nothing is delivered.';
const FAILS_BEHIND = 'The first message comes back, the connection is failed with 1002, and the Ping is not answered.';

/** How a case is written to the transport. */
const TOGETHER = { how: 'in one write', split: 'together' } as const;
const FRAMEWISE = { how: 'each frame in a write of its own', split: 'items' } as const;
const OCTETWISE = { how: 'each octet in a write of its own', split: 1 } as const;

/** A frame that must not be, alone. */
function alone(id: string, alias: string, what: string, requirements: readonly string[], bad: FrameItem): Case {
  return define({
    id: `5.2/${id}`, aliases: [alias], does: `Sends ${what}.`, expects: FAILS_AT_ONCE, requirements, ...ended([bad], fails(1002)),
  });
}

/** It between a good message and a Ping: that message is due, the answer to the Ping is not. */
function between(
  id: string, alias: string, what: string, requirements: readonly string[], bad: FrameItem, { how, split }: { how: string; split: Split },
): Case {
  return define({
    id: `5.2/${id}`,
    aliases: [alias],
    does: `Sends a good text message, ${what}, and a Ping, ${how}.`,
    expects: FAILS_BEHIND,
    requirements: [...requirements, '6455-7.1.7-7'],
    ...ended([text(GREETING), bad, ping()], failsBehind(1002, sawText(GREETING)), split),
  });
}

const RSV1 = '6455-5.2-4', RSV2 = '6455-5.2-5', RSV3 = '6455-5.2-6', RSV = '6455-5.2-7';

const RESERVED_BITS: readonly Case[] = [
  alone('rsv3', '3.1', 'a text frame with RSV3', [RSV, RSV3], text(GREETING, { rsv: 1 })),
  between('rsv2-behind-a-message', '3.2', 'a text frame with RSV2', [RSV, RSV2], text(GREETING, { rsv: 2 }), TOGETHER),
  between('rsv2-and-rsv3-behind-a-message', '3.3', 'a text frame with RSV2 and RSV3', [RSV, RSV2, RSV3],
    text(GREETING, { rsv: 3 }), FRAMEWISE),
  between('rsv1-behind-a-message', '3.4', 'a text frame with RSV1 though no compression was agreed on', [RSV, RSV1],
    text(GREETING, { rsv: 4 }), OCTETWISE),
  alone('rsv1-and-rsv3-on-binary', '3.5', 'a binary frame with RSV1 and RSV3', [RSV, RSV1, RSV3],
    binary(hex('00fffefdfcfb00ff'), { rsv: 5 })),
  alone('rsv1-and-rsv2-on-binary', '3.6', 'a binary frame with RSV1 and RSV2', [RSV, RSV1, RSV2], binary(GREETING, { rsv: 6 })),
  define({
    id: '5.2/rsv-on-close',
    aliases: ['3.7'],
    does: 'Sends a Close frame with code 1000 and all three RSV bits.',
    expects: 'The connection is failed with 1002: the Close is not answered as if it were a good one.',
    requirements: [RSV, RSV1, RSV2, RSV3],
    ...ended([close(1000, hex(''), { rsv: 7 })], refuses(1002)),
  }),
];

const DATA_OPCODES = ['6455-5.2-8', '6455-5.2-9', '6455-5.6-1'];
const CONTROL_OPCODES = ['6455-5.2-8', '6455-5.2-9', '6455-5.5-1'];

/** The five reserved opcodes from `first` on, each the way the classic suite has it. */
function reservedOpcodes(kind: 'data' | 'control', group: string, first: number, requirements: readonly string[]): readonly Case[] {
  const name = (opcode: number): string => `reserved-${kind}-opcode-${opcode}`;
  const what = (opcode: number, more: string): string => `a frame with the reserved ${kind} opcode ${opcode} ${more}`;
  const second = first + 1, third = first + 2, fourth = first + 3, fifth = first + 4;
  return [
    alone(name(first), `${group}.1`, what(first, 'and no payload'), requirements, frame(first)),
    alone(name(second), `${group}.2`, what(second, 'and a payload'), requirements, frame(second, 'a reserved opcode frame')),
    between(name(third), `${group}.3`, what(third, 'and no payload'), requirements, frame(third), TOGETHER),
    between(name(fourth), `${group}.4`, what(fourth, 'and a payload'), requirements, frame(fourth, GREETING), TOGETHER),
    between(name(fifth), `${group}.5`, what(fifth, 'and a payload'), requirements, frame(fifth, GREETING), OCTETWISE),
  ];
}

export const RESERVED: readonly Case[] = [
  ...RESERVED_BITS,
  ...reservedOpcodes('data', '4.1', 3, DATA_OPCODES),
  ...reservedOpcodes('control', '4.2', 11, CONTROL_OPCODES),
];
