// The engine without a host: wire, protocol, handshake and deflate, each usable without the level above it (DESIGN §4).

export * from './wire/index.ts';
export * from './protocol/index.ts';
export * from './handshake/index.ts';
export * from './deflate/index.ts';
export { portablePlatform } from './platform.ts';
export type { Platform } from './platform.ts';
