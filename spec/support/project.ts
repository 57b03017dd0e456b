// Where the project's data files are, whichever folder the compiled spec runs from.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** The folder that holds package.json. */
export const projectRoot: string = findRoot();

/** A JSON file of the project, by its path from the root. The caller names the shape it relies on. */
export function readJson<Shape>(path: string): Shape {
  return JSON.parse(readFileSync(join(projectRoot, path), 'utf8')) as Shape;
}
