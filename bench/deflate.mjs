// What compression costs and what it saves, ours against ws's, in one run: the codecs alone, the size on the wire against node:zlib's, echoes
// over sockets, the memory of connections that have spoken and are idle. Nothing is asserted: a table is printed, and every reading
// kept. How: contestants take turns within each round, who begins changes, and a ratio is taken within a round; medians with quartiles.
// Servers and the load are processes of their own, both servers are up at once, and the load says how busy it was.
//
//   npm run bench:deflate                       all of it, about five minutes
//   npm run bench:deflate -- --quick            the same with few readings, in seconds: to see that it works
//   npm run bench:deflate -- --only=codec,size  parts: codec, size, sockets, memory

import { hawser, pump, ws, zlibSync } from './lib/codecs.mjs';
import { KINDS, corpus, seriesLength } from './lib/corpus.mjs';
import { options } from './lib/options.mjs';
import { Report } from './lib/report.mjs';
import { Series, zlibDeflated } from './lib/script.mjs';
import { figure, ratios, readings, spread, summary, turns } from './lib/stats.mjs';
import { Worker } from './lib/worker.mjs';

const USAGE = 'node bench/deflate.mjs [--quick] [--only=codec,size,sockets,memory]';
const { quick, runs } = options(USAGE, ['codec', 'size', 'sockets', 'memory']);

const SIZES = [64, 200, 2048, 16_384];
const KIB = 1024;
const OFFER = 'permessage-deflate; client_max_window_bits';
/** Both sides alike: what is compared is the work, not a choice of parameters. */
const FULL = { serverMaxWindowBits: 15, clientMaxWindowBits: 15, threshold: 0 };
const FULL_WINDOW = 15;
const WITHOUT_TAKEOVER = { ...FULL, serverNoContextTakeover: true, clientNoContextTakeover: true };
const WITH_TAKEOVER = { ...FULL, serverNoContextTakeover: false, clientNoContextTakeover: false };

const report = new Report('deflate');
if (runs('codec')) await codecs();
if (runs('size')) await sizes();
if (runs('sockets')) await sockets();
if (runs('memory')) await memory();
report.end();
process.exit(); // zlib streams of a rival that are still open do not matter any more

// ---- the codecs alone -------------------------------------------------------------------------------------------------------------

async function codecs() {
  report.section('The codecs alone', 'Time per message, in µs. In flight are messages of as many connections: one connection has one at a time, '
    + 'ours and ws alike. CPU counts the thread pool. zlib: one synchronous call per message that keeps nothing.');
  const rows = [];
  for (const takeover of [false, true]) {
    for (const inFlight of [1, 64]) {
      for (const size of SIZES) {
        for (const work of /** @type {const} */ (['deflate', 'inflate'])) rows.push(await codecCase({ takeover, inFlight, size, work }));
      }
    }
  }
  report.table(['codec alone', 'ours µs', 'ws µs', 'ws ÷ ours', 'CPU, ws ÷ ours', 'zlib µs'], rows);
}

/** @param {{ takeover: boolean, inFlight: number, size: number, work: 'deflate' | 'inflate' }} which */
async function codecCase({ takeover, inFlight, size, work }) {
  const rounds = quick ? 3 : 15;
  const milliseconds = quick ? 3 : 15;
  const setting = { takeover, windowBits: FULL_WINDOW };
  const texts = corpus({ size, count: seriesLength(size) }).map((text) => Buffer.from(text));
  const series = await Series.compressed(texts, setting);
  const message = work === 'deflate' ? (cursor) => texts[cursor % texts.length] : (cursor) => /** @type {Buffer} */ (series.at(cursor));
  const makers = { ours: hawser, ws, ...!takeover && inFlight === 1 && { zlib: zlibSync } };
  const contestants = Object.entries(makers).map(([name, make]) => ({
    name, count: 64, wall: readings(), cpu: readings(), codecs: Array.from({ length: inFlight }, () => make(setting)), cursors: new Array(inFlight).fill(0),
  }));

  /** @param {typeof contestants[number]} contestant @param {number} count */
  const once = async ({ codecs: group, cursors }, count) => {
    const { user, system } = process.cpuUsage();
    const start = performance.now();
    await pump(group, work, message, cursors, count);
    const wall = performance.now() - start;
    const cpu = process.cpuUsage();
    return { wall: wall * 1000 / count, cpu: (cpu.user + cpu.system - user - system) / count };
  };
  for (const contestant of contestants) { // warm, and long enough for a clock
    for (let spent = 0; spent < 2 * milliseconds;) {
      const { wall } = await once(contestant, contestant.count);
      spent += wall * contestant.count / 1000;
      contestant.count = Math.max(64, Math.min(4 * contestant.count, Math.ceil(milliseconds * 1000 / wall)));
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const contestant of turns(contestants, round)) {
      const { wall, cpu } = await once(contestant, contestant.count);
      contestant.wall.push(wall);
      contestant.cpu.push(cpu);
    }
  }
  for (const { codecs: group } of contestants) for (const codec of group) codec.end();
  const [ours, rival, zlib] = contestants;
  const all = Object.fromEntries(contestants.map(({ name, wall, cpu }) => [name, { wall, cpu }]));
  report.keep('codec', { takeover, inFlight, size, work, ...all });
  return [
    `${bytesOf(size)}, ${work}, ${inFlight === 1 ? 'ping-pong' : `${inFlight} in flight`}, ${takeoverOf(takeover)}`,
    spread(summary(ours.wall)), spread(summary(rival.wall)), spread(ratios(ours.wall, rival.wall)), spread(ratios(ours.cpu, rival.cpu)),
    zlib === undefined ? '' : figure(summary(zlib.wall).median),
  ];
}

