// The choice of a subprotocol (RFC 6455 §1.9, §4.2.2).
//
// Law: names are compared exactly, case and all (RFC 7936 §2); the empty string is no subprotocol.

/** The first subprotocol offered that is supported: the client's order is its preference. null when there is none. */
export function chooseProtocol(offered: readonly string[], supported: readonly string[]): string | null {
  return offered.find((protocol) => protocol !== '' && supported.includes(protocol)) ?? null;
}
