import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { VERSION, mismatch } from '../src/release';

test('the version is the one of the package', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

  assert.equal(VERSION, version);
});

test('another version on the server asks for a reload', () => {
  assert.match(mismatch('0.1.0', '0.2.0'), /0\.2\.0 .* Reload the page\.$/);
});

test('the same version, or none, asks for nothing', () => {
  assert.equal(mismatch('0.1.0', '0.1.0'), '');
  assert.equal(mismatch('0.1.0', undefined), '');
});
