// The tester of one case, against a subject played by hand: what each kind of step writes and waits for, and what goes between.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Step } from '../../lib/conformance/case.ts';
import { CLOSES, FAILS, again, close, continuation, frame, hex as octets, passesCleanly, ping, pong, sends, text } from '../../lib/conformance/write.ts';
import { PATIENCE, Script, masked, says } from './scripted.ts';

const LEAVES: Step = { finish: 'leave' };
const TEXT_A = '810161';
const CLOSE_1000 = '880203e8';
const fromClient = { text: masked(TEXT_A), close: masked(CLOSE_1000), ping: masked('890170'), pong: masked('8a00') };

// ---- what is written --------------------------------------------------------------------------------------------------------------

describe('a step of a case: what is sent', () => {
  const items = [text('ab'), ping(), says('c')];
  const wrote = (step: Step, options?: ConstructorParameters<typeof Script>[1]): string => new Script([step, LEAVES], options).wrote().join(' ');

  it('is one write, or one an item, or pieces, or cut at offsets', () => {
    assert.equal(wrote({ send: items }), '81026162 8900 810163'.replaceAll(' ', ''));
    assert.equal(wrote({ send: items, split: 'items' }), '81026162 8900 810163');
    assert.equal(wrote({ send: items, split: 4 }), '81026162 89008101 63');
    assert.equal(wrote({ send: items, split: [1, 5] }), '81 02616289 00810163');
  });

  it('is cut as the runner says, whatever the case says, for sweeps', () => {
    assert.equal(wrote({ send: items, split: 'items' }, { split: 5 }), '8102616289 00810163');
    assert.equal(wrote({ send: [text('ab')], split: 2 }, { split: 'together' }), '81026162');
  });

  it('is sent so many times over, each time by itself', () => {
    assert.equal(wrote({ send: [text('a')], times: 3 }), `${TEXT_A} ${TEXT_A} ${TEXT_A}`);
    assert.equal(wrote({ send: [again(2, text('a'), ping())] }), `${TEXT_A}8900${TEXT_A}8900`);
    assert.equal(wrote({ send: [again(2, text('a'), ping())], split: 'items' }), `${TEXT_A} 8900 ${TEXT_A} 8900`);
    assert.equal(wrote({ send: [] }), '');
  });

  it('is masked where the tester is the client', () => {
    assert.equal(wrote({ send: [text('a')] }, { role: 'server' }), '818137fa213d56');
  });

  it('is followed by the next step once all of it was taken, and not before', () => {
    const script = new Script([sends([text('a')]), { end: 'fin' }, { watch: 50 }, LEAVES]);
    assert.equal(script.take(), TEXT_A);
    assert.equal(script.run.outputEnded, false);
    assert.equal(script.take(), null);
    assert.equal(script.run.outputEnded, true);
  });
});

