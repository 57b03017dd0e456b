// What a broadcast to a thousand connections costs the server, plain and compressed, framed and compressed once for all (`server.broadcast` of
// a prepared message) and for each anew (a send per session), and what ws takes, which has no call of the kind. Nothing is asserted.
// How: every broadcast is asked for when the last connection has the one before; one connection inflates and reads what it gets; contestants
// take turns within each round, and a ratio is taken within a round; medians with quartiles.
//
//   npm run bench:broadcast              all of it, about two minutes
//   npm run bench:broadcast -- --quick   the same with few readings, in seconds: to see that it works

import { options } from './lib/options.mjs';
import { Report } from './lib/report.mjs';
import { figure, ratios, readings, spread, summary, turns } from './lib/stats.mjs';
import { Worker } from './lib/worker.mjs';

const { quick } = options('node bench/broadcast.mjs [--quick]');
const CONNECTIONS = quick ? 50 : 1_000;
const ROUNDS = quick ? 2 : 7;
/** A reading is as many broadcasts as take about so long. */
const MILLISECONDS = quick ? 100 : 700;
const OFFER = 'permessage-deflate; client_max_window_bits';
const FULL = { serverMaxWindowBits: 15, clientMaxWindowBits: 15, threshold: 0 };

const MODES = /** @type {const} */ ([
  { mode: 'plain', compression: 'off' },
  { mode: 'compressed, no takeover', compression: { ...FULL, serverNoContextTakeover: true, clientNoContextTakeover: true } },
  { mode: 'compressed, takeover', compression: { ...FULL, serverNoContextTakeover: false, clientNoContextTakeover: false } },
]);
const CONTESTANTS = /** @type {const} */ ([
  { name: 'ours, prepared', engine: 'hawser', how: 'prepared' },
  { name: 'ours, a send each', engine: 'hawser', how: 'each' },
  { name: 'ws, a send each', engine: 'ws', how: 'each' },
]);

const report = new Report('broadcast');
report.section(`Broadcast to ${CONNECTIONS} connections`, 'CPU µs of the server per recipient, thread pool included; how long it took until the last one had '
  + 'it; bytes on the wire per recipient; `÷ prepared` is the CPU against ours, prepared. `load` is the share of one core the load took.');
const rows = [];
for (const size of [200, 2048]) {
  for (const { mode, compression } of MODES) rows.push(...await broadcastCase(size, mode, compression));
}
report.table(['broadcast', 'CPU µs per recipient', '÷ prepared', 'until the last, ms', 'wire B', 'load'], rows);
report.end();

/** @param {number} size @param {string} mode @param {import('./lib/server.mjs').ServerSetting['compression']} compression */
async function broadcastCase(size, mode, compression) {
  const load = new Worker('load.mjs');
  const offer = compression === 'off' ? null : OFFER;
  // Each has a server of its own: with takeover, what a window holds is what that contestant has sent.
  const contestants = await Promise.all(CONTESTANTS.map(async (contestant) => {
    const { name, engine, how } = contestant;
    const server = new Worker('server.mjs', { engine, work: 'broadcast', compression });
    await load.call('open', { name, port: await server.call('port'), connections: CONNECTIONS, offer, size, work: 'broadcast' });
    await server.call('broadcast', { size, how });
    return { ...contestant, server, count: 1, cpu: readings(), took: readings(), busy: readings(), wire: readings() };
  }));

  const once = async ({ name, server, count }) => {
    const before = await server.call('usage');
    const run = await load.call('broadcasts', { name, count, size });
    const after = await server.call('usage');
    if (run.messages !== count * CONNECTIONS) throw new Error(`${run.messages} messages of ${count} broadcasts`);
    return { cpu: (after.cpu - before.cpu) / run.messages, took: summary(run.took).median, busy: run.busy, wire: run.bytes / run.messages };
  };
  for (const contestant of contestants) { // warm, and long enough for a clock
    for (let spent = 0; spent < MILLISECONDS;) {
      const { took } = await once(contestant);
      spent += took * contestant.count;
      contestant.count = Math.max(2, Math.min(4 * contestant.count, Math.ceil(MILLISECONDS / took)));
    }
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const contestant of turns(contestants, round)) {
      const reading = await once(contestant);
      for (const [what, value] of Object.entries(reading)) contestant[what].push(value);
    }
  }
  for (const { server } of contestants) server.stop();
  load.stop();
  report.keep('broadcast', { size, mode, connections: CONNECTIONS, contestants: contestants.map(({ server, ...rest }) => rest) });
  return contestants.map(({ name, cpu, took, busy, wire }) => [
    `${size < 1024 ? `${size} B` : `${size / 1024} KiB`}, ${mode}: ${name}`,
    spread(summary(cpu)), spread(ratios(contestants[0].cpu, cpu)), spread(summary(took)), figure(summary(wire).median),
    `${Math.round(summary(busy).median * 100)} %`,
  ]);
}
