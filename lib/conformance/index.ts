// The conformance suite: cases as data, a tester without sockets, and what runs the one through the other.

export type {
  Case, CorpusName, FrameItem, Grade, HeadItem, Item, MessageItem, OctetsItem, Opening, Outcome, Pattern, Payload, Split, Step, SubjectRole,
  Volley,
} from './case.ts';
export { BaselineError, compare, readBaseline, renew, writeBaseline } from './baseline.ts';
export type { Baseline, Comparison, Difference, Known } from './baseline.ts';
export { CASES } from './cases/index.ts';
export { CaseRun } from './tester/case-run.ts';
export type { CaseRunOptions, Recorder } from './tester/case-run-options.ts';
export { drawTranscript } from './transcript/drawing.ts';
export type { DrawingOptions } from './transcript/drawing.ts';
export type { Endpoint, Engine } from './engine.ts';
export { hawserEngine } from './memory/hawser-engine.ts';
export type { HawserEngineOptions } from './memory/hawser-engine.ts';
export { runInMemory } from './memory/run-in-memory.ts';
export type { MemoryOptions } from './memory/run-in-memory.ts';
export { serveClassic } from './network/classic.ts';
export type { ClassicOptions } from './network/classic.ts';
export { ClientGone, runClient } from './network/client-runner.ts';
export type { ClientRunOptions, Drive } from './network/client-runner.ts';
export { runServer } from './network/server-runner.ts';
export type { ServerRunOptions } from './network/server-runner.ts';
export { octetsOf } from './payload.ts';
export { TranscriptRecorder } from './transcript/recorder.ts';
export type { RecorderOptions } from './transcript/recorder.ts';
export { html } from './report/html.ts';
export type { HtmlOptions } from './report/html.ts';
export { json, parseReport } from './report/json.ts';
export { junit } from './report/junit.ts';
export { summary } from './report/summary.ts';
export { tap } from './report/tap.ts';
export type { CaseResult, RunReport, Verdict } from './result.ts';
export { RunError } from './run.ts';
export type { Progress, RunOptions } from './run.ts';
export { select, SelectionError } from './select.ts';
export type { Selection } from './select.ts';
export type { Tester } from './tester/tester.ts';
export { TraceReader, TracingRecorder, traceLine } from './transcript/trace.ts';
export type { TraceLine, TraceOpening, TracedConnection } from './transcript/trace.ts';
export type { Entry, Party, Transcript } from './transcript/transcript.ts';
