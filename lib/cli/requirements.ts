// What the requirements say that cases rest on: from the file of cases that is built beside the program.

import { readFileSync } from 'node:fs';
import type { PublishedCases } from '../conformance/publish.ts';

/** Sentences by id. Empty where the sources run as they are: the file comes with a build. */
export function readRequirements(): ReadonlyMap<string, string> {
  try {
    const text = readFileSync(new URL('../conformance/cases.json', import.meta.url), 'utf8');
    return new Map(Object.entries((JSON.parse(text) as PublishedCases).requirements));
  } catch {
    return new Map();
  }
}
