// What a figure was measured on: without it a figure is a rumour.

import { createRequire } from 'node:module';
import { arch, cpus, loadavg, platform, release } from 'node:os';

const require = createRequire(import.meta.url);

/** @returns {Record<string, string | number>} */
export function machine() {
  const processors = cpus();
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    zlib: process.versions.zlib,
    ws: require('ws/package.json').version,
    bufferutil: require('bufferutil/package.json').version,
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    system: `${platform()} ${release()} ${arch()}`,
    load: loadavg()[0].toFixed(2),
  };
}
