// The wire level, whole: pure bytes, usable without the levels above it (DESIGN §4).

export * from './opcode.ts';
export * from './violation.ts';
export * from './rules.ts';
export * from './header.ts';
export * from './mask.ts';
export * from './frame-decoder.ts';
export * from './utf8.ts';
export * from './utf8-text.ts';
export * from './close-code.ts';
export * from './close-body.ts';
export * from './compression.ts';