describe('a step of a case: what is waited for', () => {
  it('await: so many things in all, whenever they came', () => {
    const script = new Script([{ await: 1 }, sends([text('a')]), { await: 2 }, { await: 2 }, sends([ping()]), LEAVES]);
    assert.deepEqual(script.wrote(), []);
    assert.deepEqual(script.sends(fromClient.text, fromClient.text).wrote(), [TEXT_A, '8900']);
    assert.deepEqual(script.seen, ['text "a"', 'text "a"']);
  });

  it('await: does not count heartbeats, which are answered or ignored', () => {
    const script = new Script([{ await: 1 }, LEAVES]);
    assert.deepEqual(script.sends(fromClient.ping, fromClient.pong).wrote(), ['8a0170']);
    assert.equal(script.seen, null);
    assert.deepEqual(script.sends(fromClient.text).seen, ['text "a"']);
  });

  it('await: is over when the subject closes or ends, and so are the steps that need a connection', () => {
    const steps = [{ await: 3 }, sends([text('a')]), { volley: VOLLEY }, { await: 9 }, { weigh: 'masking-keys' as const }, CLOSES];
    const closed = new Script(steps).sends(fromClient.close);
    assert.deepEqual(closed.wrote(), [CLOSE_1000]);
    assert.equal(closed.run.outputEnded, true, 'the server ends first');
    assert.deepEqual(closed.ends().seen, ['close 1000', 'end (fin)']);
    assert.deepEqual(new Script(steps).ends('reset').seen, ['end (reset)']);
  });

  it('await: is silence when it is over and nothing has come', () => {
    const script = new Script([{ await: 1 }, CLOSES]).pass(PATIENCE - 1);
    assert.equal(script.seen, null);
    assert.deepEqual(script.pass(1).seen, ['silence']);
    assert.equal(script.run.result?.ms, PATIENCE);
  });

  it('watch: for a Close, then for the end; it takes its time with those alone who do nothing', () => {
    const steps: Step[] = [{ watch: 300 }, FAILS];
    assert.deepEqual(new Script(steps).sends(fromClient.close).ends().seen, ['close 1000', 'end (fin)']);
    assert.deepEqual(new Script(steps).ends().seen, ['end (fin)']);
    const idle = new Script(steps).pass(299).sends(fromClient.text);
    assert.equal(idle.seen, null);
    assert.deepEqual(idle.pass(1).ends().seen, ['text "a"', 'open', 'end (fin)'], 'what passes does not prolong it');
    const twice = new Script([{ answers: false }, { watch: 300 }, { watch: 300 }, FAILS]).sends(fromClient.close).pass(300);
    assert.deepEqual(twice.ends().seen, ['close 1000', 'open', 'end (fin)']);
  });

  it('watch: a client that has closed is answered, and the tester ends first (§7.1.1), before the watch or in the midst of it', () => {
    for (const early of [true, false]) {
      const script = new Script([sends([frame(3)]), { watch: 300 }, FAILS]);
      if (!early) assert.deepEqual(script.wrote(), ['8300']);
      script.sends(masked('880203ea'));
      assert.deepEqual(script.wrote(), ['880203ea'], early ? 'before' : 'in the midst');
      assert.equal(script.run.outputEnded, true);
      assert.deepEqual(script.ends().seen, ['close 1002', 'end (fin)']);
    }
  });

  it('reads: the transport is told whether to read', () => {
    const script = new Script([{ reads: false }, sends([text('a')]), { reads: true }, CLOSES]);
    assert.equal(script.run.reads, false);
    assert.deepEqual(script.wrote(), [TEXT_A, CLOSE_1000]);
    assert.equal(script.run.reads, true);
  });

  it('reads: who is not read from and stops reading is left at that', () => {
    const script = new Script([{ reads: false }, { send: [text('a')], times: 9 }, { reads: true }, CLOSES]);
    assert.deepEqual([script.take(), script.take()], [TEXT_A, TEXT_A]);
    script.pass(PATIENCE);
    assert.equal(script.run.reads, true);
    assert.deepEqual(script.wrote(), [CLOSE_1000]);
  });

  it('answers: a Close that is left unanswered is seen, and the steps go on behind it', () => {
    const script = new Script([{ answers: false }, { await: 1 }, sends([text('b')]), { await: 2 }, LEAVES]).sends(fromClient.close);
    assert.deepEqual(script.wrote(), ['810162']);
    assert.deepEqual(script.ends().seen, ['close 1000', 'end (fin)']);
  });

  it('weigh: the masking keys of all frames so far', () => {
    const script = new Script([{ await: 1 }, { weigh: 'masking-keys' }, LEAVES]);
    assert.deepEqual(script.sends('8a8000000001', '8a8000000002', '8a8000000003', '81810000000461').seen, ['text "a"', 'masking keys: progress']);
  });

  it('end: the tester\'s side, with FIN or as a whole', () => {
    const fin = new Script([{ end: 'fin' }, FAILS]);
    assert.deepEqual([fin.run.outputEnded, fin.run.abandoned], [true, false]);
    assert.deepEqual(fin.sends(fromClient.ping, fromClient.close).wrote(), [], 'nothing can be answered any more');
    assert.deepEqual(fin.ends().seen, ['close 1000', 'end (fin)']);
    const reset = new Script([sends([text('a')]), { end: 'reset' }, FAILS]);
    assert.deepEqual(reset.wrote(), [TEXT_A]);
    assert.deepEqual([reset.run.abandoned, reset.seen], [true, []], 'nothing comes from a connection that is no more');
  });

  it('finish: close begins the closing handshake, fail waits for the subject, leave goes', () => {
    const closes = new Script([CLOSES]);
    assert.deepEqual(closes.wrote(), [CLOSE_1000]);
    assert.equal(closes.run.outputEnded, false, 'not before the Close is answered');
    closes.sends(fromClient.close);
    assert.deepEqual([closes.wrote(), closes.run.outputEnded], [[], true]);
    assert.deepEqual(closes.ends().seen, ['close 1000', 'end (fin)']);
    assert.equal(closes.run.abandoned, false);

    assert.deepEqual(new Script([FAILS]).sends(masked('88020bb9')).wrote(), ['88020bb9'], 'a Close is answered with its code');
    assert.deepEqual(new Script([FAILS]).sends(masked('8800')).wrote(), ['8800']);
    assert.deepEqual(new Script([LEAVES]).seen, []);
  });

  it('finish: a Close that an earlier step has sent is not sent again', () => {
    const script = new Script([sends([close(3000)]), CLOSES]);
    assert.deepEqual(script.wrote(), ['88020bb8']);
    assert.deepEqual(script.sends(masked('88020bb8')).wrote(), []);
    assert.deepEqual(script.ends().seen, ['close 3000', 'end (fin)']);
  });

  it('finish: it is for the server to end: who is the client waits for that, in both roles', () => {
    const server = new Script([CLOSES], { role: 'server' });
    server.wrote();
    server.sends(CLOSE_1000);
    assert.equal(server.run.outputEnded, false);
    assert.deepEqual(server.pass(PATIENCE).seen, ['close 1000', 'silence']);
    assert.equal(server.run.abandoned, true);
  });
});

