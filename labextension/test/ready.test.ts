import { expect, test } from '@jest/globals';

import type { Reply } from '../src/protocol';
import { untilReply } from '../src/ready';

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