// ---- the size on the wire ---------------------------------------------------------------------------------------------------------

async function sizes() {
  report.section('The size on the wire', 'Bytes of compressed payload per message, ours against zlib at level 6 with its default memory, behind the '
    + 'same window; below 100 % ours is the smaller.');
  const rows = [];
  for (const takeover of [false, true]) {
    for (const windowBits of [15, 12, 10]) {
      for (const size of SIZES) {
        const all = await compare(KINDS, { takeover, windowBits }, size);
        const each = [];
        for (const kind of KINDS) each.push(await compare([kind], { takeover, windowBits }, size));
        report.keep('size', { takeover, windowBits, size, all, each });
        rows.push([
          `${bytesOf(size)}, window of ${windowBits} bits, ${takeoverOf(takeover)}`, figure(all.ours), figure(all.zlib),
          ...[all, ...each].map(({ ours, zlib }) => `${(ours / zlib * 100).toFixed(1)} %`),
        ]);
      }
    }
  }
  report.table(['compressed', 'ours B', 'zlib B', 'ours ÷ zlib', ...KINDS.map((kind) => `${kind} only`)], rows);
}

/** @param {typeof KINDS} kinds @param {import('./lib/codecs.mjs').Setting} setting @param {number} size */
async function compare(kinds, setting, size) {
  const messages = corpus({ size, count: seriesLength(size) * (quick ? 1 : 4), kinds }).map((text) => Buffer.from(text));
  const codec = hawser(setting);
  let ours = 0;
  for (const bytes of messages) {
    ours += await new Promise((resolve) => {
      const now = codec.deflate(bytes, resolve);
      if (now >= 0) resolve(now);
    });
  }
  codec.end();
  const zlib = (await zlibDeflated(messages, setting)).reduce((sum, { length }) => sum + length, 0);
  return { ours: ours / messages.length, zlib: zlib / messages.length };
}

// ---- over sockets -----------------------------------------------------------------------------------------------------------------

async function sockets() {
  report.section('Echo over sockets', 'Messages a second, and CPU µs of the server per message. Every connection has so many unanswered messages '
    + 'at a time. `load` is the share of one core that the load took: below 100 % it was waiting for the server.');
  const many = quick ? 50 : 1_000;
  const some = quick ? 10 : 100;
  const cases = [
    { size: 200, connections: many, depth: 1, takeover: false },
    { size: 200, connections: many, depth: 1, takeover: true },
    { size: 200, connections: 1, depth: 1, takeover: false },
    { size: 200, connections: 1, depth: 64, takeover: false },
    { size: 2048, connections: some, depth: 1, takeover: false },
    { size: 2048, connections: some, depth: 1, takeover: true },
    { size: 16_384, connections: some, depth: 1, takeover: false },
    { size: 16_384, connections: some, depth: 1, takeover: true },
  ];
  const rows = [];
  for (const which of cases) rows.push(...await socketCase(which));
  report.table(['echo over sockets', 'ours msg/s', 'ws msg/s', 'ours ÷ ws', 'ours CPU µs', 'ws CPU µs', 'CPU, ws ÷ ours', 'load ours, ws', 'reply B ours, ws'], rows);
}

