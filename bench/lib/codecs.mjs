// The codecs alone, behind one shape: our inflater and deflater as a connection on Node gets them, ws's PerMessageDeflate, and node:zlib's
// calls that keep nothing as a line to see both against. All of them end with the whole message in memory that is theirs to keep: what
// ours lends is copied, as a connection copies it.

import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { PerMessageDeflate } from 'ws';
import { agree, judgeCompression } from '../../dist/lib/node/compression.js';

/**
 * @typedef {object} Codec
 * @property {(bytes: Buffer, done: (size: number) => void) => number} deflate the size of the result, or -1 and `done` is called with it later
 * @property {(bytes: Buffer, done: (size: number) => void) => number} inflate the same
 * @property {() => void} end
 */

/** @typedef {{ readonly takeover: boolean, readonly windowBits: number }} Setting both directions alike */

const MOST = 64 * 1024 * 1024;
const TRAILER = Buffer.from([0x00, 0x00, 0xff, 0xff]);
let scratch = Buffer.alloc(1024 * 1024);

/** @param {Setting} setting */
function parameters({ takeover, windowBits }) {
  return {
    serverNoContextTakeover: !takeover, clientNoContextTakeover: !takeover, serverMaxWindowBits: windowBits, clientMaxWindowBits: windowBits,
  };
}

/** @param {Setting} setting @returns {Codec} */
export function hawser(setting) {
  const choices = judgeCompression('server', { ...parameters(setting), threshold: 0 });
  const agreement = agree([{ name: 'permessage-deflate', parameters: [['client_max_window_bits', null]] }], choices);
  if (agreement === null) throw new Error('ours did not agree');
  const { deflater, inflater } = agreement.open();

  const keep = (bytes, start, end, at) => {
    if (at + end - start > scratch.length) scratch = Buffer.concat([scratch], 2 * (at + end - start));
    if (end - start < 32) for (let i = start; i < end; i++) scratch[at++] = bytes[i];
    else scratch.set(bytes.subarray(start, end), at);
  };
  const deflated = () => {
    const { start, end } = deflater;
    keep(deflater.output, start, end, 0);
    deflater.commit();
    return end - start;
  };
  const inflated = (size) => {
    for (;;) {
      const step = inflater.next();
      if (step !== 'piece') return step === 'pending' ? -1 - size : failed(step);
      keep(inflater.output, inflater.start, inflater.end, size);
      size += inflater.end - inflater.start;
      if (inflater.last) return size;
    }
  };
  const failed = (step) => { throw new Error(`${step}: ${inflater.violation?.name}`); };
  const finish = (size, done) => {
    if (size >= 0) return size;
    inflater.onReady = () => {
      const more = finish(inflated(-1 - size), done);
      if (more >= 0) done(more);
    };
    return -1;
  };

  return {
    deflate(bytes, done) {
      if (deflater.defers(bytes.length)) {
        deflater.onReady = () => done(deflated());
        deflater.deflateLater(bytes, 0, bytes.length, true);
        return -1;
      }
      deflater.deflate(bytes, 0, bytes.length, true);
      return deflated();
    },
    inflate(bytes, done) {
      inflater.load(bytes, 0, bytes.length, true, MOST);
      return finish(inflated(0), done);
    },
    end() {
      deflater.release();
      inflater.release();
    },
  };
}

/** @param {Setting} setting @returns {Codec} */
export function ws(setting) {
  const codec = new PerMessageDeflate({ ...parameters(setting), isServer: true, threshold: 0, maxPayload: MOST });
  codec.accept([{ client_max_window_bits: [true] }]);
  const call = (method) => (bytes, done) => {
    codec[method](bytes, true, (error, result) => {
      if (error) throw error;
      done(result.length);
    });
    return -1;
  };
  return { deflate: call('compress'), inflate: call('decompress'), end: () => codec.cleanup() };
}

/** One call of zlib's a message, nothing kept between them: without context takeover only. @param {Setting} setting @returns {Codec} */
export function zlibSync({ windowBits }) {
  const options = { windowBits, finishFlush: constants.Z_SYNC_FLUSH };
  return {
    deflate: (bytes) => deflateRawSync(bytes, options).length - TRAILER.length,
    inflate: (bytes) => inflateRawSync(Buffer.concat([bytes, TRAILER]), options).length,
    end: () => {},
  };
}

/**
 * Sends `count` messages through, each codec with one message under way: with one codec that is ping-pong, with 64 of them 64 are in flight,
 * each on a connection of its own, as one connection never has two. A codec that is done at once takes turns with the others.
 *
 * @param {readonly Codec[]} codecs
 * @param {'deflate' | 'inflate'} work
 * @param {(cursor: number) => Buffer} message what a codec gets at its cursor
 * @param {number[]} cursors one for each codec
 * @param {number} count
 * @returns {Promise<void>}
 */
export function pump(codecs, work, message, cursors, count) {
  return new Promise((resolve) => {
    let begun = 0;
    let over = 0;
    let running = false;
    /** Codecs that are free, in the order in which they became so: a ring. */
    const free = codecs.map((_, k) => k);
    let taken = 0;
    let given = free.length;
    const giveBack = (k) => {
      over++;
      free[given++ % free.length] = k;
    };
    const run = () => {
      if (running) return;
      running = true;
      while (begun < count && taken < given) {
        const k = free[taken++ % free.length];
        begun++;
        if (codecs[k][work](message(cursors[k]++), dones[k]) >= 0) giveBack(k);
      }
      running = false;
      if (over === count) resolve();
    };
    const dones = codecs.map((_, k) => () => {
      giveBack(k);
      run();
    });
    run();
  });
}
