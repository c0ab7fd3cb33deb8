import { describe, expect, test } from '@jest/globals';

import {
  changedFields,
  definitionOf,
  fieldsOf,
  filling,
  refilled,
  takenKeys,
  withProvider
} from '../src/definitionfields';
import type { Fields } from '../src/definitionfields';
import { ACME, MAIL } from './presets';

const SIGN_IN = {
  owner: 'user',
  key: 'deals',
  type: 'oauth2',
  title: 'Deals',
  hosts: ['api.example.com', '*.example.org'],
  client_id: '7fff1e36',
  scopes: ['deals.read', 'contacts.read'],
  authorization_endpoint: 'https://auth.example.com/authorize',
  token_endpoint: 'https://auth.example.com/token',
  authorization_parameters: { access_type: 'offline', prompt: 'a = b' },
  redirect_ports: [8723, 8724],
  expires_in: 3600
};

describe('a definition', () => {
  test('comes back from the fields as it went there', () => {
    const fields = {
      ...fieldsOf(SIGN_IN),
      owner: 'user',
      kind: 'oauth2'
    };

    expect(definitionOf(fields)).toStrictEqual(SIGN_IN);
  });

  test('has no word of what is left empty', () => {
    const fields = { owner: 'user', kind: 'secret', title: ' ', hosts: '' };

    expect(definitionOf(fields)).toStrictEqual({
      owner: 'user',
      key: null,
      type: 'secret'
    });
  });

  test('of a secret says nothing of signing in', () => {
    const fields = { ...fieldsOf(SIGN_IN), owner: 'user', kind: 'secret' };

    expect(Object.keys(definitionOf(fields))).toStrictEqual([
      'owner',
      'key',
      'type',
      'title',
      'hosts'
    ]);
  });

  test('leaves out what goes without saying', () => {
    const before = { ...SIGN_IN, client_authentication: 'none' };
    const fields = { ...fieldsOf(before), owner: 'user', kind: 'oauth2' };

    expect(definitionOf(fields)).not.toHaveProperty('client_authentication');
  });

  test.each(['', '/', '/back'])('keeps the redirect path %j', path => {
    const before = { ...SIGN_IN, redirect_path: path };
    const fields: Fields = {
      ...fieldsOf(before),
      owner: 'user',
      kind: 'oauth2'
    };

    expect(fields.redirect_path).toBe(path);
    expect(definitionOf(fields)).toStrictEqual(before);
  });

  test('shows the redirect path that goes without saying', () => {
    const fields: Fields = {
      ...fieldsOf(SIGN_IN),
      owner: 'user',
      kind: 'oauth2'
    };

    expect(fields.redirect_path).toBe('/callback');
    expect(definitionOf(fields)).not.toHaveProperty('redirect_path');
    expect(definitionOf({ ...fields, redirect_path: ' ' }).redirect_path).toBe(
      ''
    );
    expect(
      definitionOf({ owner: 'user', kind: 'secret', redirect_path: '' })
    ).not.toHaveProperty('redirect_path');
  });

  test('passes on what is no number, for the server to say so', () => {
    const fields = {
      owner: 'user',
      kind: 'oauth2',
      redirect_ports: '8723, http',
      expires_in: 'an hour'
    };

    expect(definitionOf(fields)).toMatchObject({
      redirect_ports: [8723, 'http'],
      expires_in: 'an hour'
    });
  });
});

test.each([
  ['a b', ' ', ['a', 'b']],
  ['a, b,', ' ', ['a', 'b']],
  ['a,b', ' ', ['a,b']],
  ['a,b c', ',', ['a', 'b', 'c']],
  ['a\n\n b\n', ' ', ['a', 'b']]
])('scopes that are typed as %j are read', (text, scope_separator, scopes) => {
  const fields = { owner: 'user', kind: 'oauth2', scope_separator };

  expect(definitionOf({ ...fields, scopes: text }).scopes).toStrictEqual(
    scopes
  );
});

test.each(['<b>\u202eשלום</b> 🔑', '__proto__', 'constructor'])(
  'a title of %j is text like any other',
  title => {
    const fields = { ...fieldsOf({ title }), owner: 'user', kind: 'secret' };

    expect(definitionOf(fields).title).toBe(title);
  }
);

describe('a provider', () => {
  test('fills in what it knows, and its page as the help page', () => {
    expect(filling(ACME, [])).toMatchObject({
      title: 'Acme',
      help_url: ACME.help_url,
      hosts: 'api.acme.example',
      redirect_ports: '8723',
      client_authentication: 'client_secret_post'
    });
  });

  test('proposes its name as a key where one is needed, and free', () => {
    expect(filling(ACME, []).key).toBeUndefined();
    expect(filling(ACME, ['mailbox']).key).toBe('acme');
    expect(filling(ACME, ['acme']).key).toBeUndefined();
  });

  test('leaves what the person typed', () => {
    const nothing = filling(null, []);
    const typed = { ...nothing, title: 'Our Acme', client_id: '7fff1e36' };

    const fields = withProvider(typed, nothing, filling(ACME, []));

    expect(fields).toMatchObject({
      title: 'Our Acme',
      client_id: '7fff1e36',
      hosts: 'api.acme.example'
    });
  });

  test('takes the place of another one altogether', () => {
    const acme = filling(ACME, []);
    const mail = filling(MAIL, []);
    const changed = { ...acme, token_endpoint: 'https://eu.acme.example/t' };

    const fields = withProvider(changed, acme, mail);

    expect(fields.title).toBe('Mail');
    expect(fields.token_endpoint).toBe('https://mail.example/token');
    expect(fields.redirect_ports).toBe('');
    expect(fields.client_authentication).toBe('none');
  });
});

test('another owner changes nothing but the proposed key', () => {
  const before = filling(ACME, []);
  const fields = { ...before, token_endpoint: 'https://eu.acme.example/t' };

  const after = refilled(fields, before, filling(ACME, ['mailbox']));

  expect(changedFields(fields, after)).toStrictEqual(['key']);
});

test('the keys of an owner are those of nobody else', () => {
  const connections = [
    { owner: 'user' as const, key: null },
    { owner: 'workspace' as const, key: 'sequencer' }
  ];

  expect(takenKeys(connections, 'user')).toStrictEqual([null]);
  expect(takenKeys(connections, 'workspace')).toStrictEqual(['sequencer']);
});