/** @param {{ size: number, connections: number, depth: number, takeover: boolean }} which */
async function socketCase({ size, connections, depth, takeover }) {
  const rounds = quick ? 2 : 7;
  const milliseconds = quick ? 100 : 700;
  const compression = takeover ? WITH_TAKEOVER : WITHOUT_TAKEOVER;
  const load = new Worker('load.mjs');
  const contestants = await Promise.all(/** @type {const} */ (['hawser', 'ws']).map(async (engine) => {
    const server = new Worker('server.mjs', { engine, work: 'echo', compression });
    const extensions = await load.call('open', { name: engine, port: await server.call('port'), connections, offer: OFFER, size });
    return { engine, server, extensions, rate: readings(), cpu: readings(), busy: readings(), wire: readings() };
  }));
  for (const { engine } of contestants) await load.call('run', { name: engine, milliseconds, depth }); // warm
  for (let round = 0; round < rounds; round++) {
    for (const { engine, server, rate, cpu, busy, wire } of turns(contestants, round)) {
      const before = await server.call('usage');
      const run = await load.call('run', { name: engine, milliseconds, depth });
      const after = await server.call('usage');
      if (after.messages - before.messages !== run.messages) throw new Error(`${engine} counted ${after.messages - before.messages} messages of ${run.messages}`);
      rate.push(run.messages / run.seconds);
      cpu.push((after.cpu - before.cpu) / run.messages);
      busy.push(run.busy);
      wire.push(run.bytes / run.messages);
    }
  }
  for (const { server } of contestants) server.stop();
  load.stop();
  report.keep('sockets', { size, connections, depth, takeover, contestants: contestants.map(({ server, ...rest }) => rest) });
  const [ours, rival] = contestants;
  const both = (of, show) => `${show(summary(of(ours)).median)}, ${show(summary(of(rival)).median)}`;
  return [[
    `${bytesOf(size)}, ${connections} × ${depth}, ${takeoverOf(takeover)}`,
    spread(summary(ours.rate)), spread(summary(rival.rate)), spread(ratios(rival.rate, ours.rate)),
    spread(summary(ours.cpu)), spread(summary(rival.cpu)), spread(ratios(ours.cpu, rival.cpu)),
    both(({ busy }) => busy, (share) => `${Math.round(share * 100)} %`), both(({ wire }) => wire, figure),
  ]];
}

// ---- memory -----------------------------------------------------------------------------------------------------------------------

async function memory() {
  const connections = quick ? 100 : 1_000;
  const exchanged = 20;
  report.section('An idle connection', `KiB that the server holds for each of ${connections} connections that have echoed ${exchanged} messages each and are `
    + 'idle: resident, and in brackets heap with what lies outside of it. The first column has no compression; `more` is the difference. Before it is read, as '
    + 'many connections without compression have spoken, so that the heap is as large as the work makes it.');
  const rivals = /** @type {const} */ ([
    { name: 'ours, without takeover', engine: 'hawser', compression: WITHOUT_TAKEOVER },
    { name: 'ours, takeover both ways, at its defaults', engine: 'hawser', compression: { threshold: 0 } },
    { name: 'ours, takeover both ways, windows of 32 KiB', engine: 'hawser', compression: WITH_TAKEOVER },
    { name: 'ws, without takeover', engine: 'ws', compression: WITHOUT_TAKEOVER },
    { name: 'ws, takeover both ways', engine: 'ws', compression: WITH_TAKEOVER },
  ]);
  const rows = [];
  for (const size of [200, 2048]) {
    const plain = {};
    for (const engine of /** @type {const} */ (['hawser', 'ws'])) plain[engine] = await idle({ engine, compression: 'off', size, connections, exchanged });
    for (const { name, engine, compression } of rivals) {
      const held = await idle({ engine, compression, size, connections, exchanged });
      report.keep('memory', { name, size, held, plain: plain[engine] });
      const [before, after] = [plain[engine], held].map(({ resident, heap }) => ({ resident: summary(resident), heap: summary(heap) }));
      rows.push([
        `${bytesOf(size)}, ${name}`, `${figure(before.resident.median)} [${figure(before.heap.median)}]`,
        `${spread(after.resident)} [${figure(after.heap.median)}]`,
        `${figure(after.resident.median - before.resident.median)} [${figure(after.heap.median - before.heap.median)}]`,
      ]);
    }
  }
  report.table(['idle connection', 'plain, KiB', 'compressed, KiB', 'more, KiB'], rows);
}

/**
 * What one connection more costs a server that has had others: what is there once for a process, its code too, they have paid. What is bounded
 * for a process and shared by its connections is charged to those that are counted.
 *
 * @param {{ engine: 'hawser' | 'ws', compression: import('./lib/server.mjs').Parameters | 'off', size: number, connections: number, exchanged: number }} which
 */
async function idle({ engine, compression, size, connections, exchanged }) {
  const held = { resident: readings(), heap: readings() };
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    const server = new Worker('server.mjs', { engine, work: 'echo', compression });
    const load = new Worker('load.mjs');
    const port = await server.call('port');
    const offer = compression === 'off' ? null : OFFER;
    const speak = async (name, setting, each) => {
      await load.call('open', { name, port, size, ...setting });
      await load.call('exchange', { name, each });
      return server.call('memory');
    };
    await speak('plain', { connections, offer: null }, exchanged);
    const before = await speak('warm', { connections: 10, offer }, quick ? 20 : 1_000);
    const after = await speak('counted', { connections, offer }, exchanged);
    held.resident.push((after.resident - before.resident) / connections / KIB);
    held.heap.push((after.heap - before.heap) / connections / KIB);
    server.stop();
    load.stop();
  }
  return held;
}

/** @param {number} size */
function bytesOf(size) {
  return size < KIB ? `${size} B` : `${size / KIB} KiB`;
}

/** @param {boolean} takeover */
function takeoverOf(takeover) {
  return takeover ? 'takeover' : 'no takeover';
}
