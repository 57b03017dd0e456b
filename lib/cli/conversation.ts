// The conversation of `npm start`: one message of each kind, each awaited, and a clean close.

import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { dial } from '../node/index.ts';
import { describeOutcome, quoteText } from './echo.ts';
import { FrameLog } from './frame-log.ts';
import { Tap } from './tap.ts';

const MIB = 1024 * 1024;

/** Waits for events by name, in the order in which they come. */
class Inbox {
  readonly #arrived: string[] = [];
  #wake: () => void = () => {};

  put(event: string): void {
    this.#arrived.push(event);
    this.#wake();
  }

  /** Resolves once `event` has come; events before it are passed over. */
  async wait(event: string): Promise<void> {
    for (;;) {
      const next = this.#arrived.shift();
      if (next === event) return;
      if (next === 'closed') throw new Error(`the connection closed while ${event} was awaited`);
      if (next === undefined) await new Promise<void>((resolve) => { this.#wake = resolve; });
    }
  }
}

/** Dials `url`, talks, closes; `log` gets every frame of both directions and what the client's engine makes of what arrives. */
export async function converse(url: string, log: (line: string) => void): Promise<void> {
  const frames = new FrameLog(log);
  const inbox = new Inbox();
  const tell = (event: string, name: string): void => {
    log(`    client: ${event}`);
    inbox.put(name);
  };
  const say = (what: string): void => log(`\n${what}`);

  say('The opening handshake (RFC 6455 §4)');
  const { connection } = await dial(url, {
    connect: ({ host, port }) => new Tap(connect(port, host), (bytes) => frames.sent(bytes), (bytes) => frames.received(bytes)),
    events: {
      text: (message) => tell(`text ${quoteText(message)}`, 'text'),
      binary: (message) => tell(`binary, ${message.length.toLocaleString('en')} bytes`, 'binary'),
      pong: (payload) => tell(`pong ${JSON.stringify(Buffer.from(payload).toString())}`, 'pong'),
      closing: (code, reason) => tell(`close ${code} ${JSON.stringify(reason)}`, 'closing'),
      closed: (outcome) => tell(describeOutcome(outcome), 'closed'),
    },
  });
  log('    client: open');

  say('A text message in one frame (§5.6)');
  connection.sendText('Hello');
  await inbox.wait('text');

  say('Text is UTF-8: characters of two, three and four bytes (§8.1)');
  connection.sendText('Grüße, 世界 👋');
  await inbox.wait('text');

  say('A binary message (§5.6)');
  connection.sendBinary(Uint8Array.of(0x00, 0x01, 0x02, 0xfd, 0xfe, 0xff));
  await inbox.wait('binary');

  say('A fragmented message, and a Ping between its fragments (§5.4, §5.5.2)');
  connection.sendFragment('text', Buffer.from('Hel'), false);
  await new Promise(setImmediate); // the first fragment is on its way: a Ping would go ahead of one that waits
  connection.sendPing(Buffer.from('are you there?'));
  await inbox.wait('pong');
  connection.sendFragment('text', Buffer.from('lo'), true);
  await inbox.wait('text');

  say('A message long enough to be worth compressing: RSV1 says that it is, the length is what is left of it (RFC 7692 §6)');
  connection.sendText('The same again. '.repeat(50));
  await inbox.wait('text');

  say('1 MiB that nothing makes smaller, as it is in one frame with a 64-bit length (§5.2)');
  connection.sendBinary(randomBytes(MIB));
  await inbox.wait('binary');

  say('The closing handshake: a code and a reason (§5.5.1, §7)');
  connection.close(1000, 'good bye');
  await inbox.wait('closed');
}
