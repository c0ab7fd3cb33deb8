import { expect, test } from '@jest/globals';

import type { IFormActions, IShownSignIn } from '../src/card';
import { NoReply } from '../src/control';
import { Conversation } from '../src/conversation';
import type { IPrompt, RequestType } from '../src/protocol';
import type { Rerun } from '../src/rerun';
import { Words } from '../src/words';
import { ENGLISH } from './english';
import { ScriptedKernel, promptNamed } from './kernel';

const SEALED = { public_key: 'k', nonce: 'n', ciphertext: 'c' };

const WAYS = {
  callbackUrl: 'https://lab.example/attio-nb/oauth/callback',
  local: true,
  isExpected: async () => true
};

const READY = {
  status: 'ok',
  state: 'ready',
  authorization_url: 'https://accounts.example/authorize?state=s',
  host: 'accounts.example'
};

class Face {
  actions = {} as IFormActions;
  shown: IPrompt | undefined;
  signIns: IShownSignIn[] = [];
  complaint = '';
  forgotten = 0;
  show(prompt: IPrompt) {
    this.shown = prompt;
  }
  showSignIn(signIn: IShownSignIn) {
    this.signIns.push(signIn);
  }
  refuse(message: string) {
    this.complaint = message;
  }
  forget() {
    this.forgotten += 1;
  }
}

function talk(
  replies: Partial<Record<RequestType, unknown[]>> = {},
  rerun: Rerun = 'none',
  aside = '',
  traits: Partial<IPrompt> = {}
) {
  const face = new Face();
  const kernel = new ScriptedKernel(replies);
  const noted = { reruns: 0, ends: 0, sealed: [] as unknown[] };
  const prompt = promptNamed('prompt-1', traits);
  const conversation = new Conversation(prompt, face, {
    ask: kernel.ask,
    seal: async answer => {
      noted.sealed.push(answer);
      return SEALED;
    },
    aside,
    ways: WAYS,
    words: new Words(ENGLISH, 'cell'),
    rerun: async () => {
      noted.reruns += 1;
      return rerun;
    },
    ended: () => {
      noted.ends += 1;
    }
  });
  return { conversation, face, kernel, noted };
}

test('a value leaves the page sealed, and the form forgets it', async () => {
  const { conversation, face, kernel } = talk({
    attio_answer_request: [{ status: 'ok' }]
  });

  await conversation.connect({ value: 'key' });

  expect(kernel.asked).toStrictEqual([
    [
      'attio_answer_request',
      { prompt_id: 'prompt-1', action: 'connect', sealed: SEALED }
    ]
  ]);
  expect(face.forgotten).toBe(1);
  expect(face.complaint).toBe('');
});

test('a choice is sent by its id, and the question goes with the answer', async () => {
  const { conversation, face, kernel } = talk({
    attio_answer_request: [{ status: 'ok' }]
  });
  const choices = [{ id: '1.0', label: 'Take that off' }];
  conversation.update({ question: 'In quotation marks.', choices });

  await conversation.decide('1.0');
  conversation.update({ question: '', choices: [], state: 'saving' });

  expect(kernel.asked).toStrictEqual([
    [
      'attio_answer_request',
      { prompt_id: 'prompt-1', action: 'decide', choice: '1.0' }
    ]
  ]);
  expect(face.complaint).toBe('');
});

test('a value that the kernel refuses can be typed again', async () => {
  const message = 'The value has a line break. Copy it again.';
  const { conversation, face, noted } = talk({
    attio_answer_request: [{ status: 'error', retry: true, message }]
  });

  await conversation.connect({ value: 'key' });

  expect(face.complaint).toBe(message);
  expect(noted.ends).toBe(0);
});

test('an answer that comes too late ends the prompt with the reason', async () => {
  const message = 'This prompt is over.';
  const { conversation, face, noted } = talk({
    attio_answer_request: [{ status: 'error', message }]
  });

  await conversation.cancel();

  expect(face.shown?.state).toBe('over');
  expect(face.shown?.message).toBe(message);
  expect(noted.ends).toBe(1);
});

