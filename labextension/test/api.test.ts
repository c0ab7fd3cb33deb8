import { afterEach, expect, jest, test } from '@jest/globals';
import { ServerConnection } from '@jupyterlab/services';

import { NoServerExtension, TabApi } from '../src/api';
import { ENGLISH } from './english';
import { MAIL, stateOf } from './world';

const WAYS = {
  callbackUrl: 'https://lab.example/attio-nb/oauth/callback',
  local: true
};

afterEach(() => {
  jest.restoreAllMocks();
});

/** Everything of a server but the server. */
function server(answer: () => Response | Promise<Response>) {
  const requests: Request[] = [];
  const settings = ServerConnection.makeSettings({
    baseUrl: 'https://lab.example/user/alice/',
    init: {},
    fetch: async input => {
      requests.push(input as Request);
      return answer();
    }
  });
  return { api: new TabApi(settings, WAYS, ENGLISH), requests };
}

function json(body: unknown, status = 200) {
  return () => new Response(JSON.stringify(body), { status });
}

test('the state is asked for by path and member, below the address of the server', async () => {
  const { api, requests } = server(json(stateOf()));

  const state = await api.state('a folder/ü&#.ipynb', 'alice');

  expect(state).toEqual(stateOf());
  const { pathname, searchParams } = new URL(requests[0].url);
  expect(pathname).toBe('/user/alice/attio-nb/connections');
  expect(Object.fromEntries(searchParams)).toEqual({
    path: 'a folder/ü&#.ipynb',
    acting: 'alice'
  });
});

test('a keyring is asked only where that is wished for', async () => {
  const { api, requests } = server(json(stateOf()));

  await api.state('notebook.ipynb', '', true);

  expect(requests[0].method).toBe('POST');
  expect(await requests[0].json()).toEqual({
    path: 'notebook.ipynb',
    acting: ''
  });
});

test('a definition is looked at with the way back from a provider', async () => {
  const checked = { field: 'key', message: 'Taken.', registration: null };
  const { api, requests } = server(json(checked));
  const proposal = {
    path: 'notebook.ipynb',
    acting: 'alice',
    definition: { key: 'mail' },
    app: null,
    editing: null
  };

  expect(await api.check(proposal)).toEqual(checked);

  expect(requests[0].method).toBe('POST');
  expect(requests[0].url).toMatch(/attio-nb\/definitions\/check$/);
  expect(await requests[0].json()).toEqual({
    ...proposal,
    callback_url: WAYS.callbackUrl,
    local: true
  });
});

test('a new definition is added, another takes the place of the one it is', async () => {
  const { api, requests } = server(json({ message: 'No.' }));
  const named = { path: 'notebook.ipynb', acting: '' };
  const proposal = { ...named, app: null, definition: {} };
  const editing = { ...MAIL, definition: { title: 'Mail' } };

  expect(await api.save({ ...proposal, editing: null })).toBe('No.');
  await api.save({ ...proposal, editing });

  expect(requests.map(({ method }) => method)).toEqual(['POST', 'PUT']);
  expect(await requests[1].json()).toEqual({ ...proposal, editing });
});

test('the server is asked as a kernel is, for the app of a notebook', async () => {
  const refusal = { status: 'error', message: 'Ask alice.' };
  const { api, requests } = server(json(refusal));

  const reply = await api.ask('notebook.ipynb')('attio_connect_request', {
    ...MAIL,
    app: null,
    acting: 'bob'
  });

  expect(reply).toEqual(refusal);
  expect(requests[0].url).toMatch(/attio-nb\/ask\/attio_connect$/);
  expect(await requests[0].json()).toEqual({
    ...MAIL,
    app: null,
    acting: 'bob',
    path: 'notebook.ipynb'
  });
});

test('the providers are those that the server knows', async () => {
  const { api } = server(json({ presets: [{ id: 'google' }] }));

  expect(await api.presets()).toEqual([{ id: 'google' }]);
});

test('a server that does not know the routes has no server extension', async () => {
  const { api } = server(() => new Response('<h1>404</h1>', { status: 404 }));

  await expect(api.presets()).rejects.toBeInstanceOf(NoServerExtension);
});

for (const [what, answer, words] of [
  ['knows nobody', json({}, 401), /Log in again, then reload/],
  ['lets nobody in', json({ message: 'Forbidden' }, 403), /Log in again/],
  [
    'is asked too often',
    json({ message: 'Too many attempts. Wait a minute.' }, 429),
    /^Too many attempts\. Wait a minute\.$/
  ],
  [
    'fails',
    json({ message: 'Internal Server Error' }, 500),
    /server failed \(500\).*Try again/
  ],
  ['refuses in no words', () => new Response('no', { status: 400 }), /\(400\)/],
  [
    'answers with a page',
    () => new Response('<h1>Log in</h1>'),
    /does not understand\. Reload the page/
  ],
  [
    'is not there',
    () => Promise.reject(new TypeError('Failed to fetch')),
    /cannot be reached/
  ]
] as const) {
  test(`of a server that ${what} a sentence tells what to do`, async () => {
    const { api } = server(answer);

    await expect(api.state('notebook.ipynb', '')).rejects.toThrow(words);
  });
}

for (const [what, answer] of [
  ['answer', () => Promise.reject(new DOMException('', 'TimeoutError'))],
  ['come to the end of its answer', () => new Response('{"problems":')]
] as const) {
  test(`a server that does not ${what} in time is not taken for one that is gone`, async () => {
    jest.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort());
    const { api } = server(answer);

    await expect(api.state('notebook.ipynb', '')).rejects.toThrow(
      /did not answer in time\. Try again/
    );
  });
}
