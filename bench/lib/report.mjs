// What a run prints and leaves behind: tables that may be pasted into a page as they are, and every single reading in a JSON file beside,
// for who doubts a median.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machine } from './machine.mjs';

const RESULTS = fileURLToPath(new URL('../results', import.meta.url));

/** A table whose first column is words and whose others are figures. @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
function table(head, rows) {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells) => `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** One run's report. */
export class Report {
  /** @type {Record<string, unknown[]>} */
  #readings = {};
  #name;
  #started = new Date();
  #machine = machine();

  /** @param {string} name */
  constructor(name) {
    this.#name = name;
    console.log(`${name}: ${Object.entries(this.#machine).map(([what, value]) => `${what} ${value}`).join(', ')}`);
  }

  /** A heading, and a sentence on how to read what follows. @param {string} title @param {string} text */
  section(title, text) {
    console.log(`\n## ${title}\n\n${text}\n`);
  }

  /** @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
  table(head, rows) {
    console.log(table(head, rows));
  }

  /** @param {string} text */
  note(text) {
    console.log(text);
  }

  /** Keeps readings for the file. @param {string} part @param {Record<string, unknown>} reading */
  keep(part, reading) {
    (this.#readings[part] ??= []).push(reading);
  }

  /** Writes the file. */
  end() {
    const seconds = (Date.now() - this.#started.getTime()) / 1000;
    mkdirSync(RESULTS, { recursive: true });
    const file = join(RESULTS, `${this.#name}-${this.#started.toISOString().replaceAll(':', '-')}.json`);
    writeFileSync(file, `${JSON.stringify({ name: this.#name, started: this.#started, seconds, machine: this.#machine, ...this.#readings }, null, 1)}\n`);
    console.log(`\n${Math.round(seconds)} s; every reading is in bench/results/${file.slice(RESULTS.length + 1)}`);
  }
}