test('a kernel that does not reply leaves the form usable', async () => {
  const { conversation, face } = talk({
    attio_answer_request: [Promise.reject(new NoReply('late'))]
  });

  await conversation.connect({ value: 'key' });

  expect(face.complaint).toMatch(/did not reply/);
});

test('what a server refuses is said in its own words', async () => {
  const message = 'This page is let in no more. Log in again.';
  const { conversation, face, noted } = talk({
    attio_answer_request: [Promise.reject(new Error(message))]
  });

  await conversation.connect({ value: 'key' });

  expect(face.complaint).toBe(message);
  expect(noted.ends).toBe(0);
});

test('an end is final', () => {
  const { conversation, face, noted } = talk();

  conversation.update({ state: 'cancelled' });
  conversation.update({ state: 'asking' });

  expect(face.shown?.state).toBe('cancelled');
  expect(noted.ends).toBe(1);
});

test('the cell is asked for once, when the prompt is connected', async () => {
  const { conversation, noted } = talk();

  conversation.update({ state: 'saving' });
  conversation.update({ state: 'connected' });
  conversation.update({ state: 'connected' });
  await Promise.resolve();

  expect(noted.reruns).toBe(1);
});

test('a cancelled prompt runs nothing', () => {
  const { conversation, noted } = talk();

  conversation.update({ state: 'cancelled' });

  expect(noted.reruns).toBe(0);
});

test('a person is told to run an edited cell again', async () => {
  const { conversation, face } = talk({}, 'edited');

  conversation.update({ state: 'connected' });
  await new Promise(setImmediate);

  expect(face.shown?.message).toBe(
    'Connected. The cell was edited: run it again yourself.'
  );
});

test('a person who wants no cell run again is told to do it', async () => {
  const { conversation, face } = talk({}, 'unwanted');

  conversation.update({ state: 'connected' });
  await new Promise(setImmediate);

  expect(face.shown?.message).toBe('Connected. Run the cell again.');
});

test('a person is told what a reload cost a cell that goes on', async () => {
  const { conversation, face } = talk({}, 'none', 'Its output is lost.');

  conversation.update({ state: 'connected', message: 'Connected: kept.' });
  await new Promise(setImmediate);

  expect(face.shown?.message).toBe('Connected: kept. Its output is lost.');
});

/** Talk about a sign-in, and wait until what was said has been dealt with. */
function signIn(replies: Partial<Record<RequestType, unknown[]>>) {
  return talk(replies, 'none', '', { kind: 'oauth2' });
}

function settled() {
  return new Promise(setImmediate);
}

test('a client secret and a pasted address leave the page sealed', async () => {
  const { conversation, face, kernel, noted } = signIn({
    attio_answer_request: [{ status: 'ok' }, { status: 'ok' }]
  });

  await conversation.keepClientSecret('client');
  await conversation.pasteAddress('http://127.0.0.1:1/?code=c&state=s');

  expect(kernel.asked.map(([, content]) => content)).toStrictEqual(
    ['client-secret', 'address'].map(action => ({
      prompt_id: 'prompt-1',
      action,
      sealed: SEALED
    }))
  );
  expect(noted.sealed).toStrictEqual([
    { value: 'client' },
    { value: 'http://127.0.0.1:1/?code=c&state=s' }
  ]);
  expect(face.forgotten).toBe(2);
});

test('an address of another sign-in can be pasted again', async () => {
  const message = 'This address belongs to another sign-in.';
  const { conversation, face, noted } = signIn({
    attio_answer_request: [{ status: 'error', retry: true, message }]
  });

  await conversation.pasteAddress('http://127.0.0.1:1/?code=c&state=other');

  expect(face.complaint).toBe(message);
  expect(noted.ends).toBe(0);
});

test('a drawn prompt asks where the person is to be sent', async () => {
  const { conversation, face, kernel } = signIn({
    attio_sign_in_request: [READY]
  });

  conversation.begin();
  await settled();

  expect(kernel.asked).toStrictEqual([
    [
      'attio_sign_in_request',
      { prompt_id: 'prompt-1', callback_url: WAYS.callbackUrl, local: true }
    ]
  ]);
  expect(face.signIns.at(-1)?.host).toBe('accounts.example');
});

