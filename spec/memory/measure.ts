// Measures one pattern in this process, which needs --expose-gc: what the heap and the array buffers have grown by after a full
// collection while the pattern's things are kept. Prints one line of JSON.
//
//   node --expose-gc dist/spec/memory/measure.js 'idle connections' [portable|node]

import { setImmediate as turn } from 'node:timers/promises';
import { portablePlatform } from '../../lib/core/platform.ts';
import type { Platform } from '../../lib/core/platform.ts';
import { nodePlatform } from '../../lib/node/platform.ts';
import { Random } from '../support/random.ts';
import { PATTERNS } from './patterns.ts';

/** What measure.ts prints. */
export interface Measured {
  readonly count: number;
  /** Bytes that each holds. */
  readonly each: number;
  /** Bytes that each has been sent by its peer. */
  readonly received: number;
}

const random = new Random(1);
const PLATFORMS: Readonly<Record<string, Platform>> = {
  portable: portablePlatform({ random: (target) => random.fill(target) }),
  node: nodePlatform,
};

/** What is in use once collecting again finds nothing more: one collection leaves what another thread is still sweeping. */
async function used(): Promise<number> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('run this with --expose-gc');
  let least = Infinity;
  for (let inVain = 0; inVain < 4; inVain++) {
    gc();
    await turn(); // array buffers are counted off a turn later
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    if (heapUsed + arrayBuffers >= least) continue;
    least = heapUsed + arrayBuffers;
    inVain = 0;
  }
  return least;
}

const [name = '', platformName = 'portable'] = process.argv.slice(2);
const [pattern, platform] = [PATTERNS[name], PLATFORMS[platformName]];
if (pattern === undefined || platform === undefined) throw new Error(`no pattern ${name} or no platform ${platformName}`);

pattern.make(platform, Math.min(20, pattern.count)); // code and shared buffers are there before it counts
const before = await used();
const { kept, received } = pattern.make(platform, pattern.count);
const each = ((await used()) - before) / pattern.count;
console.log(JSON.stringify({ count: pattern.count, each: Math.round(each), received } satisfies Measured));
if (kept === null) console.log('kept until here');
