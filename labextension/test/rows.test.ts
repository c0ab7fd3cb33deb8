import { expect, test } from '@jest/globals';

import { attentionOf, rowsOf, withLastGood } from '../src/rows';
import type {
  IConnection,
  IKernelState,
  IWaitingPrompt,
  Standing
} from '../src/state';
import { ENGLISH } from './english';
import { MAIL, connection, kernelState, stateOf } from './world';

const NONE = new Map<string, never>();
const VARIABLE = 'ATTIO_NB_USER_CONNECTION__MAIL';
const NO_ADDRESS =
  'There is no address to test it at. Write test_url into attio-app.toml.';

/** What the server says of a connection that is in its vault. */
const STORED: Partial<IConnection> = {
  standing: 'expired',
  detail: 'Its provider renews it no more: sign in again.',
  created_by: 'alice',
  created_at: 1,
  account: 'bob@example.com',
  expires_at: 2,
  is_renewed: true,
  scopes: ['read'],
  missing_scopes: ['write']
};

const NOTHING_STORED = {
  created_by: '',
  created_at: null,
  account: '',
  expires_at: null,
  is_renewed: false,
  scopes: [],
  missing_scopes: [],
  new_addresses: []
};

/** A connection as the cells of a kernel find it. */
function inKernel(
  kernel: Partial<IKernelState>,
  rest: Partial<IConnection>
): IConnection {
  const state = stateOf({ connections: [connection(rest)] });
  return rowsOf(state, kernelState(kernel), NONE, ENGLISH)[0].connection;
}

function asking(rest: Partial<IWaitingPrompt> = {}): IWaitingPrompt {
  return {
    ...MAIL,
    prompt_id: 'prompt-1',
    user: 'alice',
    cell_id: 'cell-1',
    waiting: false,
    ...rest
  };
}

function askedIn(...prompts: IWaitingPrompt[]) {
  return rowsOf(stateOf(), kernelState({ prompts }), NONE, ENGLISH)[0].asked;
}

test('each connection of an app has a row of its own', () => {
  const names = [
    { owner: 'user', key: null },
    { owner: 'workspace', key: null },
    { owner: 'user', key: 'workspace' }
  ] as const;
  const state = stateOf({ connections: names.map(connection) });

  const ids = rowsOf(state, null, NONE, ENGLISH).map(({ id }) => id);

  expect(new Set(ids).size).toBe(3);
});

test.each(['', 'Connected', 'suspended', 'toString', null])(
  'the unknown standing %j is shown as unknown, with the advice to reload',
  given => {
    const standing = given as Standing;
    const state = stateOf({ connections: [connection({ standing })] });
    const [row] = rowsOf(state, null, NONE, ENGLISH);
    expect(row.connection.standing).toBe('unknown');
    expect(row.connection.detail).toContain('Reload the page.');
  }
);

test('a cell that asks for a connection is named in its row', () => {
  expect(askedIn(asking())).toStrictEqual({ cellId: 'cell-1', waiting: false });
});

test('a cell that waits is named rather than one that has ended', () => {
  const prompts = [asking(), asking({ cell_id: 'cell-2', waiting: true })];

  expect(askedIn(...prompts)).toStrictEqual({
    cellId: 'cell-2',
    waiting: true
  });
});

test('a prompt in a panel is not one of a cell', () => {
  expect(askedIn(asking({ cell_id: '' }))).toBe(null);
});

test('what another member is asked for is not in the rows of who acts', () => {
  expect(askedIn(asking({ user: 'bob' }))).toBe(null);
});

test('what anybody is asked for of the workspace is in the rows of all', () => {
  const workspace = { owner: 'workspace', key: 'mail' } as const;
  const state = stateOf({ connections: [connection(workspace)] });
  const prompts = [asking({ ...workspace, user: 'bob' })];

  const [row] = rowsOf(state, kernelState({ prompts }), NONE, ENGLISH);

  expect(row.asked?.cellId).toBe('cell-1');
});

test.each([
  ['secret', ['_FILE'], '_FILE'],
  ['secret', ['', '_FILE'], ''],
  ['secret', ['_REFRESH_TOKEN'], null],
  ['oauth2', ['_REFRESH_TOKEN'], '_REFRESH_TOKEN'],
  ['oauth2', ['_REFRESH_TOKEN_FILE', '_FILE'], '_FILE'],
  ['oauth2', ['_CLIENT_ID', '_CLIENT_SECRET_FILE'], '_CLIENT_SECRET_FILE'],
  ['oauth2', ['_CLIENT_SECRET'], null]
] as const)(
  'a %s connection with the variables %j comes from %j',
  (type, ends, end) => {
    const variables = ends.map(each => `${VARIABLE}${each}`);
    const { variable } = inKernel({ variables }, { ...MAIL, type });
    expect(variable).toBe(end === null ? '' : `${VARIABLE}${end}`);
  }
);

