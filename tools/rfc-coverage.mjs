// Holds the requirements, the specs that cite them and docs/rfc-coverage.md together. Needs a build.
//
//   node tools/rfc-coverage.mjs          checks, and lists what is wrong
//   node tools/rfc-coverage.mjs --write  writes the page first

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PAGE, mistakes, page, readEvidence, readPage, unanswered } from '../dist/spec/support/rfc-coverage.js';

const evidence = readEvidence();
if (process.argv.includes('--write')) writeFileSync(fileURLToPath(new URL(`../${PAGE}`, import.meta.url)), page(evidence));

const complaints = [
  ...mistakes(evidence),
  ...unanswered(evidence).map((line) => `neither a spec nor a reason: ${line}`),
  ...(readPage() === page(evidence) ? [] : [`${PAGE} is stale: npm run coverage:rfc`]),
];
for (const line of complaints) console.log(line);
console.log(complaints.length === 0 ? `${PAGE} holds` : `${complaints.length} complaints`);
process.exitCode = complaints.length === 0 ? 0 : 1;
