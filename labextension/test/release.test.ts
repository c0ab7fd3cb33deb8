import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

import { VERSION, mismatch } from '../src/release';

test('the version is the one of the package', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

  expect(VERSION).toBe(version);
});

test('another version on the server asks for a reload', () => {
  expect(mismatch('0.1.0', '0.2.0')).toMatch(/0\.2\.0 .* Reload the page\.$/);
});

test('the same version, or none, asks for nothing', () => {
  expect(mismatch('0.1.0', '0.1.0')).toBe('');
  expect(mismatch('0.1.0', undefined)).toBe('');
});
