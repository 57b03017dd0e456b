// A run as JSON, a line a result so that a difference between two runs is a difference between lines; and back again, where nothing is taken
// on trust: a file may be somebody else's, or cut.

import type { RunReport } from '../result.ts';
import { VERDICTS } from './common.ts';
import { endOfJson } from './json-place.ts';
import { Shape, ShapeError } from './shape.ts';

/** The run as a JSON text. */
export function json(report: RunReport): string {
  const { results, ...about } = report;
  const head = Object.entries(about).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`).join('');
  return `{\n${head}  "results": [${results.map((result) => `\n    ${JSON.stringify(result)}`).join(',')}\n  ]\n}\n`;
}

/**
 * A run read back.
 *
 * @param name what the text is called in errors, a file's name
 * @throws Error naming the place: a line and a column, or a property and what was found there
 */
export function parseReport(text: string, name: string = 'report'): RunReport {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${name}: ${sayPlace(text, error)}`);
  }
  try {
    return readReport(new Shape(value, ''));
  } catch (error) {
    if (error instanceof ShapeError) throw new Error(`${name}: ${error.message}`);
    throw error;
  }
}

function sayPlace(text: string, error: unknown): string {
  const lines = text.slice(0, endOfJson(text)).split('\n');
  const column = (lines.at(-1) as string).length + 1; // split gives one at least
  return `no JSON from line ${lines.length}, column ${column} on: ${error instanceof Error ? error.message : String(error)}`;
}

function readReport(shape: Shape): RunReport {
  return {
    agent: shape.at('agent').string(),
    role: shape.at('role').oneOf(['server', 'client']),
    date: shape.at('date').string(),
    ms: shape.at('ms').number(),
    hawser: shape.at('hawser').string(),
    replay: shape.at('replay').string(),
    results: shape.at('results').list((each) => ({
      id: each.at('id').string(),
      role: each.at('role').oneOf(['server', 'client']),
      verdict: each.at('verdict').oneOf(VERDICTS),
      why: each.at('why').string(),
      seen: each.at('seen').list((line) => line.string()),
      ms: each.at('ms').number(),
      transcript: each.at('transcript').list(readEntry),
    })),
  };
}

function readEntry(shape: Shape): RunReport['results'][number]['transcript'][number] {
  const at = shape.at('at').number();
  if (shape.has('note')) return { at, note: shape.at('note').string() };
  const from = shape.at('from').oneOf(['tester', 'subject']);
  if (shape.has('head')) return { at, from, head: shape.at('head').list((line) => line.string()) };
  if (shape.has('end')) return { at, from, end: shape.at('end').oneOf(['fin', 'reset']) };
  if (shape.has('left')) return { at, from, left: shape.at('left').integer() };
  if (shape.has('octets')) return { at, from, octets: shape.at('octets').hex(), passed: shape.at('passed').integer() };
  if (!shape.has('frame')) shape.fail('an entry with note, head, end, left, octets or frame');
  const frame = shape.at('frame');
  return {
    at,
    from,
    frame: {
      fin: frame.at('fin').boolean(),
      rsv: frame.at('rsv').integer(7),
      opcode: frame.at('opcode').integer(15),
      masked: frame.at('masked').boolean(),
      length: frame.at('length').decimal(),
      header: frame.at('header').hex(2),
      payload: frame.at('payload').hex(),
      content: frame.at('content').hex(),
      means: frame.at('means').string(),
      passed: frame.at('passed').integer(),
      chunks: frame.at('chunks').integer(),
    },
  };
}
