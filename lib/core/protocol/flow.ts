// The two edges of the output (DESIGN §2, law 2; §4, output): the transport is told when something waits where nothing waited, the
// application when little waits again where much did. Each is told once a crossing. Queues nothing and counts nothing itself.

import type { SendResult } from './events.ts';
import type { Limits } from './limits.ts';
import type { Sender } from './sender.ts';

export class Flow {
  readonly #sender: Pick<Sender, 'queueSize'>;
  readonly #limits: Limits;
  readonly #wake: () => void;
  /** The transport has been woken for output and has not come back for more in vain since. */
  #woken = false;
  /** A send was answered `high-water` or `refused`, and the application has not been told to go on since. */
  #above = false;

  constructor(sender: Pick<Sender, 'queueSize'>, limits: Limits, wake: () => void) {
    this.#sender = sender;
    this.#limits = limits;
    this.#wake = wake;
  }

  /** Something that `result` speaks of may have been queued. */
  queued(result: SendResult): void {
    if (result === 'high-water' || (result === 'refused' && this.#sender.queueSize > 0)) this.#above = true; // else nothing will fall
    if (result === 'refused' || this.#woken) return;
    this.#woken = true;
    this.#wake();
  }

  /** True once, when no more than the high-water mark waits after a send was answered `high-water` or `refused`. */
  fell(): boolean {
    if (!this.#above || this.#sender.queueSize > this.#limits.highWaterMark) return false;
    this.#above = false;
    return true;
  }

  /** The transport has taken everything: it is to be woken for what comes next. */
  drained(): void {
    this.#woken = false;
  }
}
