import { expect, test } from '@jest/globals';

import { webHost } from '../src/webaddress';

test.each([
  ['https://accounts.example/authorize?state=s#f', 'accounts.example'],
  ['https://Accounts.Example', 'accounts.example'],
  ['https://accounts.example:443/', 'accounts.example'],
  ['https://accounts.example:8443/@x', 'accounts.example:8443'],
  ['http://127.0.0.1:8787/authorize', '127.0.0.1:8787'],
  ['http://localhost/', 'localhost'],
  ['http://[::1]:1/', '[::1]:1'],
  ['https://[2001:DB8:0::1]/', '[2001:db8::1]']
])('%s leads to %s', (address, host) => {
  expect(webHost(address)).toBe(host);
});

test.each([
  '',
  'accounts.example',
  '//accounts.example/',
  'https:accounts.example',
  'https:/accounts.example',
  'https:///accounts.example',
  'javascript:alert(1)',
  'javascript://accounts.example/%0aalert(1)',
  'data:text/html,x',
  'http://accounts.example/',
  'http://127.0.0.1.accounts.example/',
  'http://127.0.0.2/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://127.1/',
  'https://evil.example\\@accounts.example/',
  'https://accounts.example@evil.example/',
  'https://accounts.example%40evil.example/',
  'https://accounts.example?@evil.example/',
  'https://accounts.example#@evil.example/',
  'https://accounts.example;evil.example/',
  ' https://accounts.example/',
  'https://accounts.example/\n',
  'https://accounts.exa\tmple/',
  'https://accounts.example/\u202e',
  'https://accounts\u3002example/',
  'https://\u0430ccounts.example/',
  'https://accounts.example:99999/',
  'https://[::1'
])('no browser is sent to %j', address => {
  expect(webHost(address)).toBe('');
});
