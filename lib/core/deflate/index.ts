// permessage-deflate (RFC 7692), whole: usable without the levels beside it (DESIGN §3).

export * from './window.ts';
