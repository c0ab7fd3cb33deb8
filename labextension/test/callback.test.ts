import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';

import { callbackAddress, isLocal, stateHash } from '../src/callback';

test('the callback is below the address of the server', () => {
  for (const base of [
    'https://lab.example/lab1',
    'https://lab.example/lab1/'
  ]) {
    expect(callbackAddress(base, '', '')).toBe(
      'https://lab.example/lab1/attio-nb/oauth/callback'
    );
  }
});

test('a hub has one callback for all of its users', () => {
  for (const base of [
    'https://hub.example/team/user/alice/',
    'https://hub.example/team/user/alice/a-named-server'
  ]) {
    expect(callbackAddress(base, '/team/hub/', '')).toBe(
      'https://hub.example/team/hub/user-redirect/attio-nb/oauth/callback'
    );
  }
});

test('a hub that gives each user a host has its callback on its own', () => {
  const base = 'https://alice.hub.example:8443/user/alice/';
  for (const host of [
    'https://hub.example:8443',
    'https://hub.example:8443/',
    '//hub.example:8443'
  ]) {
    expect(callbackAddress(base, '/hub/', host)).toBe(
      'https://hub.example:8443/hub/user-redirect/attio-nb/oauth/callback'
    );
  }
});

test('only a page from this computer reaches a port of it', () => {
  expect(
    ['localhost', '127.0.0.1', '[::1]', 'lab.example', 'localhost.evil'].map(
      isLocal
    )
  ).toStrictEqual([true, true, true, false, false]);
});

test('a sign-in is known to the server by the hash of its state', async () => {
  const hash = await stateHash('https://a.example/authorize?state=a%20b&x=1');

  expect(hash).toBe(createHash('sha256').update('a b').digest('hex'));
});

test('an address without a state has no hash', async () => {
  expect(await stateHash('https://a.example/authorize')).toBe('');
});
