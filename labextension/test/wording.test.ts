import { expect, test } from '@jest/globals';

import {
  canApprove,
  canConnect,
  canDisconnect,
  canReplaceClientSecret,
  canTest
} from '../src/can';
import type { IConnection } from '../src/state';
import type { IRow } from '../src/tokens';
import { Wording, isolated, relative, shortened } from '../src/wording';
import { ENGLISH } from './english';
import { connection } from './world';

const WORDING = new Wording(ENGLISH);

function row(rest: Partial<IConnection>, doing: IRow['doing'] = ''): IRow {
  const given = connection({ may_configure: true, why_no_test: '', ...rest });
  return {
    id: 'user:mail',
    connection: given,
    asked: null,
    doing,
    prompt: null,
    note: null
  };
}

test('a long title is shortened between whole characters', () => {
  expect(shortened('🔑'.repeat(5), 4)).toBe('🔑🔑🔑…');
  expect(shortened('🔑'.repeat(4), 4)).toBe('🔑'.repeat(4));
});

test('a title that reads from the right leaves the sentence around it alone', () => {
  const label = 'مفتاح';
  const said = WORDING.disconnecting(connection({ label }), 'ada');
  expect(said).toContain(`The value of ${isolated(label)} is deleted here.`);
});

test('a heading has room for the beginning of a title', () => {
  const label = 'مفتاح '.repeat(50);
  const said = WORDING.editing({ label });
  expect(said).toBe(`Edit “${isolated(shortened(label))}”`);
  expect(said.length).toBeLessThan(80);
});

test('disconnecting says what is left to do at the service of a secret', () => {
  const said = WORDING.disconnecting(connection({ type: 'secret' }), 'ada');
  expect(said).toContain('revoke it there');
  expect(said).not.toContain('workspace');
  expect(said).toContain(`belongs to ${isolated('ada')}.`);
});

test('disconnecting names the provider that tokens are revoked at', () => {
  const said = WORDING.disconnecting(
    connection({
      owner: 'workspace',
      type: 'oauth2',
      provider: 'login.example.com'
    }),
    'ada'
  );
  expect(said).toContain(`revoked at ${isolated('login.example.com')}`);
  expect(said).toContain('shared by the whole workspace');
  expect(said).not.toContain('ada');
});

test('a token that is refreshed at its next use has no time that is past', () => {
  const past = { standing: 'connected', expires_at: 1 } as const;
  const renewed = connection({ ...past, is_renewed: true });
  expect([WORDING.expiryName(renewed), WORDING.expiry(renewed)]).toStrictEqual([
    'Token is refreshed',
    'at its next use'
  ]);
  const over = connection({ ...past, is_renewed: false });
  expect(WORDING.expiryName(over)).toBe('Token ran out');
  expect(WORDING.expiry(over)).toContain('ago');
});

test('only an OAuth client with a secret has one to replace', () => {
  const method = { client_authentication: 'client_secret_post' };
  const type = 'oauth2';
  expect(canReplaceClientSecret(row({ type, definition: method }))).toBe(true);
  expect(canReplaceClientSecret(row({ type, definition: {} }))).toBe(false);
  const none = { client_authentication: 'none' };
  expect(canReplaceClientSecret(row({ type, definition: none }))).toBe(false);
  const may_configure = false;
  const given = row({ type, definition: method, may_configure });
  expect(canReplaceClientSecret(given)).toBe(false);
});

test('what comes from an environment variable cannot be connected or disconnected', () => {
  const variable = 'ATTIO_NB_USER_CONNECTION__MAIL';
  const given = row({ standing: 'connected', variable });
  expect([canConnect(given), canDisconnect(given)]).toStrictEqual([
    false,
    false
  ]);
});

test('what is stored can be disconnected, whether it still works or not', () => {
  const standings = ['connected', 'expired', 'refused'] as const;
  for (const standing of standings) {
    expect(canDisconnect(row({ standing }))).toBe(true);
  }
  expect(canDisconnect(row({ standing: 'not-connected' }))).toBe(false);
});

test('new addresses can be reviewed by whoever may connect', () => {
  const changed = { standing: 'changed' } as const;
  expect(canApprove(row(changed))).toBe(true);
  expect(canDisconnect(row(changed))).toBe(true);
  expect(canApprove(row({ standing: 'connected' }))).toBe(false);
  expect(canApprove(row({ ...changed, may_configure: false }))).toBe(false);
  expect(canApprove(row(changed, 'testing'))).toBe(false);
});

test('a member can change nothing that is not theirs', () => {
  const given = row({ standing: 'connected', may_configure: false });
  expect([
    canConnect(given),
    canDisconnect(given),
    canTest(given)
  ]).toStrictEqual([false, false, true]);
});

test('nothing else can be begun while something is under way', () => {
  const given = row({ standing: 'connected' }, 'testing');
  expect([
    canConnect(given),
    canDisconnect(given),
    canTest(given)
  ]).toStrictEqual([false, false, false]);
});

for (const [distance, words] of [
  [0, 'now'],
  [-5, '5 seconds ago'],
  [-3 * 3600 - 1, '3 hours ago'],
  [3599, 'in 59 minutes'],
  [3600, 'in 1 hour'],
  [6 * 24 * 3600, 'in 6 days'],
  [400 * 24 * 3600, 'next year']
] as const) {
  test(`what is ${distance} seconds away is ${words}`, () => {
    expect(relative(1000 + distance, 1_000_000)).toBe(words);
  });
}
