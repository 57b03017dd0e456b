// RFC 6455 §4.1: the judge of a server's opening handshake, check by check.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { parseExtensions } from '../../../lib/core/handshake/extensions.ts';
import type { Extension } from '../../../lib/core/handshake/extensions.ts';
import { HeaderList } from '../../../lib/core/handshake/headers.ts';
import type { HeaderField } from '../../../lib/core/handshake/headers.ts';
import { Refusal } from '../../../lib/core/handshake/refusal.ts';
import { judgeResponse, versionsOf } from '../../../lib/core/handshake/response.ts';
import type { Agreement, Asked, ResponseHead } from '../../../lib/core/handshake/response.ts';
import type { FieldTable } from '../../support/handshake.ts';
import { SAMPLE_ACCEPT } from '../../support/handshake.ts';

const ASKED: Asked = {
  accept: SAMPLE_ACCEPT,
  protocols: ['chat', 'superchat'],
  extensions: parseExtensions('permessage-deflate; client_max_window_bits, x-y') as readonly Extension[],
};
const ASKED_NOTHING: Asked = { accept: SAMPLE_ACCEPT, protocols: [], extensions: [] };

function response(changes: FieldTable = {}, line: Partial<ResponseHead> = {}): ResponseHead {
  const table: FieldTable = { 'Upgrade': 'websocket', 'Connection': 'Upgrade', 'Sec-WebSocket-Accept': SAMPLE_ACCEPT, ...changes };
  const fields = Object.entries(table).flatMap(([name, value]): HeaderField[] => (
    (value === null ? [] : typeof value === 'string' ? [value] : value).map((each): HeaderField => [name, each])
  ));
  return { version: '1.1', status: 101, reason: 'Switching Protocols', headers: new HeaderList(fields), ...line };
}

function good(changes?: FieldTable, asked: Asked = ASKED, line?: Partial<ResponseHead>): Agreement {
  const agreement = judgeResponse(response(changes, line), asked);
  assert.ok(!(agreement instanceof Refusal), agreement instanceof Refusal ? agreement.message : '');
  return agreement;
}

function bad(changes: FieldTable, asked: Asked = ASKED, line?: Partial<ResponseHead>): string {
  const refusal = judgeResponse(response(changes, line), asked);
  assert.ok(refusal instanceof Refusal, 'was to be refused');
  return refusal.name;
}

