// The long campaign: `npm run fuzz -- [--inputs N] [--seed S] [--target T]`. Ends with 1 when a property does not hold, after a line that
// runs the same input again.

import { parseArgs } from 'node:util';
import { Finding, TARGETS, runTarget } from './campaign.ts';

const STEP = 500;

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    target: { type: 'string' },
  },
});

function number(name: 'inputs' | 'seed'): number {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 0) throw new TypeError(`--${name} must be a whole number, found ${values[name]}`);
  return value;
}

const [inputs, seed] = [number('inputs'), number('seed')];
const targets = TARGETS.filter(({ name }) => values.target === undefined || name === values.target);
if (targets.length === 0) throw new TypeError(`--target must be one of ${TARGETS.map(({ name }) => name).join(', ')}`);

const share = Math.ceil(inputs / targets.length);
const began = performance.now();
const findings: Finding[] = [];
let done = 0;
for (const target of targets) {
  const started = performance.now();
  let ran = 0;
  try {
    for (; ran < share; ran += STEP) {
      runTarget(target, seed + ran, Math.min(STEP, share - ran));
      if (process.stderr.isTTY) process.stderr.write(`\r${target.name}: ${Math.min(share, ran + STEP)} of ${share} `);
    }
    ran = share;
  } catch (error) {
    if (!(error instanceof Finding)) throw error;
    ran = error.seed - seed + 1;
    findings.push(error);
    console.error(error);
  }
  done += ran;
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  console.log(`${target.name.padEnd(18)} ${String(ran).padStart(9)} inputs in ${((performance.now() - started) / 1_000).toFixed(1)} s`);
}
console.log(`${done} inputs from seed ${seed} in ${((performance.now() - began) / 1_000).toFixed(1)} s, ${findings.length} findings`);
for (const finding of findings) console.log(finding.message);
process.exitCode = findings.length === 0 ? 0 : 1;
