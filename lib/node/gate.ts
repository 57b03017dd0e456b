// RFC 6455 §4.1, step 2: of the connections to one remote host and port at most one is in the CONNECTING state. A remote host
// is known by the name that was asked for, since which of its addresses will answer is not known before one has.

/** The end of each line: resolved when the last who stands there has left. */
const lines = new Map<string, Promise<void>>();

/**
 * Waits for its turn with `key`, or for `signal`; who was called by the signal does not connect. The function it resolves with
 * gives the turn to the next and is to be called once.
 */
export async function enter(key: string, signal: AbortSignal | null): Promise<() => void> {
  const before = lines.get(key) ?? Promise.resolve();
  let leave = (): void => {};
  const left = new Promise<void>((resolve) => { leave = resolve; });
  const line = before.then(() => left);
  lines.set(key, line);
  void line.then(() => { if (lines.get(key) === line) lines.delete(key); });
  await Promise.race([before, ...signal === null ? [] : [aborted(signal, before)]]);
  return leave;
}

/** Resolves when `signal` aborts; lets go of it when `until` comes first. */
function aborted(signal: AbortSignal, until: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const onAbort = (): void => resolve();
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    void until.then(() => signal.removeEventListener('abort', onAbort));
  });
}
