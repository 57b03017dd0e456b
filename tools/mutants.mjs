// Writes down which cases catch the mutants of spec/conformance/mutants, or prints the cases that catch none.
//
//   node tools/mutants.mjs           prints the cases that no mutant is caught by: they are in need of a mutant, or say too little
//   node tools/mutants.mjs --write   writes spec/conformance/mutants/catchers.json

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Cases that are written down of each mutant. */
const MOST = 3;

const root = fileURLToPath(new URL('..', import.meta.url));
const load = (path) => import(pathToFileURL(join(root, 'dist', path)).href);

const { CASES } = await load('lib/conformance/cases/index.js');
const { blindCases, findCatchers } = await load('spec/conformance/mutants/survey.js');

if (process.argv.includes('--write')) {
  const path = 'spec/conformance/mutants/catchers.json';
  const row = ([fault, ids]) => `    ${JSON.stringify(fault)}: [${ids.map((id) => JSON.stringify(id)).join(', ')}]`;
  const table = ([role, faults]) => `  ${JSON.stringify(role)}: {\n${Object.entries(faults).map(row).join(',\n')}\n  }`;
  writeFileSync(join(root, path), `{\n${Object.entries(findCatchers(CASES, MOST)).map(table).join(',\n')}\n}\n`);
  console.log(`wrote ${path}`);
} else {
  console.log(blindCases(CASES).join('\n'));
}