// ---- volleys and floods -----------------------------------------------------------------------------------------------------------

const VOLLEY = { count: 5, message: 'text', payload: { text: 'a' }, inFlight: 2 } as const;

describe('a volley', () => {
  it('has so many messages under way, and is seen as one', () => {
    const script = new Script([{ volley: VOLLEY }, LEAVES]);
    assert.deepEqual(script.wrote(), [TEXT_A, TEXT_A]);
    assert.deepEqual(script.wrote(), [], 'until an echo makes room');
    assert.deepEqual(script.sends(fromClient.text).wrote(), [TEXT_A]);
    assert.deepEqual(script.sends(fromClient.text, fromClient.text).wrote(), [TEXT_A, TEXT_A]);
    assert.equal(script.seen, null);
    assert.deepEqual(script.sends(fromClient.text, fromClient.text).seen, ['volley of 5']);
  });

  it('of a corpus sends a further stretch each time, and costs no more than the budget but for its first messages', () => {
    const volley = { count: 9, message: 'text', payload: { corpus: 'json', length: 4 }, inFlight: 9 } as const;
    const five = ['81047b226964', '8104223a302c', '810422766573', '810473656c22', '81043a226465'];
    assert.deepEqual(new Script([{ volley }, LEAVES], { budget: 20 }).wrote(), five);
    assert.equal(new Script([{ volley }, LEAVES], { budget: 1 }).wrote().length, 3);
    assert.equal(new Script([{ volley }, LEAVES]).wrote().length, 9);
  });

  it('answers Pings between its messages, and goes on', () => {
    const script = new Script([{ volley: VOLLEY }, LEAVES]);
    script.wrote();
    assert.deepEqual(script.sends(fromClient.ping, fromClient.text).wrote(), ['8a0170', TEXT_A]);
  });

  it('is broken off by an echo that differs, in content, in kind, in number', () => {
    const seen = (...frames: string[]): readonly string[] | null => {
      const script = new Script([{ volley: VOLLEY }, CLOSES]);
      script.wrote();
      return script.sends(...frames).seen;
    };
    assert.deepEqual(seen(masked('810162')), ['breach ECHO_DIFFERS: message 1 as "b" instead of "a"']);
    assert.deepEqual(seen(fromClient.text, masked('820161')), ['breach ECHO_DIFFERS: message 2 as binary']);
    assert.deepEqual(seen(fromClient.text, fromClient.text, fromClient.text), ['breach ECHO_DIFFERS: a message more than were sent: text "a"']);
    const atOnce = fromClient.text + masked('810162') + fromClient.text;
    assert.deepEqual(seen(atOnce), ['breach ECHO_DIFFERS: message 2 as "b" instead of "a"'], 'nothing is seen behind a breach');
  });

  it('says of a long echo where it differs', () => {
    const long = { ...VOLLEY, payload: { repeat: '61', length: 100 } };
    const seen = (content: string): readonly string[] | null => {
      const script = new Script([{ volley: long }, CLOSES]);
      script.wrote();
      return script.sends(masked(`81${content.length.toString(16).padStart(2, '0')}${Buffer.from(content).toString('hex')}`)).seen;
    };
    assert.deepEqual(seen('a'.repeat(70) + 'b'.repeat(30)), ['breach ECHO_DIFFERS: message 1, which differs from octet 70 on: 62 instead of 61']);
    assert.deepEqual(seen('a'.repeat(99)), ['breach ECHO_DIFFERS: message 1, cut behind 99 of 100 octets']);
    assert.deepEqual(seen('a'.repeat(101)), ['breach ECHO_DIFFERS: message 1, with 1 octet too many']);
  });

  it('says how far it came when no more comes', () => {
    const script = new Script([{ volley: VOLLEY }, CLOSES], { outcomes: [passesCleanly('volley')] });
    script.wrote();
    script.sends(fromClient.text).wrote();
    script.pass(PATIENCE);
    assert.equal(script.run.result?.why, 'expected the echo of every message; it did not come in time: 1 of 5 messages have come back.');
  });
});

