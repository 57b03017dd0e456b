import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { compressOf } from '../../../lib/core/protocol/send-options.ts';
import type { SendOptions } from '../../../lib/core/protocol/send-options.ts';

describe('what is said of one message', () => {
  it('is whether it is compressed, or nothing', () => {
    assert.equal(compressOf({ compress: true }), true);
    assert.equal(compressOf({ compress: false }), false);
    assert.equal(compressOf({}), null);
    assert.equal(compressOf(undefined), null);
    assert.equal(compressOf({ compress: undefined } as unknown as SendOptions), null);
  });

  it('is refused when it is no boolean', () => {
    for (const compress of [0, 1, 'false', null, {}]) {
      assert.throws(() => compressOf({ compress } as unknown as SendOptions),
        { name: 'TypeError', message: `options.compress must be a boolean, found ${typeof compress}` });
    }
  });

  it('is refused by a name that is none, and when it is no object', () => {
    assert.throws(() => compressOf({ compressed: true } as unknown as SendOptions),
      { name: 'TypeError', message: 'options.compressed is not an option; known are compress' });
    for (const options of [null, true, 'compress']) {
      assert.throws(() => compressOf(options as unknown as SendOptions),
        { name: 'TypeError', message: `options must be an object, found ${options}` });
    }
  });
});
