// What a tester sees of the compressed messages of a subject, read more strictly than an engine may: see lib/conformance/subject-reader.ts.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { saySight } from '../../lib/conformance/sight.ts';
import { SubjectReader } from '../../lib/conformance/subject-reader.ts';
import { MessageInflater } from '../../lib/core/deflate/inflater.ts';
import { hex } from '../support/bytes.ts';
import { eachChunking } from '../support/chunking.ts';

/** What is seen of these frames of a server, once compression was agreed on. */
function expectSights(frames: string, sights: readonly string[]): void {
  eachChunking(hex(frames), (chunks) => {
    const seen: string[] = [];
    const inflater = new MessageInflater({ windowBits: 15, contextTakeover: true, allocate: (size) => new Uint8Array(size) });
    const reader = new SubjectReader({ masks: false, inflater, see: (sight) => seen.push(saySight(sight)) });
    for (const chunk of chunks) reader.receive(chunk);
    assert.deepEqual(seen, sights);
  });
}

describe('a compressed message of a subject', () => {
  it('RFC 7692 §7.2.1: is sent without the tail of its DEFLATE data', () => {
    expectSights('c107 f248cdc9c90700', ['text "Hello", compressed']);
    expectSights('c10b f248cdc9c907000000ffff', ['breach DEFLATE_TAIL_KEPT: 11 octets that end so']);
    expectSights('4106 f248cdc9c907 8005 000000ffff', ['breach DEFLATE_TAIL_KEPT: 11 octets that end so']);
  });

  it('RFC 7692 §7.2.1: may hold the tail of its first fragment, which is not removed', () => {
    expectSights('410b f248cdc9c907000000ffff 8005 f200110000', ['text "HelloHello" in 2 frames, compressed']);
  });

  it('may be empty, and may be one that was not compressed, whatever it ends in', () => {
    expectSights('c101 00', ['text (empty), compressed']);
    expectSights('8204 0000ffff', ['binary 0000ffff']);
  });
});
