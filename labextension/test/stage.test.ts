import { expect, test } from '@jest/globals';

import type { IShownSignIn } from '../src/card';
import { EMPTY_SIGN_IN } from '../src/protocol';
import * as stages from '../src/stage';
import { ENGLISH } from './english';

function stageOf(signIn: IShownSignIn | null, opened: stages.Opened) {
  return stages.stageOf(signIn, opened, ENGLISH);
}

function pasteHint(signIn: IShownSignIn) {
  return stages.pasteHint(signIn, ENGLISH);
}

function remaining(seconds: number) {
  return stages.remaining(seconds, ENGLISH);
}

function signIn(rest: Partial<IShownSignIn> = {}): IShownSignIn {
  return {
    ...EMPTY_SIGN_IN,
    elsewhere: false,
    state: 'ready',
    authorization_url: 'https://accounts.example/authorize?state=s',
    host: 'accounts.example',
    ...rest
  };
}

test('nothing can be pressed before there is somewhere to go', () => {
  for (const unknown of [
    null,
    signIn({ state: 'preparing', authorization_url: '', host: '' })
  ]) {
    const { button, enabled } = stageOf(unknown, 'no');

    expect(button).toBe('Preparing…');
    expect(enabled).toBe(false);
  }
});

test('the button names the host that the person is sent to', () => {
  const { button, enabled, waiting, paste, device } = stageOf(signIn(), 'no');

  expect(button).toBe('Sign in at accounts.example');
  expect(enabled).toBe(true);
  expect(waiting).toBe('');
  expect(paste).toBe('no');
  expect(device).toBe(false);
});

test('after the click it is waited, and there are other ways', () => {
  const stage = stageOf(signIn({ has_device: true }), 'yes');

  expect(stage.waiting).toBe(
    'Waiting for you to come back from accounts.example…'
  );
  expect(stage.button).toBe('Open the page again');
  expect(stage.primary).toBe(false);
  expect(stage.paste).toBe('offered');
  expect(stage.device).toBe(true);
});

test('a blocked tab is replaced by a link, and not waited for', () => {
  const { button, link, waiting } = stageOf(signIn(), 'blocked');

  expect(link).toBe(true);
  expect(button).toBe('Sign in at accounts.example');
  expect(waiting).toBe('');
});

test('a sign-in on another device is waited for before any page was opened', () => {
  const device = {
    user_code: 'ABCD-EFGH',
    verification_uri: 'https://accounts.example/device',
    verification_uri_complete: '',
    qr: '',
    expires_in: 600
  };

  expect(stageOf(signIn({ device }), 'no').waiting).toMatch(
    /on the other device/
  );
});

test('where the only way back is to paste, the field is there at once', () => {
  expect(stageOf(signIn({ returns: 'paste' }), 'no').paste).toBe('open');
  expect(stageOf(signIn({ returns: 'server' }), 'no').paste).toBe('no');
});

test('nothing can be pressed while a code is being exchanged', () => {
  const stage = stageOf(signIn({ state: 'exchanging' }), 'yes');

  expect(stage.enabled).toBe(false);
  expect(stage.button).toBe('Open the page again');
});

test('what has failed can be tried again', () => {
  const { button, enabled } = stageOf(
    signIn({ state: 'failed', authorization_url: '' }),
    'yes'
  );

  expect(button).toBe('Try again');
  expect(enabled).toBe(true);
});

test('why an address has to be pasted is said', () => {
  expect(pasteHint(signIn({ returns: 'paste', elsewhere: true }))).toMatch(
    /^The Jupyter server cannot hand a sign-in to this kernel/
  );
  expect(pasteHint(signIn({ returns: 'paste' }))).toMatch(/^After signing in/);
  expect(pasteHint(signIn())).toMatch(/could not be reached/);
});

test('a code says how long it is good for', () => {
  expect(remaining(600)).toBe('The code expires in 10:00.');
  expect(remaining(59.2)).toBe('The code expires in 1:00.');
  expect(remaining(8.1)).toBe('The code expires in 0:09.');
  expect(remaining(0)).toBe('The code has expired.');
});
