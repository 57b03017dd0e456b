// The engine on Node: its platform, its connections over sockets, and the three ways to get one (DESIGN §3).

export type { Connect, ConnectTarget } from './client-opening.ts';
export type { CompressionSetting } from './compression.ts';
export { dial } from './dial.ts';
export type { DialOptions, DialTlsOptions } from './dial.ts';
export { HandshakeError } from './handshake-error.ts';
export type { HandshakePhase } from './handshake-error.ts';
export { listen, Listener } from './listen.ts';
export type { ListenOptions } from './listen.ts';
export { PendingUpgrade } from './pending.ts';
export type { AcceptOptions, RejectOptions } from './pending.ts';
export { nodePlatform } from './platform.ts';
export { environmentProxies, parseProxy } from './proxy.ts';
export type { Proxy, ProxyChoice, ProxyOptions } from './proxy.ts';
export { serve } from './reception.ts';
export type { OnRequest, ServerOptions } from './reception.ts';
export { Scheduler } from './scheduler.ts';
export type { Clock } from './scheduler.ts';
export type { ConnectionSettings, Handlers, HeaderFields } from './settings.ts';
export { Transport } from './transport.ts';
export type { TransportOptions } from './transport.ts';
export { Tunnel } from './tunnel.ts';
export { upgrade } from './upgrade.ts';
export type { UpgradeOptions } from './upgrade.ts';
