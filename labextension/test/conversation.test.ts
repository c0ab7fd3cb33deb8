import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { IFormActions } from '../src/form';
import { Conversation } from '../src/conversation';
import type { IPrompt, RequestType } from '../src/protocol';
import { outcome } from '../src/protocol';
import type { Rerun } from '../src/rerun';
import { ScriptedKernel, promptNamed } from './kernel';

const SEALED = { public_key: 'k', nonce: 'n', ciphertext: 'c' };

class Face {
  actions = {} as IFormActions;
  shown: IPrompt | undefined;
  complaint = '';
  forgotten = 0;
  show(prompt: IPrompt) {
    this.shown = prompt;
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
  aside = ''
) {
  const face = new Face();
  const kernel = new ScriptedKernel(replies);
  const noted = { reruns: 0, ends: 0 };
  const conversation = new Conversation(promptNamed('prompt-1'), face, {
    ask: kernel.ask,
    seal: async () => SEALED,
    aside,
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

  assert.deepEqual(kernel.asked, [
    [
      'attio_answer_request',
      { prompt_id: 'prompt-1', action: 'connect', sealed: SEALED }
    ]
  ]);
  assert.equal(face.forgotten, 1);
  assert.equal(face.complaint, '');
});

test('a value that the kernel refuses can be typed again', async () => {
  const message = 'The value has a line break. Copy it again.';
  const { conversation, face, noted } = talk({
    attio_answer_request: [{ status: 'error', retry: true, message }]
  });

  await conversation.connect({ value: 'key' });

  assert.equal(face.complaint, message);
  assert.equal(noted.ends, 0);
});

test('an answer that comes too late ends the prompt with the reason', async () => {
  const message = 'This prompt is over.';
  const { conversation, face, noted } = talk({
    attio_answer_request: [{ status: 'error', message }]
  });

  await conversation.cancel();

  assert.equal(face.shown?.state, 'over');
  assert.equal(outcome(face.shown), message);
  assert.equal(noted.ends, 1);
});

test('a kernel that does not reply leaves the form usable', async () => {
  const { conversation, face } = talk();

  await conversation.connect({ value: 'key' });

  assert.match(face.complaint, /did not reply/);
});

test('an end is final', () => {
  const { conversation, face, noted } = talk();

  conversation.update({ state: 'cancelled' });
  conversation.update({ state: 'asking' });

  assert.equal(face.shown?.state, 'cancelled');
  assert.equal(noted.ends, 1);
});

test('the cell is asked for once, when the prompt is connected', async () => {
  const { conversation, noted } = talk();

  conversation.update({ state: 'saving' });
  conversation.update({ state: 'connected' });
  conversation.update({ state: 'connected' });
  await Promise.resolve();

  assert.equal(noted.reruns, 1);
});

test('a cancelled prompt runs nothing', () => {
  const { conversation, noted } = talk();

  conversation.update({ state: 'cancelled' });

  assert.equal(noted.reruns, 0);
});

test('a person is told to run an edited cell again', async () => {
  const { conversation, face } = talk({}, 'edited');

  conversation.update({ state: 'connected' });
  await new Promise(setImmediate);

  assert.equal(
    face.shown?.message,
    'Connected. The cell was edited: run it again yourself.'
  );
});

test('a person is told what a reload cost a cell that goes on', async () => {
  const { conversation, face } = talk({}, 'none', 'Its output is lost.');

  conversation.update({ state: 'connected', message: 'Connected: kept.' });
  await new Promise(setImmediate);

  assert.equal(face.shown?.message, 'Connected: kept. Its output is lost.');
});
