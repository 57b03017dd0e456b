// Octets that come in parts and are wanted in one piece. A part costs its octets, and nothing for being one.

export class Growing {
  length = 0;
  #room: Buffer = Buffer.alloc(0);

  get retainedBytes(): number {
    return this.#room.length;
  }

  append(octets: Uint8Array): void {
    const length = this.length + octets.length;
    if (length > this.#room.length) {
      const room = Buffer.alloc(Math.max(length, 2 * this.#room.length));
      room.set(this.#room.subarray(0, this.length));
      this.#room = room;
    }
    this.#room.set(octets, this.length);
    this.length = length;
  }

  /** What has come: not a copy. */
  get octets(): Uint8Array {
    return this.#room.subarray(0, this.length);
  }
}