test('a variable of the kernel is the connection of its cells', () => {
  const names = [
    connection({ key: 'my-mail' }),
    connection({ owner: 'workspace', key: null }),
    connection({ key: null })
  ];
  const variables = [
    'ATTIO_NB_USER_CONNECTION__MY_MAIL',
    'ATTIO_NB_WORKSPACE_CONNECTION'
  ];

  const rows = rowsOf(
    stateOf({ connections: names }),
    kernelState({ variables }),
    NONE,
    ENGLISH
  );

  expect(
    rows.map(({ connection: each }) => [each.standing, each.variable])
  ).toStrictEqual([
    ['connected', variables[0]],
    ['connected', variables[1]],
    ['not-connected', '']
  ]);
});

test('of a vault that nobody looked into nothing is claimed', () => {
  const known = { ...STORED, variable: VARIABLE };

  expect(inKernel({ vault: 'vault-2' }, known)).toMatchObject({
    ...NOTHING_STORED,
    standing: 'unknown',
    detail: '',
    variable: ''
  });
});

test('of a variable of the kernel nothing is said that the vault has', () => {
  expect(inKernel({ variables: [VARIABLE] }, STORED)).toMatchObject({
    ...NOTHING_STORED,
    standing: 'connected',
    variable: VARIABLE,
    detail: `It comes from the environment variable ${VARIABLE} of the kernel, which wins over what is stored.`
  });
});

test('what the vault lacks does not keep a kernel from testing', () => {
  const why_no_test = 'Nobody has connected yet, so there is nothing to test.';
  const whyNot = (
    kernel: Partial<IKernelState>,
    type: IConnection['type'],
    definition = {}
  ) => inKernel(kernel, { type, definition, why_no_test }).why_no_test;
  const withVariable = { variables: [VARIABLE] };
  const elsewhere = { vault: 'vault-2' };
  const tested = { test_url: 'https://api.example.com/me' };

  expect(whyNot({}, 'secret', tested)).toBe(why_no_test);
  expect(whyNot(withVariable, 'secret', tested)).toBe('');
  expect(whyNot(withVariable, 'secret')).toBe(NO_ADDRESS);
  // A variable holds a value alone, and nothing to renew it with.
  expect(whyNot(withVariable, 'oauth2')).toBe(NO_ADDRESS);
  expect(whyNot(elsewhere, 'secret', tested)).toBe('');
  expect(whyNot(elsewhere, 'secret')).toBe(NO_ADDRESS);
  expect(whyNot(elsewhere, 'oauth2')).toBe('');
});

test('a kernel without a vault of its own is not elsewhere', () => {
  const [row] = rowsOf(stateOf(), kernelState({ vault: '' }), NONE, ENGLISH);

  expect(row.connection.standing).toBe('not-connected');
});

test('what is broken is counted, and what a cell asks for, not what was never used', () => {
  const standings: Standing[] = [
    'connected',
    'not-connected',
    'not-configured',
    'expired',
    'changed',
    'refused',
    'unknown'
  ];
  const state = stateOf({
    connections: standings.map(standing =>
      connection({ key: standing, standing })
    ),
    problems: [
      { kind: 'vault', message: 'It cannot be read.', line: null, path: null }
    ]
  });
  const kernel = kernelState({ prompts: [asking({ key: 'connected' })] });

  expect(attentionOf(rowsOf(state, null, NONE, ENGLISH), state)).toBe(4);
  expect(attentionOf(rowsOf(state, kernel, NONE, ENGLISH), state)).toBe(5);
});

test('only a broken file is made up for by what was known before', () => {
  const before = stateOf();
  const gone = stateOf({ app: null, connections: [] });
  const broken = stateOf({
    app: null,
    connections: [],
    problems: [
      {
        kind: 'app-file',
        message: 'Line 3: no.',
        line: 3,
        path: 'attio-app.toml'
      }
    ]
  });

  expect(withLastGood(gone, before)).toBe(gone);
  expect(withLastGood(broken, null)).toBe(broken);
  expect(withLastGood(broken, before)).toStrictEqual({
    ...before,
    problems: broken.problems
  });
});
