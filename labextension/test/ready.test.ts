import { expect, test } from '@jest/globals';

import type { Conversation } from '../src/conversation';
import type { IPrompt, Reply } from '../src/protocol';
import { announce, untilReply } from '../src/ready';
import { DEFAULT_SETTINGS } from '../src/settings';
import { Words } from '../src/words';
import { ENGLISH } from './english';
import { ScriptedKernel, promptNamed } from './kernel';

const REPLY: Reply<'attio_ready_request'> = {
  status: 'ok',
  state: 'asking',
  message: ''
};

test('it is said once where the kernel replies', async () => {
  let sent = 0;

  const reply = await untilReply(async () => {
    sent += 1;
    return REPLY;
  }, 1);

  expect(reply).toBe(REPLY);
  expect(sent).toBe(1);
});

test('it is said again where the kernel was not listening yet', async () => {
  let sent = 0;

  const reply = await untilReply(() => {
    sent += 1;
    return sent < 3 ? new Promise(() => undefined) : Promise.resolve(REPLY);
  }, 1);

  expect(reply).toBe(REPLY);
  expect(sent).toBe(3);
});

test('it is given up in the end', async () => {
  let sent = 0;

  await expect(
    untilReply(
      () => {
        sent += 1;
        return Promise.reject(new Error('The kernel is dead'));
      },
      1,
      4
    )
  ).rejects.toThrow();
  expect(sent).toBe(4);
});

test('the last reply is waited for', async () => {
  let sent = 0;

  const reply = untilReply(
    () => {
      sent += 1;
      return sent < 3
        ? new Promise(() => undefined)
        : new Promise(resolve => setTimeout(() => resolve(REPLY), 30));
    },
    1,
    3
  );

  expect(await reply).toBe(REPLY);
  expect(sent).toBe(3);
});

/** Announce a prompt to a kernel, and return what its conversation was told. */
async function told(replies: unknown[], settings = DEFAULT_SETTINGS) {
  const kernel = new ScriptedKernel({ attio_ready_request: replies });
  const told: unknown[] = [];
  const conversation = {
    prompt: promptNamed('prompt-1'),
    update: (change: Partial<IPrompt>) => told.push(change),
    begin: () => told.push('begin'),
    end: (message: string) => told.push(message)
  } as unknown as Conversation;
  const words = new Words(ENGLISH, 'cell');
  await announce(conversation, kernel.ask, settings, words);
  return { asked: kernel.asked, told };
}

test('the kernel hears with it what the person has set', async () => {
  const { asked } = await told([REPLY], {
    on_missing: 'raise',
    timeout: 90,
    rerun: false
  });

  expect(asked).toStrictEqual([
    [
      'attio_ready_request',
      { prompt_id: 'prompt-1', on_missing: 'raise', timeout: 90 }
    ]
  ]);
});

test('who has set nothing wishes nothing', async () => {
  const { asked, told: heard } = await told([REPLY]);

  expect(asked[0][1]).toStrictEqual({
    prompt_id: 'prompt-1',
    on_missing: '',
    timeout: 0
  });
  expect(heard).toStrictEqual([{ state: 'asking', message: '' }, 'begin']);
});

test('a prompt that the kernel refuses ends with its reason', async () => {
  const message = 'This prompt belongs to another kernel.';

  const { told: heard } = await told([{ status: 'error', message }]);

  expect(heard).toStrictEqual([message]);
});
