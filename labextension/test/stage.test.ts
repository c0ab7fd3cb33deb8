import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { IShownSignIn } from '../src/card';
import { EMPTY_SIGN_IN } from '../src/protocol';
import { pasteHint, remaining, stageOf } from '../src/stage';

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

    assert.equal(button, 'Preparing…');
    assert.equal(enabled, false);
  }
});

test('the button names the host that the person is sent to', () => {
  const { button, enabled, waiting, paste, device } = stageOf(signIn(), 'no');

  assert.equal(button, 'Sign in at accounts.example');
  assert.equal(enabled, true);
  assert.equal(waiting, '');
  assert.equal(paste, 'no');
  assert.equal(device, false);
});

test('after the click it is waited, and there are other ways', () => {
  const stage = stageOf(signIn({ has_device: true }), 'yes');

  assert.equal(
    stage.waiting,
    'Waiting for you to come back from accounts.example…'
  );
  assert.equal(stage.button, 'Open the page again');
  assert.equal(stage.primary, false);
  assert.equal(stage.paste, 'offered');
  assert.equal(stage.device, true);
});

test('a blocked tab is replaced by a link, and not waited for', () => {
  const { button, link, waiting } = stageOf(signIn(), 'blocked');

  assert.equal(link, true);
  assert.equal(button, 'Sign in at accounts.example');
  assert.equal(waiting, '');
});

test('a sign-in on another device is waited for before any page was opened', () => {
  const device = {
    user_code: 'ABCD-EFGH',
    verification_uri: 'https://accounts.example/device',
    verification_uri_complete: '',
    qr: '',
    expires_in: 600
  };

  assert.match(
    stageOf(signIn({ device }), 'no').waiting,
    /on the other device/
  );
});

test('where the only way back is to paste, the field is there at once', () => {
  assert.equal(stageOf(signIn({ returns: 'paste' }), 'no').paste, 'open');
  assert.equal(stageOf(signIn({ returns: 'server' }), 'no').paste, 'no');
});

test('nothing can be pressed while a code is being exchanged', () => {
  const stage = stageOf(signIn({ state: 'exchanging' }), 'yes');

  assert.equal(stage.enabled, false);
  assert.equal(stage.button, 'Open the page again');
});

test('what has failed can be tried again', () => {
  const { button, enabled } = stageOf(
    signIn({ state: 'failed', authorization_url: '' }),
    'yes'
  );

  assert.equal(button, 'Try again');
  assert.equal(enabled, true);
});

test('why an address has to be pasted is said', () => {
  assert.match(
    pasteHint(signIn({ returns: 'paste', elsewhere: true })),
    /^The Jupyter server cannot hand a sign-in to this kernel/
  );
  assert.match(pasteHint(signIn({ returns: 'paste' })), /^After signing in/);
  assert.match(pasteHint(signIn()), /could not be reached/);
});

test('a code says how long it is good for', () => {
  assert.equal(remaining(600), 'The code expires in 10:00.');
  assert.equal(remaining(59.2), 'The code expires in 1:00.');
  assert.equal(remaining(8.1), 'The code expires in 0:09.');
  assert.equal(remaining(0), 'The code has expired.');
});
