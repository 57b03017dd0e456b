// Writes what is generated in docs: the files of docs/examples into the blocks that show them, docs/features.md and
// docs/incidents.md. `npm run docs`.

import { writeFileSync } from 'node:fs';
import { writeExamples } from '../dist/spec/support/docs.js';
import { featuresPage, incidentsPage } from '../dist/spec/support/features.js';

writeExamples();
writeFileSync('docs/features.md', featuresPage());
writeFileSync('docs/incidents.md', incidentsPage());
