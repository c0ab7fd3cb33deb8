import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { callbackAddress, isLocal, stateHash } from '../src/callback';

test('the callback is below the address of the server', () => {
  for (const base of [
    'https://lab.example/lab1',
    'https://lab.example/lab1/'
  ]) {
    assert.equal(
      callbackAddress(base, ''),
      'https://lab.example/lab1/attio-nb/oauth/callback'
    );
  }
});

test('a hub has one callback for all of its users', () => {
  assert.equal(
    callbackAddress('https://hub.example/user/alice/', '/hub/'),
    'https://hub.example/hub/user-redirect/attio-nb/oauth/callback'
  );
});

test('only a page from this computer reaches a port of it', () => {
  assert.deepEqual(
    ['localhost', '127.0.0.1', '[::1]', 'lab.example', 'localhost.evil'].map(
      isLocal
    ),
    [true, true, true, false, false]
  );
});

test('a sign-in is known to the server by the hash of its state', async () => {
  const hash = await stateHash('https://a.example/authorize?state=a%20b&x=1');

  assert.equal(hash, createHash('sha256').update('a b').digest('hex'));
});

test('an address without a state has no hash', async () => {
  assert.equal(await stateHash('https://a.example/authorize'), '');
});
