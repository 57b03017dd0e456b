// Code blocks of the documentation are files under docs/examples. A marker above a block names the file; the block is its text.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project.ts';

/** A fenced block of code with the file it claims to be. */
export interface CodeBlock {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  /** The path in the marker above it; null when there is none. */
  readonly source: string | null;
  readonly text: string;
}

const BLOCK = /(?:<!-- (docs\/examples\/[\w.-]+) -->\n)?```(\w*)\n([\s\S]*?)```/g;

/** README.md, CHANGELOG.md and every page under docs. */
export function pages(): string[] {
  const docs = readdirSync(join(projectRoot, 'docs'), { recursive: true, encoding: 'utf8' });
  return ['README.md', 'CHANGELOG.md', ...docs.filter((path) => path.endsWith('.md')).map((path) => `docs/${path.replaceAll('\\', '/')}`).sort()];
}

/** The text of a file of the project. */
export function read(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8');
}

/** The code blocks of a page's text. */
export function codeBlocks(page: string, text: string): CodeBlock[] {
  return Array.from(text.matchAll(BLOCK), (match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length,
    language: match[2] ?? '',
    source: match[1] ?? null,
    text: match[3] ?? '',
  }));
}

/** The page with every marked block replaced by the text of its file. */
export function withExamples(text: string): string {
  return text.replace(BLOCK, (block, source: string | undefined, language: string) =>
    source === undefined ? block : `<!-- ${source} -->\n\`\`\`${language}\n${read(source)}\`\`\``);
}

/** Writes the examples into every page. */
export function writeExamples(): void {
  for (const page of pages()) {
    const before = read(page);
    const after = withExamples(before);
    if (after !== before) writeFileSync(join(projectRoot, page), after);
  }
}
