import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

import { VERSION, mismatch } from '../src/release';
import { ENGLISH } from './english';

/** Another language, as far as a test can tell. */
const SHOUTED = {
  __: (text: string, ...values: unknown[]) =>
    ENGLISH.__(text.toUpperCase(), ...values)
} as typeof ENGLISH;

test('the version is the one of the package', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

  expect(VERSION).toBe(version);
});

test('another version on the server asks for a reload', () => {
  expect(mismatch('0.1.0', '0.2.0', ENGLISH)).toBe(
    'attio_nb 0.2.0 is installed, but this page still runs 0.1.0. Reload the page.'
  );
});

test('that is said in the language of the page', () => {
  expect(mismatch('0.1.0', '0.2.0', SHOUTED)).toMatch(/^ATTIO_NB 0\.2\.0 IS /);
});

test('the same version, or none, asks for nothing', () => {
  expect(mismatch('0.1.0', '0.1.0', ENGLISH)).toBe('');
  expect(mismatch('0.1.0', undefined, ENGLISH)).toBe('');
});
