import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openTab } from '../src/tab';

const ADDRESS = 'https://accounts.example/authorize';

test('a page that is opened knows nothing of the one that opened it', () => {
  const tab = { closed: false, opener: 'this page' as unknown };
  const opened: string[] = [];

  const isOpen = openTab(ADDRESS, address => {
    opened.push(address);
    return tab;
  });

  assert.equal(isOpen, true);
  assert.deepEqual(opened, [ADDRESS]);
  assert.equal(tab.opener, null);
});

test('a tab that the browser blocks is noticed', () => {
  const closed = { closed: true, opener: null };

  assert.equal(
    openTab(ADDRESS, () => null),
    false
  );
  assert.equal(
    openTab(ADDRESS, () => closed),
    false
  );
});
