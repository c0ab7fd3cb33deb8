import { expect, test } from '@jest/globals';

import {
  codeFor,
  isOffered,
  mainAction,
  mainLabel,
  menuGroups,
  testStep
} from '../src/menuitems';
import type { RowAction } from '../src/menuitems';
import type { IConnection, Standing } from '../src/state';
import type { IRow } from '../src/tokens';
import { Wording } from '../src/wording';
import { ENGLISH } from './english';
import { connection } from './world';

const WORDING = new Wording(ENGLISH);
const NO_ADDRESS = 'There is no address to test it at.';

function row(rest: Partial<IConnection>, more: Partial<IRow> = {}): IRow {
  return {
    id: 'user:mail',
    connection: connection(rest),
    asked: null,
    doing: '',
    prompt: null,
    note: null,
    ...more
  };
}

function ids(given: IRow): RowAction[] {
  return menuGroups(given, WORDING).flatMap(group => group.map(({ id }) => id));
}

function labels(given: IRow): string[] {
  return menuGroups(given, WORDING).flatMap(group =>
    group.map(({ label }) => label)
  );
}

test.each<[Standing, string, RowAction, string]>([
  ['not-connected', 'No.', 'connect', 'Connect'],
  ['not-configured', 'No.', 'connect', 'Connect'],
  ['expired', '', 'connect', 'Reconnect'],
  ['refused', '', 'connect', 'Reconnect'],
  ['changed', 'No.', 'approve', 'Review'],
  ['connected', '', 'test', 'Test'],
  ['connected', 'No.', 'copy', 'Copy code'],
  ['unknown', '', 'test', 'Test'],
  ['unknown', 'No.', 'copy', 'Copy code']
])('the action of a row that is %s (%j)', (standing, why, action, label) => {
  const given = row({ standing, why_no_test: why });
  expect(mainAction(given)).toBe(action);
  expect(mainLabel(given, WORDING)).toBe(label);
});

test('the action of a row stays while something is under way', () => {
  const given = row({ standing: 'connected' }, { doing: 'testing' });
  expect(mainAction(given)).toBe('test');
});

test.each<[Standing, boolean]>([
  ['not-connected', false],
  ['connected', false],
  ['expired', true],
  ['refused', true],
  ['changed', true]
])(
  'the action of a row that is %s is in sight all the time: %s',
  (standing, shown) => {
    expect(isOffered(row({ standing }))).toBe(shown);
    const asked = { cellId: 'cell-1', waiting: true };
    const leadsOn = standing !== 'connected';
    expect(isOffered(row({ standing }, { asked }))).toBe(leadsOn);
  }
);

test('the menu lists everything that can be done to a secret that is connected', () => {
  expect(labels(row({ standing: 'connected' }))).toStrictEqual([
    'Reconnect…',
    'Test',
    'Copy code',
    'Edit…',
    'Rename key…',
    'Disconnect…',
    'Remove…'
  ]);
});

test('the menu of an OAuth client with a secret has what replaces and forgets it', () => {
  const given = row({
    standing: 'connected',
    type: 'oauth2',
    definition: { client_authentication: 'client_secret_basic' }
  });
  expect(ids(given)).toContain('replace-client-secret');
  expect(ids(given)).toContain('forget-client-secret');
});

test('a member who may not change a connection can test it and copy its code', () => {
  const given = row({ standing: 'connected', may_configure: false });
  expect(ids(given)).toStrictEqual(['test', 'copy']);
});

test('while something is under way, the menu lists what can be done beside it', () => {
  const given = row({ standing: 'connected' }, { doing: 'testing' });
  expect(ids(given)).toStrictEqual(['copy', 'edit']);
});

test('a connection from an environment variable can be renamed and removed, not connected', () => {
  const given = row({ standing: 'connected', variable: 'ATTIO_NB_X' });
  expect(ids(given)).toStrictEqual([
    'test',
    'copy',
    'edit',
    'rename-key',
    'remove'
  ]);
});

test('a server that cannot rename is not asked to', () => {
  const given = row({ standing: 'connected', suggested_key: '' });
  expect(ids(given)).not.toContain('rename-key');
  expect(ids(given)).not.toContain('remove');
});

test.each<[Partial<IConnection>, string, string]>([
  [{ standing: 'connected', why_no_test: '' }, 'test', 'Test'],
  [{ standing: 'not-connected' }, 'connect', 'Test (connect first)…'],
  [{ standing: 'changed' }, 'approve', 'Test (review addresses first)…'],
  [
    { standing: 'connected' },
    'set-address',
    'Test (set a test address first)…'
  ],
  [{ standing: 'expired' }, 'set-address', 'Test (set a test address first)…'],
  [{ standing: 'connected', may_configure: false }, 'none', 'Test (why not?)']
])('the menu says how a test of %j becomes possible', (rest, step, label) => {
  const given = row({ why_no_test: NO_ADDRESS, ...rest });
  expect(testStep(given)).toBe(step);
  expect(labels(given)).toContain(label);
});

test('a value that is stored under an old key is offered first', () => {
  const stored_under = { key: 'old', members: ['alice'] };
  const given = row({ standing: 'not-connected', stored_under });
  expect(mainLabel(given, WORDING)).toBe('Use it');
  expect(ids(given).slice(0, 2)).toStrictEqual(['use-stored', 'connect']);
  expect(isOffered(given)).toBe(true);
  // It has a value of its own, which is not to be replaced unasked.
  expect(ids(row({ standing: 'connected', stored_under }))).not.toContain(
    'use-stored'
  );
});

test.each([
  ['user', 'mail', 'get_user_connection("mail")'],
  ['user', null, 'get_user_connection()'],
  ['workspace', 'my-crm', 'get_workspace_connection("my-crm")']
] as const)('the code of a %s connection with key %j', (owner, key, call) => {
  expect(codeFor({ owner, key })).toBe(
    `from attio_nb import get_${owner}_connection\n\nconnection = ${call}`
  );
});

test.each<[Partial<IConnection>, string]>([
  [{}, ''],
  [{ stored_for: ['alice', 'bob'] }, 'what is stored for ⁨alice⁩ and ⁨bob⁩'],
  [
    { owner: 'workspace', stored_for: ['main'], client_secret_stored: true },
    'what is stored for the workspace too, and the client secret'
  ],
  [{ client_secret_stored: true }, 'the client secret too']
])('removing names what is stored of %j', (rest, said) => {
  const given = connection(rest);
  expect(WORDING.removingStored(given)).toContain(said);
  const question = WORDING.removing(given, 'attio-app.toml');
  expect(question).toContain('attio-app.toml');
  expect(question.includes('Nothing is stored')).toBe(said === '');
});
