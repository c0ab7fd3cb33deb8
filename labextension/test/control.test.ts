import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';

import { NoReply, askOver, explain } from '../src/control';
import { ENGLISH } from './english';
import { FakeKernel } from './session';
import { Deferred, MAIL, settledWorld } from './world';

const ON_BEHALF = { ...MAIL, app: null, acting: 'alice' };

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

function kernelWith() {
  const kernel = new FakeKernel();
  return { kernel, ask: askOver(kernel.connection()) };
}

test('what a kernel replies is the answer', async () => {
  const { kernel, ask } = kernelWith();
  const answer = ask('attio_test_request', ON_BEHALF);
  const sent = kernel.last('attio_test_request');

  sent.reply({ status: 'ok', ok: true, message: 'It works.' });

  expect(await answer).toStrictEqual({
    status: 'ok',
    ok: true,
    message: 'It works.'
  });
  expect(sent.content).toStrictEqual(ON_BEHALF);
  expect(sent.isDisposed).toBe(true);
});

for (const [type, content, seconds] of [
  ['attio_session_request', {}, 10],
  ['attio_prompts_request', { prompt_ids: [] }, 10],
  ['attio_connect_request', ON_BEHALF, 120],
  ['attio_disconnect_request', ON_BEHALF, 120],
  ['attio_forget_client_secret_request', ON_BEHALF, 120],
  ['attio_test_request', ON_BEHALF, 120],
  ['attio_act_as_request', { user: 'bob' }, 120]
] as const) {
  test(`${type} is waited for ${seconds} seconds`, async () => {
    const { kernel, ask } = kernelWith();
    const errors: unknown[] = [];
    const answer = ask(type, content as never).catch(error => {
      errors.push(error);
    });

    await jest.advanceTimersByTimeAsync(seconds * 1000 - 1);
    expect(errors).toStrictEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    await answer;

    expect(errors).toStrictEqual([new NoReply('late')]);
    expect(kernel.last(type).isDisposed).toBe(true);
  });
}

test('a kernel that ends is waited for no longer', async () => {
  const { kernel, ask } = kernelWith();
  const answer = ask('attio_connect_request', ON_BEHALF);

  kernel.last('attio_connect_request').dispose();

  await expect(answer).rejects.toMatchObject({ reason: 'stopped' });
  expect(jest.getTimerCount()).toBe(0);
});

test('a kernel that has ended is not waited for', async () => {
  const { kernel, ask } = kernelWith();
  kernel.isDead = true;

  await expect(ask('attio_session_request', {})).rejects.toMatchObject({
    reason: 'stopped'
  });
});

test('why there is no reply is said to a person in words of their own', () => {
  const said = (error: unknown) => explain(error, ENGLISH);

  expect(said(new NoReply('late'))).toBe(
    'The kernel did not answer in time. Try again.'
  );
  expect(said(new NoReply('stopped'))).toBe(
    'The kernel stopped before it was done. Try again.'
  );
  expect(said(new Error('It is off.'))).toBe('It is off.');
});

test('a choice of who acts that a kernel does not reply to is said so', async () => {
  jest.useRealTimers();
  const { model, side } = await settledWorld();
  const late = new Deferred<never>();
  side.load({ attio_act_as_request: [late.promise] });

  const chosen = model.actAs('bob');
  late.reject(new NoReply('late'));
  await chosen;

  expect(model.failure).toBe('The kernel did not answer in time. Try again.');
});
