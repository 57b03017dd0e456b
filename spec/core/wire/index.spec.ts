import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import * as closeBody from '../../../lib/core/wire/close-body.ts';
import * as closeCode from '../../../lib/core/wire/close-code.ts';
import * as compression from '../../../lib/core/wire/compression.ts';
import * as frameDecoder from '../../../lib/core/wire/frame-decoder.ts';
import * as header from '../../../lib/core/wire/header.ts';
import * as wire from '../../../lib/core/wire/index.ts';
import * as mask from '../../../lib/core/wire/mask.ts';
import * as opcode from '../../../lib/core/wire/opcode.ts';
import * as rules from '../../../lib/core/wire/rules.ts';
import * as utf8Text from '../../../lib/core/wire/utf8-text.ts';
import * as utf8 from '../../../lib/core/wire/utf8.ts';
import * as violation from '../../../lib/core/wire/violation.ts';
import { projectRoot } from '../../support/project.ts';

describe('the wire level as a whole', () => {
  it('exports everything its modules export; no two of them use one name, which would export neither', () => {
    const modules = [closeBody, closeCode, compression, frameDecoder, header, mask, opcode, rules, utf8Text, utf8, violation];
    const names = modules.flatMap((module) => Object.keys(module));
    assert.deepEqual(Object.keys(wire).sort(), names.sort());
    const files = readdirSync(join(projectRoot, 'lib/core/wire')).filter((file) => file.endsWith('.ts') && file !== 'index.ts');
    assert.equal(modules.length, files.length, 'a module of the folder is missing from this spec');
  });
});
