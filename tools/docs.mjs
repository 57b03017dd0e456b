// Writes the files of docs/examples into the code blocks of the pages that show them: `npm run docs`.

import { writeExamples } from '../dist/spec/support/docs.js';

writeExamples();
