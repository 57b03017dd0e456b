import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { Routes } from '../../lib/server/routes.ts';
import type { ParamsOf } from '../../lib/server/routes.ts';

function routes(...patterns: readonly string[]): Routes<string> {
  const all = new Routes<string>();
  for (const pattern of patterns) all.add(pattern, pattern);
  return all;
}

/** `pattern {params}` of the route that matches, or null. */
function found(all: Routes<string>, path: string): string | null {
  const match = all.match(path);
  return match === null ? null : `${match.handler} ${JSON.stringify(match.params)}`;
}

describe('routes', () => {
  it('match a path to its last segment, and nothing longer, shorter or other', () => {
    const all = routes('/', '/chat', '/chat/');
    assert.equal(found(all, '/'), '/ {}');
    assert.equal(found(all, '/chat'), '/chat {}');
    assert.equal(found(all, '/chat/'), '/chat/ {}');
    for (const path of ['/cha', '/chats', '/Chat', '/chat/a', '//chat', '/chat//', '/./chat', '/a/../chat']) assert.equal(found(all, path), null, path);
  });

  it('name segments, which are not empty and are decoded after the path is cut', () => {
    const all = routes('/rooms/:room', '/rooms/:room/seats/:seat');
    assert.equal(found(all, '/rooms/a'), '/rooms/:room {"room":"a"}');
    assert.equal(found(all, '/rooms/caf%C3%A9%2Fbar'), '/rooms/:room {"room":"café/bar"}');
    assert.equal(found(all, '/rooms/a/seats/1'), '/rooms/:room/seats/:seat {"room":"a","seat":"1"}');
    for (const path of ['/rooms/', '/rooms', '/rooms/a/', '/rooms//seats/1']) assert.equal(found(all, path), null, path);
  });

  it('take the rest of a path', () => {
    assert.equal(found(routes('/files/*'), '/files/a/b%20c'), '/files/* {"*":"a/b c"}');
    assert.equal(found(routes('/files/*'), '/files/'), '/files/* {"*":""}');
    assert.equal(found(routes('/files/*'), '/files'), null);
    assert.equal(found(routes('*'), '/a/b'), '* {"*":"a/b"}');
    assert.equal(found(routes('/*'), '/'), '/* {"*":""}');
  });

  it('are tried in the order they were added', () => {
    const all = routes('/rooms/lobby', '/rooms/:room', '*');
    assert.deepEqual(['/rooms/lobby', '/rooms/other', '/rooms'].map((path) => all.match(path)?.handler), ['/rooms/lobby', '/rooms/:room', '*']);
  });

  it('compare decoded: an encoded letter is that letter', () => {
    assert.equal(found(routes('/café'), '/caf%C3%A9'), '/café {}');
    assert.equal(found(routes('/a/b'), '/a%2Fb'), null);
  });

  it('match no path whose percent-encoding makes no sense', () => {
    for (const path of ['/%', '/%zz', '/%ff', '/a/%E0%A4']) assert.equal(found(routes('*'), path), null, path);
  });

  it('have parameters that are nobody’s properties', () => {
    const params = routes('/:__proto__/:constructor').match('/a/b')?.params;
    assert.equal(Object.getPrototypeOf(params), null);
    assert.equal(JSON.stringify(params), '{"__proto__":"a","constructor":"b"}');
  });

  it('are refused when they could not match as they are meant', () => {
    const mistakes: readonly (readonly [pattern: unknown, message: RegExp])[] = [
      ['chat', /begins with a slash, found "chat"/], ['', /begins with a slash/], [7, /begins with a slash, found 7/],
      ['/a/*/b', /comes last, found \/a\/\*\/b/], ['/:', /a colon and a name, found : in \/:/], ['/:1', /a colon and a name/],
      ['/:a-b', /a colon and a name/], ['/:a/:a', /named once, found :a twice/],
    ];
    for (const [pattern, message] of mistakes) {
      assert.throws(() => routes(pattern as string), (error: Error) => error instanceof TypeError && message.test(error.message), String(pattern));
    }
  });

  it('have parameters whose names the compiler knows', () => {
    const one: ParamsOf<'/rooms/:room'> = { room: 'a' };
    const two: ParamsOf<'/:a/b/*'> = { 'a': '1', '*': '2' };
    const none: ParamsOf<'/chat'> = {};
    const unknown: ParamsOf<string> = { anything: 'x' };
    assert.deepEqual([one.room, two.a, two['*'], none, unknown['anything']], ['a', '1', '2', {}, 'x']);
  });
});
