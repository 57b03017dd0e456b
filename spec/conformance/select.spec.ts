// Selecting cases: what each kind of selection means, how they combine, and what is said when nothing is selected.

import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import type { Case, SubjectRole } from '../../lib/conformance/case.ts';
import { select, SelectionError } from '../../lib/conformance/select.ts';
import type { Selection } from '../../lib/conformance/select.ts';
import { define } from '../../lib/conformance/write.ts';

function sample(id: string, does: string, aliases: readonly string[] = [], roles: readonly SubjectRole[] = ['server', 'client']): Case {
  return define({ id, aliases, roles, does, expects: 'It comes back.', requirements: [], steps: [], outcomes: [] });
}

const CASES: readonly Case[] = [
  sample('4.2.1/no-key', 'Leaves the key out.', [], ['server']),
  sample('5.5/control-of-126', 'Sends a Ping of 126 octets.', ['2.5']),
  sample('5.5.1/close-1004', 'Closes with 1004.', ['7.9.2']),
  sample('5.5.2/ping-empty', 'Sends an empty ping.', ['2.1', '2.2']),
  sample('5.50/no-such-section', 'Sends nothing.'),
  sample('7.3.2/an-id-of-ours', 'Closes twice.'),
  sample('5.5.1/close-of-one-octet', 'Closes with half a code.', ['7.3.2']),
  sample('7692-7.2.1/empty', 'Sends an empty message.', ['12.1.1']),
  sample('9112-5.5/bare-cr', 'Sends a bare CR.', [], ['server']),
];

const selected = (selection: Selection): readonly string[] => select(CASES, selection).map(({ id }) => id);

function complaint(selection: Selection): string {
  try {
    select(CASES, selection);
  } catch (error) {
    assert.ok(error instanceof SelectionError);
    return error.message;
  }
  assert.fail('something was selected');
}

describe('select', () => {
  it('is every case, in order, when nothing is asked for', () => {
    assert.deepEqual(select(CASES, {}), CASES);
  });

  it('a section has what is below it, and not what only begins like it', () => {
    assert.deepEqual(selected({ sections: ['5.5'] }), ['5.5/control-of-126', '5.5.1/close-1004', '5.5.2/ping-empty', '5.5.1/close-of-one-octet']);
    assert.deepEqual(selected({ sections: ['5.5.1', '4'] }), ['4.2.1/no-key', '5.5.1/close-1004', '5.5.1/close-of-one-octet']);
  });

  it('the number of an RFC has all of its sections, and sections of another RFC are not mixed up with it', () => {
    assert.deepEqual(selected({ sections: ['7692'] }), ['7692-7.2.1/empty']);
    assert.deepEqual(selected({ sections: ['7692-7.2'] }), ['7692-7.2.1/empty']);
    assert.deepEqual(selected({ sections: ['9112-5.5'] }), ['9112-5.5/bare-cr']);
    assert.equal(selected({ sections: ['6455'] }).length, 7);
    assert.deepEqual(selected({ sections: ['6455-5.5.2'] }), ['5.5.2/ping-empty']);
  });

  it('an id or an alias is one case, exactly; several are all of them', () => {
    assert.deepEqual(selected({ ids: ['7.3.2'] }), ['5.5.1/close-of-one-octet']);
    assert.deepEqual(selected({ ids: ['2.2', '4.2.1/no-key'] }), ['4.2.1/no-key', '5.5.2/ping-empty']);
  });

  it('a word is looked for in id, alias and sentences, in upper and lower case alike', () => {
    assert.deepEqual(selected({ greps: ['PING'] }), ['5.5/control-of-126', '5.5.2/ping-empty']);
    assert.deepEqual(selected({ greps: ['12.1'] }), ['7692-7.2.1/empty']);
    assert.deepEqual(selected({ greps: ['half', 'bare'] }), ['5.5.1/close-of-one-octet', '9112-5.5/bare-cr']);
  });

  it('a regular expression stands between slashes, with its flags', () => {
    assert.deepEqual(selected({ greps: ['/^Closes with \\d/'] }), ['5.5.1/close-1004']);
    assert.deepEqual(selected({ greps: ['/^CLOSES TW/i'] }), ['7.3.2/an-id-of-ours']);
    assert.equal(selected({ greps: ['/'] }).length, CASES.length, 'a lone slash is a word');
  });

  it('kinds combine: all of them have to hold', () => {
    assert.deepEqual(selected({ sections: ['5.5'], greps: ['ping'], role: 'client' }), ['5.5/control-of-126', '5.5.2/ping-empty']);
    assert.deepEqual(selected({ role: 'client' }).includes('9112-5.5/bare-cr'), false);
  });

  it('what selects nothing is told with what comes close', () => {
    assert.equal(complaint({ ids: ['5.5.2/ping-emtpy'] }), '--case 5.5.2/ping-emtpy: there is no such case; close to it: 5.5.2/ping-empty');
    assert.equal(complaint({ ids: ['ping'] }), '--case ping: there is no such case; close to it: 5.5.2/ping-empty');
    assert.equal(complaint({ ids: ['4.2.1'] }), '--case 4.2.1: there is no such case; close to it: 4.2.1/no-key');
    assert.match(complaint({ sections: ['5.6.1'] }), /^--section 5\.6\.1: there is no such case; close to it: 5\.5\.1, /);
    assert.match(complaint({ sections: ['somewhere else'] }), /hawser conformance list/);
    assert.match(complaint({ greps: ['nowhere'] }), /^--grep nowhere: there is no such case; hawser conformance list/);
  });

  it('one of several values that is of no case is a mistake, whatever the others have', () => {
    assert.match(complaint({ ids: ['2.2', '2.22'] }), /^--case 2\.22: /);
  });

  it('parts that have no case in common are told with what each of them has', () => {
    assert.equal(complaint({ sections: ['5.5.2'], greps: ['bare'], role: 'client' }),
      'no case is in all of what was asked for, for a client: --section 5.5.2 has 1, --grep bare has 1, for a client there are 7');
  });

  it('an expression that is none is named', () => {
    assert.match(complaint({ greps: ['/(/'] }), /^--grep \/\(\/: /);
  });
});