describe('a flood', () => {
  const PINGS: Step = { flood: { send: [ping('p')], octets: 65_536, bound: 300 } };
  const marker = '8a0a666c6f6f64206f766572';
  const takes = (script: Script, writes: number): void => {
    for (let i = 0; i < writes; i++) assert.ok(script.take() !== null);
  };

  it('is not read from while it is written, and asks for the end behind it', () => {
    const script = new Script([PINGS, LEAVES]);
    assert.equal(script.run.reads, false);
    takes(script, 2); // rounds of three octets do not come to 64 KiB
    assert.equal(script.run.reads, false);
    assert.equal(script.take(), '890a666c6f6f64206f766572');
    assert.equal(script.run.reads, true);
  });

  it('is bounded where few answers come, unbounded where all do', () => {
    for (const [answers, seen] of [[100, 'bounded'], [101, 'unbounded']] as const) {
      const script = new Script([PINGS, LEAVES]);
      script.wrote();
      script.sends(...Array.from({ length: answers }, () => masked('8a0170')), masked(marker));
      assert.deepEqual(script.seen, [`flooded, ${seen}`], `${answers} answers of three octets`);
    }
  });

  it('is stalled where the subject stops reading', () => {
    const script = new Script([PINGS, LEAVES]);
    takes(script, 1);
    script.pass(PATIENCE);
    assert.equal(script.run.reads, true);
    assert.equal(script.take(), '890a666c6f6f64206f766572');
    assert.deepEqual(script.sends(masked('8a0170'), masked(marker)).seen, ['flooded, stalled']);
  });

  it('of messages is over when each has come back, or nothing more comes', () => {
    const flood: Step = { flood: { send: [text('x'.repeat(40_000))], octets: 1, bound: 1_000_000 } };
    const all = new Script([flood, LEAVES]);
    all.wrote();
    assert.deepEqual(all.sends(masked('810178')).seen, ['flooded, bounded']);
    const none = new Script([flood, LEAVES]);
    none.wrote();
    assert.deepEqual(none.pass(PATIENCE).seen, ['flooded, bounded']);
  });

  it('is not seen where the subject closes or ends before it is over', () => {
    const closed = new Script([PINGS, CLOSES]);
    closed.wrote();
    assert.deepEqual(closed.sends(fromClient.close).ends().seen, ['close 1000', 'end (fin)']);
    const gone = new Script([PINGS, CLOSES]);
    gone.wrote();
    assert.deepEqual(gone.ends('reset').seen, ['end (reset)']);
  });
});