describe('handshake/response', () => {
  it('§4.1: a response with 101 and the three fields opens; the reason phrase says nothing [6455-4.1-56] [9112-4-2]', () => {
    assert.deepEqual(good(), { protocol: '', extensions: [] });
    assert.deepEqual(good({}, ASKED, { reason: 'Not Found' }), good({}, ASKED, { reason: '' }));
  });

  it('§4.1: a status other than 101 is no acceptance, whatever the fields say [6455-4.1-47] [whatwg-ws-2.2-6]', () => {
    for (const status of [200, 301, 401, 404, 426, 503]) assert.equal(bad({}, ASKED, { status }), 'STATUS_NOT_101');
    const refusal = judgeResponse(response({}, { status: 404, reason: 'Not Found' }), ASKED) as Refusal;
    assert.deepEqual([refusal.expected, refusal.found], ['101', '404 "Not Found"']);
  });

  it('§4.2.2: a 101 is of HTTP/1.1 or higher, of major version 1 [6455-4.1-54]', () => {
    good({}, ASKED, { version: '1.2' });
    for (const version of ['1.0', '0.9', '2.0']) assert.equal(bad({}, ASKED, { version }), 'RESPONSE_VERSION_TOO_OLD', version);
  });

  it('§4.1: Upgrade is websocket, in any case, and nothing else [6455-4.1-49] [6455-11.2-1]', () => {
    good({ Upgrade: 'WebSocket' });
    assert.equal(bad({ Upgrade: null }), 'RESPONSE_UPGRADE_MISSING');
    for (const upgrade of ['h2c', 'websocket, foo', '', 'websoc\xe2\x84\xaaet']) assert.equal(bad({ Upgrade: upgrade }), 'RESPONSE_UPGRADE_WRONG', upgrade);
    assert.equal(bad({ Upgrade: ['websocket', 'websocket'] }), 'RESPONSE_UPGRADE_WRONG');
  });

  it('§4.1: Connection is a list with Upgrade in it, in any case [6455-4.1-50]', () => {
    good({ Connection: 'keep-alive, UPGRADE' });
    good({ Connection: ['keep-alive', 'Upgrade'] });
    assert.equal(bad({ Connection: null }), 'RESPONSE_CONNECTION_MISSING');
    for (const connection of ['close', 'upgrade-insecure', '', 'Upgrade keep-alive']) assert.equal(bad({ Connection: connection }), 'RESPONSE_CONNECTION_WRONG');
  });

  it('§4.1: Sec-WebSocket-Accept is there once and is the value the key asks for, to the letter [6455-4.1-51] [6455-11.3.3-1]', () => {
    assert.equal(bad({ 'Sec-WebSocket-Accept': null }), 'ACCEPT_MISSING');
    assert.equal(bad({ 'Sec-WebSocket-Accept': [SAMPLE_ACCEPT, SAMPLE_ACCEPT] }), 'ACCEPT_REPEATED');
    const wrong = [SAMPLE_ACCEPT.toUpperCase(), '', `${SAMPLE_ACCEPT},`, 'b37a4f2cc0624f1690f64606cf385945b2bec4ea', SAMPLE_ACCEPT.slice(0, -1)];
    for (const accept of wrong) assert.equal(bad({ 'Sec-WebSocket-Accept': accept }), 'ACCEPT_WRONG', accept);
  });

  it('§4.1: extensions in use are some of those offered, each once, in the order of the response ' +
    '[6455-4.1-52] [6455-4.1-57] [6455-9-3] [6455-9.1-2] [6455-9.1-8] [6455-11.3.2-3] [6455-4.2.2-24]', () => {
    const field = 'Sec-WebSocket-Extensions';
    assert.deepEqual(good({ [field]: 'permessage-deflate; z=1' }).extensions, [{ name: 'permessage-deflate', parameters: [['z', '1']] }]);
    assert.deepEqual(good({ [field]: 'x-y, permessage-deflate' }).extensions.map(({ name }) => name), ['x-y', 'permessage-deflate']);
    assert.deepEqual(good({ [field]: ['x-y', 'permessage-deflate'] }), good({ [field]: 'x-y, permessage-deflate' }));
    for (const value of ['x-foo', 'permessage-deflate, x-foo', 'Permessage-Deflate', '__proto__']) {
      assert.equal(bad({ [field]: value }), 'EXTENSION_NOT_OFFERED', value);
    }
    assert.equal(bad({ [field]: 'permessage-deflate' }, ASKED_NOTHING), 'EXTENSION_NOT_OFFERED');
    assert.equal(bad({ [field]: ['permessage-deflate', 'x-foo'] }), 'EXTENSION_NOT_OFFERED');
    assert.equal(bad({ [field]: 'permessage-deflate, permessage-deflate' }), 'EXTENSION_REPEATED');
    for (const value of ['', 'permessage-deflate;', 'a b', '=1']) assert.equal(bad({ [field]: value }), 'EXTENSIONS_MALFORMED', value);
  });

  it('§9.1: an extension in use is as its specification has it, whose judge is asked of each [6455-9-4] [6455-9.1-6]', () => {
    const field = 'Sec-WebSocket-Extensions';
    const judged: string[] = [];
    const asked: Asked = { ...ASKED, judgeExtension: ({ name, parameters }) => {
      judged.push(name);
      return parameters.length > 0 ? { expected: 'no parameter', found: 'one' } : null;
    } };
    good({ [field]: 'x-y, permessage-deflate' }, asked);
    assert.deepEqual(judged, ['x-y', 'permessage-deflate']);
    const refusal = judgeResponse(response({ [field]: 'x-y, permessage-deflate; z' }), asked) as Refusal;
    assert.deepEqual([refusal.name, refusal.expected, refusal.found], ['EXTENSION_PARAMETERS_WRONG', 'no parameter', 'one']);
    assert.equal(bad({ [field]: 'x-foo; z' }, asked), 'EXTENSION_NOT_OFFERED', 'what was not offered comes first');
  });

  it('§4.1: the subprotocol in use is one that was offered, one token, to the letter ' +
    '[6455-4.1-53] [6455-4.1-58] [6455-4.3-5] [6455-11.3.4-2] [6455-4.2.2-14] [7936-2-1]', () => {
    const field = 'Sec-WebSocket-Protocol';
    assert.equal(good({ [field]: 'superchat' }).protocol, 'superchat');
    for (const value of ['other', 'Chat', 'chat, superchat', '"chat"', '', '__proto__']) assert.equal(bad({ [field]: value }), 'PROTOCOL_NOT_OFFERED', value);
    assert.equal(bad({ [field]: 'chat' }, ASKED_NOTHING), 'PROTOCOL_NOT_OFFERED');
    assert.equal(bad({ [field]: '' }, ASKED_NOTHING), 'PROTOCOL_NOT_OFFERED');
    assert.equal(bad({ [field]: ['chat', 'chat'] }), 'PROTOCOL_REPEATED');
  });

  it('a server that chooses no subprotocol is refused only where the client insists, and offered one', () => {
    assert.equal(good().protocol, '');
    assert.equal(bad({}, { ...ASKED, requireProtocol: true }), 'PROTOCOL_MISSING');
    assert.equal(good({}, { ...ASKED_NOTHING, requireProtocol: true }).protocol, '');
    assert.equal(good({ 'Sec-WebSocket-Protocol': 'chat' }, { ...ASKED, requireProtocol: true }).protocol, 'chat');
  });

  it('the refusal says what was expected and what was found', () => {
    const messages = [
      judgeResponse(response({ 'Sec-WebSocket-Accept': 'x' }), ASKED), judgeResponse(response({ 'Sec-WebSocket-Protocol': 'x' }), ASKED),
      judgeResponse(response({ 'Sec-WebSocket-Protocol': 'x' }), ASKED_NOTHING),
    ].map((refusal) => [(refusal as Refusal).expected, (refusal as Refusal).found]);
    assert.deepEqual(messages, [[`"${SAMPLE_ACCEPT}"`, '"x"'], ['one of "chat, superchat"', '"x"'], ['no subprotocol', '"x"']]);
  });

  it('§4.1: fields a response need not have are ignored', () => {
    assert.deepEqual(good({ 'Sec-WebSocket-Version': '13', 'Content-Length': '5', 'X': 'y' }), { protocol: '', extensions: [] });
  });

  it('§4.4: the versions a server lists are read from one line or several [6455-4.3-7] [6455-4.4-2] [6455-11.3.5-1]', () => {
    const field = 'Sec-WebSocket-Version';
    assert.deepEqual(versionsOf(new HeaderList([[field, '13, 8, 7']])), [13, 8, 7]);
    assert.deepEqual(versionsOf(new HeaderList([[field, '13'], [field, '8, 7']])), [13, 8, 7]);
    assert.deepEqual(versionsOf(new HeaderList([[field, '013']])), []);
    assert.deepEqual(versionsOf(new HeaderList()), []);
  });
});
