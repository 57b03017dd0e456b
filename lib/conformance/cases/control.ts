// §5.5.2 and §5.5.3, Ping and Pong: what is answered, with what, how often and in which order. Control frames between the fragments of a
// message are in fragmentation.ts, Close is in closing.ts.

import type { Case, Payload, Split } from '../case.ts';
import { CLOSES, answered, define, ended, fails, filled, hex, nonStrict, passesCleanly, ping, pong, sawPong, sends } from '../write.ts';

const COMES_BACK = 'One Pong with the same payload, then a clean closing handshake.';
const IGNORED = 'The Pong is ignored: nothing comes back but the answer to the Close.';
const NOT_TEXT: Payload = hex('00fffefdfcfb00ff');
const UNASKED: Payload = { text: 'Nobody asked for a Pong.' };

/** A Ping alone, and the Pong that answers it. */
const ALONE: readonly { id: string; alias: string; does: string; payload: Payload; requirements: readonly string[]; split?: Split }[] = [
  { id: 'without-payload', alias: '2.1', does: 'Sends a Ping without payload.', payload: hex(''), requirements: ['6455-5.2-20'] },
  { id: 'with-text', alias: '2.2', does: 'Sends a Ping with a short text in it.', payload: { text: 'Hello, hawser' }, requirements: [] },
  {
    id: 'with-octets-that-are-no-text', alias: '2.3', does: 'Sends a Ping whose payload is not UTF-8.', payload: NOT_TEXT,
    requirements: ['6455-5.5.2-1'],
  },
  {
    id: 'of-125-octets', alias: '2.4', does: 'Sends a Ping with 125 octets, the most that a control frame may have.',
    payload: filled(125, 'fe'), requirements: ['6455-5.5-2'],
  },
  {
    id: 'octet-by-octet', alias: '2.6', does: 'Sends a Ping with 125 octets, each octet in a write of its own.', payload: filled(125, 'fe'),
    requirements: ['6455-5.5-2', '6455-6.2-1'], split: 1,
  },
];

/** Ten Pings at once. Whether each of them is answered is left to the subject (§5.5.3), but not that the last one is. */
function tenPings(id: string, alias: string, how: string, split?: Split): Case {
  const payloads = Array.from({ length: 10 }, (_, index): Payload => ({ text: `payload-${index}` }));
  const pongs = payloads.map(sawPong);
  const perhaps = pongs.slice(0, -1).map((maybe) => ({ maybe }));
  return define({
    id: `5.5.3/${id}`,
    aliases: [alias],
    does: `Sends ten Pings with different payloads ${how}.`,
    expects: 'Ten Pongs in the order of the Pings, each with the payload of its Ping.',
    requirements: ['6455-5.5.2-2', '6455-5.5.3-1', '6455-5.5.3-2'],
    steps: [sends(payloads.map((payload) => ping(payload)), split), { await: pongs.length }, CLOSES],
    outcomes: [
      passesCleanly(...pongs),
      nonStrict('Not every Ping is answered, but the last one is: §5.5.3 allows it, and peers that count their Pongs do not expect it.',
        ...perhaps, ...pongs.slice(-1), 'silence'),
    ],
  });
}

export const CONTROL: readonly Case[] = [
  ...ALONE.map(({ id, alias, does, payload, requirements, split }) => define({
    id: `5.5.2/ping-${id}`,
    aliases: [alias],
    does,
    expects: COMES_BACK,
    requirements: ['6455-5.5.2-2', '6455-5.5.3-1', ...requirements],
    ...answered([ping(payload)], [sawPong(payload)], split),
  })),
  define({
    id: '5.5/ping-of-126-octets',
    aliases: ['2.5'],
    does: 'Sends a Ping with 126 octets, one more than a control frame may have.',
    expects: 'The connection is failed with 1002, and the Ping is not answered.',
    requirements: ['6455-5.5-2'],
    ...ended([ping(filled(126, 'fe'))], fails(1002)),
  }),
  define({
    id: '5.5.3/pong-without-ping',
    aliases: ['2.7'],
    does: 'Sends an empty Pong that answers no Ping, and closes.',
    expects: IGNORED,
    requirements: ['6455-5.5.3-3', '6455-5.5.3-4'],
    steps: [sends([pong()]), CLOSES],
    outcomes: [passesCleanly()],
  }),
  define({
    id: '5.5.3/pong-with-payload-without-ping',
    aliases: ['2.8'],
    does: 'Sends a Pong with a payload that answers no Ping, and closes.',
    expects: IGNORED,
    requirements: ['6455-5.5.3-3', '6455-5.5.3-4'],
    steps: [sends([pong(UNASKED)]), CLOSES],
    outcomes: [passesCleanly()],
  }),
  define({
    id: '5.5.3/ping-behind-pong-without-ping',
    aliases: ['2.9'],
    does: 'Sends a Pong that answers no Ping, and a Ping with another payload behind it.',
    expects: 'One Pong, with the payload of the Ping, then a clean closing handshake.',
    requirements: ['6455-5.5.2-2', '6455-5.5.3-1', '6455-5.5.3-4'],
    ...answered([pong(UNASKED), ping('A real Ping!')], [sawPong('A real Ping!')]),
  }),
  tenPings('ten-pings', '2.10', 'in one write'),
  tenPings('ten-pings-octet-by-octet', '2.11', 'one behind the other, each octet in a write of its own', 1),
];