// ---- what goes between ------------------------------------------------------------------------------------------------------------

describe('what the tester answers', () => {
  it('goes between two frames of a step, never into one, however the step is cut', () => {
    for (const split of [1, 2, 3, [1], [5, 6], 'items', 'together'] as const) {
      const script = new Script([{ send: [text('ab', { fin: false }), continuation('cd'), text('e')], split }, LEAVES]);
      const before = script.take();
      script.sends(fromClient.ping);
      const wire = [before, ...script.wrote()].join('');
      const frames = ['01026162', '80026364', '810165'];
      const places = frames.map((_, index) => [...frames.slice(0, index + 1), '8a0170', ...frames.slice(index + 1)].join(''));
      assert.ok(places.includes(wire), `${JSON.stringify(split)}: ${wire}`);
    }
  });

  it('is written as soon as the frame under way has ended', () => {
    const script = new Script([{ send: [text('ab'), text('cd')], split: 1 }, LEAVES]);
    assert.equal(script.take(), '81');
    script.sends(fromClient.ping);
    assert.deepEqual(script.wrote(), ['02', '61', '62', '8a0170', '81', '02', '63', '64']);
  });

  it('is a Close behind the frame under way, and nothing of the step behind that', () => {
    const script = new Script([{ send: [text('ab'), text('cd')], split: 1 }, CLOSES]);
    assert.deepEqual([script.take(), script.take()], ['81', '02']);
    script.sends(fromClient.ping, fromClient.close);
    assert.deepEqual(script.wrote(), ['61', '62', '8a0170', CLOSE_1000]);
    assert.equal(script.run.outputEnded, true);
  });

  it('waits where the case leaves a frame open, until the case ends it', () => {
    const half: Step = { send: [{ octets: octets('8104 6162') }] };
    const script = new Script([half, { await: 1 }, { send: [{ octets: octets('6364') }] }, { await: 2 }, CLOSES]);
    assert.deepEqual(script.wrote(), ['81046162']);
    assert.deepEqual(script.sends(fromClient.ping).wrote(), []);
    assert.deepEqual(script.sends(fromClient.text).wrote(), ['6364', '8a0170']);
  });

  it('is left out where a header claims more than ever follows: it would be read as payload', () => {
    const script = new Script([sends([text('ab', { claims: '70000' })]), FAILS]);
    assert.deepEqual(script.wrote(), ['817f00000000000111706162']);
    assert.deepEqual(script.sends(fromClient.ping, fromClient.close).wrote(), []);
    assert.equal(script.run.outputEnded, true, 'a server ends the transport all the same');
  });

  it('is a Pong to each Ping, in order, with its payload, until a Close was sent', () => {
    const script = new Script([{ await: 1 }, CLOSES]);
    assert.deepEqual(script.sends(masked('890161'), masked('8900'), masked('890162')).wrote(), ['8a0161', '8a00', '8a0162']);
    assert.deepEqual(script.sends(fromClient.text).wrote(), [CLOSE_1000]);
    assert.deepEqual(script.sends(fromClient.ping).wrote(), []);
  });

  it('is the Pongs to the latest thousand Pings of a subject that does not read', () => {
    const script = new Script([{ await: 1 }, LEAVES]);
    for (let i = 0; i < 3_000; i++) script.sends(masked(`8902${i.toString(16).padStart(4, '0')}`));
    const pongs = script.wrote();
    assert.equal(pongs.length, 1_000);
    assert.equal(pongs.at(-1), '8a020bb7');
  });

  it('tells Pongs that answer from heartbeats', () => {
    const script = new Script([sends([ping('a'), pong('b'), pong()]), { await: 2 }, LEAVES]);
    script.wrote();
    assert.equal(script.sends(masked('8a0163'), masked('8a00')).seen, null);
    assert.deepEqual(script.sends(masked('8a0161'), masked('8a0162')).seen, ['pong "a"', 'pong "b"']);
  });
});
