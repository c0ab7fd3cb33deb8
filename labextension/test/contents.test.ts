import { expect, test } from '@jest/globals';

import { contentKind } from '../src/contents';
import type { IPrompt } from '../src/protocol';
import { promptNamed } from './kernel';

function contentOf(traits: Partial<IPrompt>, canSeal = true) {
  return contentKind(promptNamed('prompt-1', traits), canSeal);
}

test.each([
  [{ kind: 'secret' }, 'secret', 'detour'],
  [{ kind: 'new-connection' }, 'new-connection', 'detour'],
  [{ kind: 'oauth2', client_secret: true }, 'client-secret', 'detour'],
  [{ kind: 'oauth2' }, 'sign-in', 'sign-in'],
  [{ kind: 'approval' }, 'approval', 'approval'],
  [{ kind: 'member' }, 'member', 'member'],
  [{ kind: 'secret', question: 'Keep it?' }, 'question', 'question'],
  [
    { kind: 'oauth2', client_secret: true, question: 'Keep it?' },
    'question',
    'question'
  ]
] as const)('%j is shown as %s, and as %s without encryption', (...each) => {
  const [traits, sealed, plain] = each;
  expect([contentOf(traits), contentOf(traits, false)]).toStrictEqual([
    sealed,
    plain
  ]);
});

test.each(['', 'Secret', 'consent', 'toString', undefined, null, 1])(
  'a prompt of the unknown kind %j has no field',
  given => {
    const kind = given as IPrompt['kind'];
    const found = [true, false].flatMap(canSeal => [
      contentOf({ kind }, canSeal),
      contentOf({ kind, client_secret: true }, canSeal)
    ]);
    expect(new Set(found)).toStrictEqual(new Set(['outdated']));
  }
);
