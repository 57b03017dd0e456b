// Reports: what a run came to, as TAP, JUnit XML, JSON, a few lines, or a page of several runs. Pure functions from results to strings.

export { html } from './html.ts';
export type { HtmlOptions } from './html.ts';
export { json, parseReport } from './json.ts';
export { junit } from './junit.ts';
export { summary } from './summary.ts';
export { tap } from './tap.ts';
