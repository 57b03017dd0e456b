// Everything an application on Node needs: connections, and the engine under them.

export * from './core/index.ts';
export * from './node/index.ts';
