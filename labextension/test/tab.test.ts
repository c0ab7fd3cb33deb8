import { expect, test } from '@jest/globals';

import { openTab } from '../src/tab';

const ADDRESS = 'https://accounts.example/authorize';

test('a page that is opened knows nothing of the one that opened it', () => {
  const tab = { closed: false, opener: 'this page' as unknown };
  const opened: string[] = [];

  const isOpen = openTab(ADDRESS, address => {
    opened.push(address);
    return tab;
  });

  expect(isOpen).toBe(true);
  expect(opened).toStrictEqual([ADDRESS]);
  expect(tab.opener).toBe(null);
});

test('a tab that the browser blocks is noticed', () => {
  const closed = { closed: true, opener: null };

  expect(openTab(ADDRESS, () => null)).toBe(false);
  expect(openTab(ADDRESS, () => closed)).toBe(false);
});
