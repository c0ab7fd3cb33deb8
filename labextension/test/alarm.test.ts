import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';

import { Alarm } from '../src/alarm';
import { connection, settledWorld, stateOf } from './world';

const NOW = 1_700_000_000;

function at(...times: (number | null)[]) {
  return times.map(expires_at => connection({ expires_at }));
}

beforeEach(() => {
  jest.useFakeTimers({ now: NOW * 1000, doNotFake: ['setImmediate'] });
});

afterEach(() => {
  jest.useRealTimers();
});

test('an alarm rings once the first of the tokens has run out', () => {
  const ring = jest.fn();
  const alarm = new Alarm(ring);

  alarm.set(at(NOW - 10, null, NOW + 20, NOW + 60));

  jest.advanceTimersByTime(20_000);
  expect(ring).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1000);
  expect(ring).toHaveBeenCalledTimes(1);
  jest.advanceTimersByTime(60_000);
  expect(ring).toHaveBeenCalledTimes(1);
});

test('a token that the server does not see run out yet is looked at again', () => {
  const ring = jest.fn();
  const alarm = new Alarm(ring);
  const overdue = { standing: 'connected', expires_at: NOW - 1 } as const;

  alarm.set([connection(overdue)]);
  jest.advanceTimersByTime(6000);
  expect(ring).toHaveBeenCalledTimes(1);

  alarm.set([connection({ ...overdue, is_renewed: true })]);
  alarm.set([connection({ ...overdue, standing: 'expired' })]);
  jest.advanceTimersByTime(60_000);
  expect(ring).toHaveBeenCalledTimes(1);
});

test('an alarm that is set anew, or disposed, does not ring for what it was set to', () => {
  const ring = jest.fn();
  const alarm = new Alarm(ring);

  alarm.set(at(NOW + 20));
  alarm.set(at(null));
  jest.advanceTimersByTime(60_000);
  alarm.set(at(NOW + 90));
  alarm.dispose();
  jest.advanceTimersByTime(60_000);

  expect(ring).not.toHaveBeenCalled();
});

test('a token that is good for years does not make a browser ring at once', () => {
  const ring = jest.fn();

  new Alarm(ring).set(at(NOW + 10 * 365 * 86_400));
  jest.advanceTimersByTime(86_400_000);

  expect(ring).not.toHaveBeenCalled();
});

test('the server is asked again once a token has run out', async () => {
  const { model, server } = await settledWorld();
  server.say(stateOf({ connections: at(NOW + 20) }));
  await model.refresh();
  const asked = server.questions.length;

  jest.advanceTimersByTime(21_000);

  expect(server.questions.length).toBe(asked + 1);
});
