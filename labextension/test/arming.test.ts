import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';

import { ARMING_DELAY, Arming } from '../src/arming';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function armed() {
  const changes: boolean[] = [];
  const arming: Arming = new Arming(() => changes.push(arming.isArmed));
  return { arming, changes };
}

test('a button is armed once it was in sight for a while', () => {
  const { arming, changes } = armed();

  arming.see(true);
  jest.advanceTimersByTime(ARMING_DELAY - 1);
  expect(arming.isArmed).toBe(false);

  jest.advanceTimersByTime(1);
  expect(arming.isArmed).toBe(true);
  expect(changes).toStrictEqual([true]);
});

test('a button that nobody has seen is never armed', () => {
  const { arming, changes } = armed();

  arming.see(false);
  jest.advanceTimersByTime(10 * ARMING_DELAY);

  expect(arming.isArmed).toBe(false);
  expect(changes).toStrictEqual([]);
});

test('a button that was out of sight has to be seen for as long again', () => {
  const { arming, changes } = armed();

  arming.see(true);
  jest.advanceTimersByTime(ARMING_DELAY - 1);
  arming.see(false);
  jest.advanceTimersByTime(ARMING_DELAY);
  expect(arming.isArmed).toBe(false);

  arming.see(true);
  jest.advanceTimersByTime(ARMING_DELAY);
  arming.see(false);
  expect(arming.isArmed).toBe(false);
  expect(changes).toStrictEqual([true, false]);
});

test('nothing is armed once the prompt is gone', () => {
  const { arming, changes } = armed();

  arming.see(true);
  arming.dispose();
  jest.advanceTimersByTime(10 * ARMING_DELAY);

  expect(arming.isArmed).toBe(false);
  expect(changes).toStrictEqual([]);
});
