// The conformance suite: cases as data, a tester without sockets, and what runs the one through the other.

export type {
  Case, CorpusName, FrameItem, Grade, HeadItem, Item, MessageItem, OctetsItem, Opening, Outcome, Pattern, Payload, Split, Step, SubjectRole,
  Volley,
} from './case.ts';
export { CASES } from './cases/index.ts';
export { CaseRun } from './case-run.ts';
export type { CaseRunOptions, Recorder } from './case-run-options.ts';
export type { Endpoint, Engine } from './engine.ts';
export { hawserEngine } from './hawser-engine.ts';
export type { HawserEngineOptions } from './hawser-engine.ts';
export { runInMemory } from './memory.ts';
export type { MemoryOptions } from './memory.ts';
export { octetsOf } from './payload.ts';
export type { CaseResult, RunReport, Verdict } from './result.ts';
export type { Tester } from './tester.ts';
export type { Entry, Party, Transcript } from './transcript.ts';
