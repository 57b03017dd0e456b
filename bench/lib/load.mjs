// The process that loads a server: raw sockets, frames that were written beforehand, replies counted by their headers. It must never be what
// is measured, so it says how much of its time it used.

import { connect } from 'node:net';
import { createHash, randomBytes } from 'node:crypto';
import { corpus, seriesLength } from './corpus.mjs';
import { ReplyCounter, clientFrame } from './frames.mjs';
import { FrameScript, Series, zlibReader } from './script.mjs';
import { answer } from './worker.mjs';

/**
 * @typedef {object} PoolSetting
 * @property {number} port
 * @property {number} connections
 * @property {string | null} offer what Sec-WebSocket-Extensions offers; null for nothing
 * @property {number} size bytes of a message
 * @property {'echo' | 'broadcast'} [work] what the server does; echo by default
 */

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const FULL_WINDOW = 15;
/** What every socket reads into; a piece is counted before the next is read. */
const SHARED = Buffer.allocUnsafe(256 * 1024);
/** Sockets that open at the same time. */
const OPENING = 64;

/** One client: a socket behind its opening handshake. */
class Client {
  replies = new ReplyCounter();
  /** The answer's Sec-WebSocket-Extensions, '' for none. */
  extensions = '';
  cursor = 0;
  leaving = false;
  /** Told the number of messages that came with one read. @type {(messages: number) => void} */
  onReplies = () => {};
  /** @type {import('node:net').Socket} */
  socket;

  #head = '';
  #open = false;

  /** @param {number} port @param {string | null} offer */
  static open(port, offer) {
    const client = new Client();
    return new Promise((resolve, reject) => {
      const key = randomBytes(16).toString('base64');
      const expected = createHash('sha1').update(key + GUID).digest('base64');
      client.socket = connect({
        port, host: '127.0.0.1', noDelay: true,
        onread: {
          buffer: SHARED,
          callback: (count) => {
            if (client.#open) client.#read(0, count);
            else client.#readHead(count, expected, resolve, reject);
            return true;
          },
        },
      });
      client.socket.on('error', reject);
      client.socket.on('close', () => {
        reject(new Error('a connection ended before it was open'));
        if (client.#open && !client.leaving) throw new Error('a server ended a connection'); // and with it this process: nothing would be right
      });
      client.socket.write(
        `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n`
        + `Sec-WebSocket-Key: ${key}\r\n${offer === null ? '' : `Sec-WebSocket-Extensions: ${offer}\r\n`}\r\n`,
      );
    });
  }

  #readHead(count, expected, resolve, reject) {
    const had = this.#head.length;
    this.#head += SHARED.toString('latin1', 0, count);
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#head.slice(0, end);
    if (!head.startsWith('HTTP/1.1 101') || !head.includes(expected)) return void reject(new Error(`refused: ${head}`));
    this.extensions = /^sec-websocket-extensions: *(.*)$/im.exec(head)?.[1] ?? '';
    this.#open = true;
    this.#head = '';
    resolve(this);
    this.#read(end + 4 - had, count);
  }

  #read(at, end) {
    const before = this.replies.messages;
    this.replies.push(SHARED, at, end);
    if (this.replies.messages > before) this.onReplies(this.replies.messages - before);
  }
}

/** A parameter of an extension's answer: its value, true without one, null when it is not there. @param {string} extensions @param {string} name */
function parameter(extensions, name) {
  const match = new RegExp(`;\\s*${name}(?:\\s*=\\s*"?(\\d+)"?)?`).exec(extensions);
  return match === null ? null : match[1] === undefined ? true : Number(match[1]);
}

/** Clients of one server that all do the same. */
class Pool {
  /** @type {Client[]} */
  clients = [];
  extensions = '';
  /** @type {FrameScript} */
  script;
  /** @type {ReturnType<typeof zlibReader>} */
  #reader;

  /** @param {PoolSetting} setting */
  static async open({ port, connections, offer, size, work = 'echo' }) {
    const pool = new Pool();
    while (pool.clients.length < connections) {
      const some = Math.min(OPENING, connections - pool.clients.length);
      pool.clients.push(...await Promise.all(Array.from({ length: some }, () => Client.open(port, offer))));
    }
    const { extensions } = pool.clients[0];
    pool.extensions = extensions;
    if ((extensions === '') !== (offer === null)) throw new Error(`offered ${offer}, was answered "${extensions}"`);
    const windowBits = Number(parameter(extensions, 'client_max_window_bits') ?? FULL_WINDOW);
    const toServer = { takeover: parameter(extensions, 'client_no_context_takeover') === null, windowBits };
    const texts = corpus({ size, count: seriesLength(size) });
    const bytes = texts.map((text) => Buffer.from(text));
    pool.script = new FrameScript(offer === null ? new Series([], bytes) : await Series.compressed(bytes, toServer), offer !== null);
    pool.#reader = zlibReader({ takeover: parameter(extensions, 'server_no_context_takeover') === null, windowBits: FULL_WINDOW });
    if (work === 'echo') await pool.#verify(texts);
    return pool;
  }

