import { expect, test } from '@jest/globals';

import type { IWaysBack } from '../src/callback';
import type { IShownSignIn } from '../src/card';
import { NoReply } from '../src/control';
import { SignInWatch } from '../src/watch';
import { ENGLISH } from './english';
import { ScriptedKernel } from './kernel';

const CALLBACK = 'https://lab.example/attio-nb/oauth/callback';
const READY = {
  status: 'ok',
  state: 'ready',
  authorization_url: 'https://accounts.example/authorize?state=s',
  host: 'accounts.example',
  returns: 'server'
};
const at = (host: string) => ({
  host,
  authorization_url: `https://${host}/authorize?state=s`
});
const PREPARING = { status: 'ok', state: 'preparing' };

function never(what: string): never {
  throw new Error(`Unexpected: ${what}`);
}

/** Look until a sign-in is told of that is as wanted, and return all of them. */
function watch(
  replies: unknown[],
  isLast: (signIn: IShownSignIn) => boolean,
  ways: Partial<IWaysBack> = {}
) {
  const kernel = new ScriptedKernel({ attio_sign_in_request: replies });
  const told: IShownSignIn[] = [];
  return new Promise<{ kernel: ScriptedKernel; told: IShownSignIn[] }>(
    (resolve, reject) => {
      const options: IWaysBack = {
        callbackUrl: CALLBACK,
        local: false,
        isExpected: async () => true,
        ...ways
      };
      const listener = {
        told: (signIn: IShownSignIn) => {
          told.push(signIn);
          if (isLast(signIn)) {
            watched.stop();
            resolve({ kernel, told });
          }
        },
        lost: (message: string) => reject(new Error(message))
      };
      const watched = new SignInWatch(
        kernel.ask,
        'prompt-1',
        options,
        listener,
        ENGLISH,
        1
      );
      watched.look();
    }
  );
}

const isReady = ({ state }: IShownSignIn) => state === 'ready';

test('it is asked again while it is being prepared', async () => {
  const { kernel, told } = await watch([PREPARING, PREPARING, READY], isReady);

  expect(told.map(({ state }) => state)).toStrictEqual([
    'preparing',
    'preparing',
    'ready'
  ]);
  expect(kernel.asked.length).toBe(3);
});

test('a kernel that did not reply is asked again', async () => {
  const late = Promise.reject(new NoReply('late'));

  const { told } = await watch([late, READY], isReady);

  expect(told.length).toBe(1);
});

test('what a server refuses is said, and not asked for over and over', async () => {
  const message = 'This page is let in no more. Log in again.';
  const kernel = new ScriptedKernel({
    attio_sign_in_request: [READY, Promise.reject(new Error(message)), READY]
  });
  const told: IShownSignIn[] = [];
  const watched = new SignInWatch(
    kernel.ask,
    'prompt-1',
    { callbackUrl: CALLBACK, local: true, isExpected: async () => true },
    { told: signIn => told.push(signIn), lost: never },
    ENGLISH,
    1
  );

  watched.look();
  watched.look();
  await new Promise(resolve => setTimeout(resolve, 20));
  expect(kernel.asked.length).toBe(2);
  expect(told).toMatchObject([{ state: 'failed', message }]);

  watched.look();
  await new Promise(setImmediate);
  expect(told.at(-1)).toMatchObject({ state: 'ready', message: '' });
});

test('a kernel that shares no files with the server is not sent its callback', async () => {
  const asked: string[] = [];
  const { kernel, told } = await watch(
    [READY, { ...READY, returns: 'paste' }],
    isReady,
    {
      isExpected: async url => {
        asked.push(url);
        return false;
      }
    }
  );

  expect(asked).toStrictEqual([READY.authorization_url]);
  expect(kernel.asked.map(([, content]) => content)).toStrictEqual(
    [CALLBACK, ''].map(callback_url => ({
      prompt_id: 'prompt-1',
      callback_url,
      local: false
    }))
  );
  expect(told.length).toBe(1);
  expect(told[0].returns).toBe('paste');
  expect(told[0].elsewhere).toBe(true);
});

test('where the server cannot say, the word of the kernel stands', async () => {
  const { told } = await watch([READY], isReady, {
    isExpected: () => Promise.reject(new Error('No network'))
  });

  expect(told[0].returns).toBe('server');
  expect(told[0].elsewhere).toBe(false);
});

test('the server is not asked about a way that does not lead to it', async () => {
  await watch([{ ...READY, returns: 'loopback' }], isReady, {
    isExpected: () => never('it was asked')
  });
});

test.each([
  { authorization_url: 'javascript:alert(1)' },
  { authorization_url: 'http://accounts.example/authorize' },
  { authorization_url: 'https://evil.example/authorize' },
  { authorization_url: 'https://evil.example\\@accounts.example/authorize' },
  { authorization_url: 'https://accounts.example:8443/authorize' },
  { host: 'accounts.example:8443' },
  { host: '' }
])('a page on another host than is shown is never opened: %j', async odd => {
  const { told } = await watch(
    [{ ...READY, ...odd }],
    ({ state }) => state === 'failed'
  );

  expect(told[0].authorization_url).toBe('');
  expect(told[0].message).toMatch(/no page to sign in at/);
});

test('a sign-in whose code is exchanged keeps what is known of it', async () => {
  const kernel = new ScriptedKernel({
    attio_sign_in_request: [READY, { status: 'ok', state: 'exchanging' }]
  });
  const told: IShownSignIn[] = [];
  const watched = new SignInWatch(
    kernel.ask,
    'prompt-1',
    { callbackUrl: CALLBACK, local: true, isExpected: async () => true },
    { told: signIn => told.push(signIn), lost: never },
    ENGLISH
  );

  for (let round = 0; round < 2; round += 1) {
    watched.look();
    await new Promise(setImmediate);
  }

  expect(told[1].state).toBe('exchanging');
  expect(told[1].host).toBe('accounts.example');
});

test('a kernel that has no such sign-in says so', async () => {
  await expect(
    watch([{ status: 'error', message: 'Run the cell again.' }], isReady)
  ).rejects.toThrow(/Run the cell again/);
});

test('what was on its way when it was asked again does not count', async () => {
  const replies: ((reply: unknown) => void)[] = [];
  const ask = () => new Promise(resolve => replies.push(resolve));
  const told: IShownSignIn[] = [];
  const watched = new SignInWatch(
    ask as never,
    'prompt-1',
    { callbackUrl: CALLBACK, local: true, isExpected: async () => true },
    { told: signIn => told.push(signIn), lost: never },
    ENGLISH
  );

  watched.look();
  watched.look();
  replies[1]({ ...READY, ...at('new.example') });
  replies[0]({ ...READY, ...at('old.example') });
  await new Promise(setImmediate);

  expect(told.map(({ host }) => host)).toStrictEqual(['new.example']);
});

test('nothing is asked once it has stopped', async () => {
  const kernel = new ScriptedKernel({ attio_sign_in_request: [READY] });
  const watched = new SignInWatch(
    kernel.ask,
    'prompt-1',
    { callbackUrl: CALLBACK, local: true, isExpected: async () => true },
    { told: () => never('it was told'), lost: never },
    ENGLISH
  );

  watched.stop();
  watched.look();
  await new Promise(setImmediate);

  expect(kernel.asked).toStrictEqual([]);
});
