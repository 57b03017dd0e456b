// Functions attached to names.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { Emitter } from '../../lib/listener/emitter.ts';

describe('an emitter', () => {
  it('tells whoever listens, in the order in which they began to, and nobody else', () => {
    const emitter = new Emitter<{ a: number; b: string }>();
    const told: string[] = [];
    emitter.emit('a', 0);
    emitter.on('a', (event) => told.push(`first ${event}`)).once('a', (event) => told.push(`once ${event}`)).on('b', (event) => told.push(event));
    emitter.emit('a', 1);
    emitter.emit('a', 2);
    emitter.emit('b', 'x');
    assert.deepEqual(told, ['first 1', 'once 1', 'first 2', 'x']);
  });

  it('tells those who listened when it happened, whatever they change meanwhile', () => {
    const emitter = new Emitter<{ a: number }>();
    const told: string[] = [];
    const second = (): void => { told.push('second'); };
    emitter.on('a', () => { emitter.off('a', second).on('a', () => told.push('late')); }).on('a', second);
    emitter.emit('a', 1);
    assert.deepEqual(told, ['second']);
    emitter.emit('a', 2);
    assert.deepEqual(told, ['second', 'late']);
  });

  it('knows whether anybody listens, and forgets who was never there', () => {
    const emitter = new Emitter<{ a: number }>();
    const nothing = (): void => {};
    assert.equal(emitter.off('a', nothing).has('a'), false);
    assert.equal(emitter.on('a', nothing).has('a'), true);
    assert.equal(emitter.off('a', nothing).has('a'), false);
  });
});
