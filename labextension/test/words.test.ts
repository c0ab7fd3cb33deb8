import { describe, expect, test } from '@jest/globals';

import type { PromptState } from '../src/protocol';
import type { Place } from '../src/words';
import { Words } from '../src/words';
import { ENGLISH } from './english';

const ENDS: PromptState[] = ['cancelled', 'timed-out', 'interrupted', 'over'];

function words(place: Place) {
  return new Words(ENGLISH, place);
}

test("the kernel's own sentence is shown where there is one", () => {
  const prompt = { state: 'connected' as const, message: 'Connected: kept.' };

  expect(words('cell').outcome(prompt)).toBe('Connected: kept.');
});

test.each(ENDS)('a prompt that is %s below a cell says to run it', state => {
  expect(words('cell').outcome({ state, message: '' })).toMatch(
    / Run the cell again to be asked again\.$/
  );
});

describe('in a panel', () => {
  const panel = words('panel');

  test('nothing is said of cells', () => {
    const said = [
      ...ENDS.map(state => panel.outcome({ state, message: '' })),
      panel.noReply,
      panel.notSealed,
      panel.unknown,
      panel.elsewhere
    ];

    expect(said.filter(sentence => /\bcell/i.test(sentence))).toStrictEqual([]);
  });

  test('who has cancelled needs not be told how to be asked again', () => {
    expect(panel.outcome({ state: 'cancelled', message: '' })).toBe(
      'Cancelled.'
    );
  });

  test('who was too late is told how to be asked again', () => {
    expect(panel.outcome({ state: 'timed-out', message: '' })).toBe(
      'Nobody answered in time. Connect again.'
    );
  });
});
