import { expect, test } from '@jest/globals';

import { Rounds } from '../src/rounds';
import { Deferred, settled } from './world';

function rounds() {
  const runs: Deferred<void>[] = [];
  const all = new Rounds(() => {
    const run = new Deferred<void>();
    runs.push(run);
    return run.promise;
  });
  return { all, runs };
}

test('what is asked for during a run is one run after it', async () => {
  const { all, runs } = rounds();

  void all.run();
  void all.run();
  void all.run();
  expect(runs.length).toBe(1);

  runs[0].resolve();
  await settled();
  expect(runs.length).toBe(2);
});

test('who asks during a run is answered by the one after it', async () => {
  const { all, runs } = rounds();
  const ended: string[] = [];
  void all.run().then(() => ended.push('first'));
  void all.run().then(() => ended.push('second'));

  runs[0].resolve();
  await settled();
  expect(ended).toStrictEqual(['first']);

  runs[1].resolve();
  await settled();
  expect(ended).toStrictEqual(['first', 'second']);
});

test('when nothing runs it begins at once, again and again', async () => {
  const { all, runs } = rounds();
  for (const round of [1, 2]) {
    void all.run();
    expect(runs.length).toBe(round);
    runs[round - 1].resolve();
    await settled();
  }
});
