import { expect, test } from '@jest/globals';

import { ownId, restrict } from '../src/mark';

const OWN = ':where(.own)';

test.each([
  ['.a', '.a:where(.own)'],
  ['.a, .b > .c', '.a:where(.own), .b > .c:where(.own)'],
  ['.a::before', '.a:where(.own)::before'],
  ['.a::before, .b', '.a:where(.own)::before, .b:where(.own)'],
  ['.a:is(.b, .c):hover', '.a:is(.b, .c):hover:where(.own)'],
  ['.a:not([x="1,2"], .b)::after', '.a:not([x="1,2"], .b):where(.own)::after'],
  ['.a:has(> .b::marker, .c)', '.a:has(> .b::marker, .c):where(.own)'],
  ["[x=')::,\\'(']", "[x=')::,\\'(']:where(.own)"],
  ['.a\\,b, .a\\(', '.a\\,b:where(.own), .a\\(:where(.own)'],
  ['.a *::before', '.a *:where(.own)::before']
])('of %s only what is ours is matched', (selectors, restricted) => {
  expect(restrict(selectors, OWN)).toBe(restricted);
});

test('what is ours is told by what nobody can guess', () => {
  expect(restrict('.a')).toMatch(/\[data-attio-own='[0-9a-f]{32}'\]/);
  expect(ownId('test')).toMatch(/^jp-Attio-[0-9a-f]{32}-test$/);
});
