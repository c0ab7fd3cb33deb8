import { expect, test } from '@jest/globals';

import { fitting } from '../src/presetsearch';

const KEY = 'API key or token';
const SIGN_IN = 'Sign-in (OAuth 2.0)';

function offer(value: string, title: string, name: string, kind = KEY) {
  return { value, title, name, kind, isGeneral: false };
}

const GENERAL = { ...offer('secret', 'A secret', ''), isGeneral: true };
const OFFERS = [
  GENERAL,
  offer('airtable', 'Airtable', 'Airtable', SIGN_IN),
  offer('apollo', 'Apollo API key', 'Apollo'),
  offer('cal-com', 'Cal.com API key', 'Cal.com'),
  offer('hubspot', 'HubSpot', 'HubSpot', SIGN_IN),
  offer('hubspot-key', 'HubSpot private app token', 'HubSpot'),
  offer('people-data-labs', 'People Data Labs API key', 'People Data Labs'),
  offer('zoe', 'Zoë key', 'Zoë')
];

function found(text: string): string[] {
  return fitting(OFFERS, text).map(({ value }) => value);
}

test('all offers fit an empty text, the general ones first', () => {
  expect(found('')).toStrictEqual(OFFERS.map(({ value }) => value));
  expect(found('  ')).toHaveLength(OFFERS.length);
});

test.each([
  ['apollo', ['apollo', 'secret']],
  ['APOLLO', ['apollo', 'secret']],
  ['hubs', ['hubspot', 'hubspot-key', 'secret']],
  ['hubspot oauth', ['hubspot', 'secret']],
  ['hubspot token', ['hubspot-key', 'secret']],
  ['cal com', ['cal-com', 'secret']],
  ['cal.com', ['cal-com', 'secret']],
  ['data labs', ['people-data-labs', 'secret']],
  ['zoe', ['zoe', 'secret']],
  ['zoë', ['zoe', 'secret']],
  ['a', ['airtable', 'apollo', 'cal-com', 'hubspot-key', 'people-data-labs']],
  ['nothing of the kind', ['secret']],
  ['.*', ['secret']]
])('%j finds what a person means by it', (text, wanted) => {
  expect(found(text).slice(0, wanted.length)).toStrictEqual(wanted);
});

test('what begins so comes before what only holds it', () => {
  const offers = [
    offer('x', 'Key of Brevo', 'X'),
    offer('brevo', 'Brevo', 'Brevo')
  ];
  expect(fitting(offers, 'brevo').map(({ value }) => value)).toStrictEqual([
    'brevo',
    'x'
  ]);
});