  /** One client sends the series and reads every reply: what is measured afterwards is counted, and must be the right thing. @param {readonly string[]} texts */
  async #verify(texts) {
    const client = this.clients[0];
    /** @type {[Buffer, boolean][]} */
    const payloads = [];
    client.replies = new ReplyCounter((payload, compressed) => { payloads.push([payload, compressed]); });
    await this.#exchange([client], texts.length, 1);
    for (const [i, text] of texts.entries()) {
      const found = await this.#read(payloads[i]);
      if (found !== text) throw new Error(`message ${i} came back as ${found.slice(0, 200)}`);
    }
    client.replies = new ReplyCounter();
  }

  /** @param {[Buffer, boolean]} message */
  async #read([payload, compressed]) {
    return compressed ? this.#reader.text(payload) : String(payload);
  }

  /** Every one of `clients` sends so many messages, at most `depth` of them unanswered. @param {readonly Client[]} clients @param {number} each @param {number} depth */
  #exchange(clients, each, depth) {
    return new Promise((resolve) => {
      let left = clients.length;
      for (const client of clients) {
        let unsent = each;
        let unanswered = each;
        const send = (count) => {
          unsent -= count;
          client.cursor = this.script.send(client.cursor, count, (bytes) => client.socket.write(bytes));
        };
        client.onReplies = (messages) => {
          unanswered -= messages;
          if (unsent > 0) send(Math.min(messages, unsent));
          else if (unanswered === 0 && --left === 0) resolve(null);
        };
        send(Math.min(depth, unsent));
      }
    });
  }

  /** Each client exchanges so many messages. @param {number} each @param {number} depth */
  exchange(each, depth) {
    return this.#exchange(this.clients, each, depth);
  }

  /** All clients together exchange messages for so long, and until the last reply has come. @param {number} milliseconds @param {number} depth */
  run(milliseconds, depth) {
    const { clients, script } = this;
    const before = this.#totals();
    const { user, system } = process.cpuUsage();
    const start = performance.now();
    return new Promise((resolve) => {
      let unanswered = clients.length * depth;
      let over = false;
      const timer = setTimeout(() => { over = true; }, milliseconds);
      const end = () => {
        clearTimeout(timer);
        const after = this.#totals();
        const cpu = process.cpuUsage();
        const took = performance.now() - start;
        resolve({
          seconds: took / 1000,
          messages: after.messages - before.messages,
          compressed: after.compressed - before.compressed,
          bytes: after.bytes - before.bytes,
          busy: (cpu.user + cpu.system - user - system) / 1000 / took,
        });
      };
      for (const client of clients) {
        const write = (bytes) => { client.socket.write(bytes); };
        client.onReplies = (messages) => {
          if (over) {
            unanswered -= messages;
            if (unanswered === 0) end();
          } else {
            client.cursor = script.send(client.cursor, messages, write);
          }
        };
      }
      for (const client of clients) client.cursor = script.send(client.cursor, depth, (bytes) => { client.socket.write(bytes); });
    });
  }

  /**
   * The first client asks for so many broadcasts, each when everybody has the one before; says how long each took. The last client reads what
   * it gets.
   *
   * @param {number} count
   * @param {number} size
   */
  async broadcasts(count, size) {
    const { clients } = this;
    const last = clients[clients.length - 1];
    /** @type {[Buffer, boolean][]} */
    const payloads = [];
    last.replies = new ReplyCounter((payload, compressed) => { payloads.push([payload, compressed]); });
    const ask = clientFrame(Buffer.from('next'), { compressed: false });
    const before = this.#totals();
    const took = [];
    const { user, system } = process.cpuUsage();
    const start = performance.now();
    for (let i = 0; i < count; i++) {
      const asked = performance.now();
      await new Promise((resolve) => {
        let left = clients.length;
        for (const client of clients) client.onReplies = (messages) => { if ((left -= messages) === 0) resolve(null); };
        clients[0].socket.write(ask);
      });
      took.push(performance.now() - asked);
    }
    const after = this.#totals();
    const cpu = process.cpuUsage();
    const busy = (cpu.user + cpu.system - user - system) / 1000 / (performance.now() - start);
    const texts = new Set(corpus({ size, count: seriesLength(size) }));
    for (const payload of payloads) {
      const text = await this.#read(payload);
      if (!texts.has(text)) throw new Error(`${text.slice(0, 200)} was never sent`);
    }
    return { took, busy, messages: after.messages - before.messages, compressed: after.compressed - before.compressed, bytes: after.bytes - before.bytes };
  }

  close() {
    for (const client of this.clients) {
      client.leaving = true;
      client.socket.destroy();
    }
  }

  #totals() {
    const totals = { messages: 0, compressed: 0, bytes: 0 };
    for (const { replies } of this.clients) {
      totals.messages += replies.messages;
      totals.compressed += replies.compressed;
      totals.bytes += replies.bytes;
    }
    return totals;
  }
}

/** @type {Map<string, Pool>} */
const pools = new Map();
const pool = (name) => /** @type {Pool} */ (pools.get(name));

answer({
  async open({ name, ...rest }) {
    pools.set(name, await Pool.open(rest));
    return pool(name).extensions;
  },
  run: ({ name, milliseconds, depth }) => pool(name).run(milliseconds, depth),
  exchange: ({ name, each, depth = 1 }) => pool(name).exchange(each, depth),
  broadcasts: ({ name, count, size }) => pool(name).broadcasts(count, size),
  close({ name }) {
    pool(name).close();
    pools.delete(name);
  },
});