test('a prompt for a value asks for no sign-in', async () => {
  const { conversation, kernel } = talk();

  conversation.begin();
  conversation.update({ revision: 1 });
  await settled();

  expect(kernel.asked).toStrictEqual([]);
});

test('it is asked again when the kernel has news of the sign-in, and only then', async () => {
  const elsewhere = {
    host: 'other.example',
    authorization_url: 'https://other.example/authorize?state=s'
  };
  const { conversation, face, kernel } = signIn({
    attio_sign_in_request: [READY, { ...READY, ...elsewhere }]
  });

  conversation.begin();
  await settled();
  conversation.update({ revision: 1 });
  await settled();
  conversation.update({ revision: 1, message: 'Nothing new.' });
  await settled();

  expect(kernel.asked.length).toBe(2);
  expect(face.signIns.at(-1)?.host).toBe('other.example');
});

test('a prompt that is over asks no more', async () => {
  const { conversation, kernel } = signIn({ attio_sign_in_request: [READY] });

  conversation.update({ state: 'connected', revision: 3 });
  conversation.begin();
  await settled();

  expect(kernel.asked).toStrictEqual([]);
});

test('to try again is to wait for a new sign-in at once', async () => {
  const { conversation, face, kernel } = signIn({
    attio_answer_request: [{ status: 'ok' }],
    attio_sign_in_request: [READY]
  });

  const done = conversation.tryAgain();
  expect(face.signIns.at(-1)?.state).toBe('preparing');
  await done;
  await settled();

  expect(kernel.asked[0][1]).toStrictEqual({
    prompt_id: 'prompt-1',
    action: 'again'
  });
  expect(face.signIns.at(-1)?.state).toBe('ready');
});

test('a sign-in that the server has refused is looked at again on demand', async () => {
  const message = 'Too many attempts. Wait a minute.';
  const { conversation, face } = signIn({
    attio_answer_request: [{ status: 'ok' }],
    attio_sign_in_request: [Promise.reject(new Error(message)), READY]
  });
  conversation.begin();
  await settled();
  expect(face.signIns.at(-1)).toMatchObject({ state: 'failed', message });

  await conversation.tryAgain();
  await settled();

  expect(face.signIns.at(-1)?.state).toBe('ready');
});

test('a device is asked for without a word that has to be sealed', async () => {
  const { conversation, kernel } = signIn({
    attio_answer_request: [{ status: 'ok' }]
  });

  await conversation.useDevice();

  expect(kernel.asked).toStrictEqual([
    ['attio_answer_request', { prompt_id: 'prompt-1', action: 'device' }]
  ]);
});

test('the client secret that is stored is used without a word that has to be sealed', async () => {
  const { conversation, kernel } = signIn({
    attio_answer_request: [{ status: 'ok' }]
  });

  await conversation.useStoredClientSecret();

  const action = 'stored-client-secret';
  expect(kernel.asked).toStrictEqual([
    ['attio_answer_request', { prompt_id: 'prompt-1', action }]
  ]);
});

test('the cell of a sign-in that did not wait is run again', async () => {
  const { conversation, noted } = signIn({});

  conversation.update({ state: 'connected' });
  await settled();

  expect(noted.reruns).toBe(1);
});

test('to allow new addresses is a plain answer', async () => {
  const { conversation, kernel } = talk(
    { attio_answer_request: [{ status: 'ok' }] },
    'none',
    '',
    { kind: 'approval', new_addresses: ['api.example.com'] }
  );

  await conversation.allow();

  expect(kernel.asked).toStrictEqual([
    ['attio_answer_request', { prompt_id: 'prompt-1', action: 'allow' }]
  ]);
});

test('the member who is chosen is named, and not sealed', async () => {
  const members = [{ id: 'bob', role: 'member' as const }];
  const { conversation, kernel } = talk(
    { attio_answer_request: [{ status: 'ok' }] },
    'none',
    '',
    { kind: 'member', members }
  );

  await conversation.choose('bob');

  expect(kernel.asked).toStrictEqual([
    [
      'attio_answer_request',
      { prompt_id: 'prompt-1', action: 'choose', member: 'bob' }
    ]
  ]);
});
