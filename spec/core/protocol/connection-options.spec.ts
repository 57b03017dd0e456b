import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { checkConnectionOptions } from '../../../lib/core/protocol/connection-options.ts';
import type { ConnectionOptions } from '../../../lib/core/protocol/connection-options.ts';
import type { ConnectionEvents } from '../../../lib/core/protocol/events.ts';
import { ScriptedCodec } from '../../support/codec.ts';
import { examplePlatform } from '../../support/transcript.ts';

const nothing = (): void => {};
const EVENTS: ConnectionEvents = { payload: nothing, ping: nothing, pong: nothing, closing: nothing, drained: nothing, closed: nothing };
const OPTIONS: ConnectionOptions = { role: 'client', platform: examplePlatform(), events: EVENTS };

function refused(changes: Record<string, unknown>, name: string, message: string | RegExp): void {
  assert.throws(() => checkConnectionOptions({ ...OPTIONS, ...changes } as unknown as ConnectionOptions), { name, message });
}

describe('the options of a connection', () => {
  it('are enough when they name the role, the platform and the sink', () => {
    checkConnectionOptions(OPTIONS);
    checkConnectionOptions({ ...OPTIONS, role: 'server', wake: nothing, limits: {}, keepalive: 'off', closeTimeout: 1,
      lingerTimeout: Infinity });
  });

  it('are refused with a name that is not an option', () => {
    refused({ maxPayload: 1 }, 'TypeError', /^options\.maxPayload is not an option; known are role, platform, /);
  });

  it('are refused when they are no object', () => {
    assert.throws(() => checkConnectionOptions(undefined as unknown as ConnectionOptions),
      { name: 'TypeError', message: 'options must be an object, found undefined' });
  });

  it('are refused with a role that is neither', () => {
    for (const role of [undefined, null, 'Server', 0, true]) refused({ role }, 'TypeError', `options.role must be 'client' or 'server', found ${role}`);
  });

  it('are refused without a platform', () => {
    for (const platform of [undefined, null, 'node']) refused({ platform }, 'TypeError', `options.platform must be a Platform, found ${platform}`);
  });

  it('are refused when any method of the sink is missing', () => {
    for (const name of Object.keys(EVENTS)) {
      refused({ events: { ...EVENTS, [name]: undefined } }, 'TypeError', `options.events.${name} must be a function: the sink is total`);
    }
    refused({ events: undefined }, 'TypeError', 'options.events.payload must be a function: the sink is total');
  });

  it('take a sink that is an instance of a class', () => {
    class Sink implements ConnectionEvents {
      payload(): void {}
      ping(): void {}
      pong(): void {}
      closing(): void {}
      drained(): void {}
      closed(): void {}
    }
    checkConnectionOptions({ ...OPTIONS, events: new Sink() });
  });

  it('are refused with a wake that cannot be called', () => {
    refused({ wake: 'up' }, 'TypeError', 'options.wake must be a function, found string');
  });

  it('take a compression of two directions, or none', () => {
    for (const compression of [new ScriptedCodec(), null, undefined]) {
      checkConnectionOptions({ ...OPTIONS, compression } as ConnectionOptions);
    }
    const { inflater, deflater } = new ScriptedCodec();
    for (const compression of [{}, { inflater }, { deflater }, { inflater: deflater, deflater: inflater }, true, 'deflate']) {
      refused({ compression }, 'TypeError', 'options.compression must have an inflater and a deflater');
    }
  });

  it('are refused with a timeout of no time, or of no number', () => {
    for (const name of ['closeTimeout', 'lingerTimeout']) {
      for (const value of [0, -1, 0.5, NaN]) refused({ [name]: value }, 'RangeError', `options.${name} must be a whole number of at least 1, or Infinity, found ${value}`);
      refused({ [name]: '1000' }, 'TypeError', `options.${name} must be a number, found string`);
    }
  });
});
