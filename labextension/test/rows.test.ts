import { expect, test } from '@jest/globals';

import { attentionOf, rowsOf, withLastGood } from '../src/rows';
import type { IWaitingPrompt, Standing } from '../src/state';
import { MAIL, connection, kernelState, stateOf } from './world';

const NONE = new Map<string, never>();

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
  return rowsOf(stateOf(), kernelState({ prompts }), NONE)[0].asked;
}

test('each connection of an app has a row of its own', () => {
  const names = [
    { owner: 'user', key: null },
    { owner: 'workspace', key: null },
    { owner: 'user', key: 'workspace' }
  ] as const;
  const state = stateOf({ connections: names.map(connection) });

  const ids = rowsOf(state, null, NONE).map(({ id }) => id);

  expect(new Set(ids).size).toBe(3);
});

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

  const [row] = rowsOf(state, kernelState({ prompts }), NONE);

  expect(row.asked?.cellId).toBe('cell-1');
});

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
    NONE
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
  const connected = connection({
    standing: 'connected',
    created_by: 'alice',
    created_at: 1,
    scopes: ['read']
  });

  const [row] = rowsOf(
    stateOf({ connections: [connected] }),
    kernelState({ vault: 'vault-2' }),
    NONE
  );

  expect(row.connection).toMatchObject({
    standing: 'unknown',
    created_by: '',
    created_at: null,
    scopes: []
  });
});

test('a kernel without a vault of its own is not elsewhere', () => {
  const [row] = rowsOf(stateOf(), kernelState({ vault: '' }), NONE);

  expect(row.connection.standing).toBe('not-connected');
});

test('what has to be seen to is counted: connections, cells that ask, problems', () => {
  const standings: Standing[] = [
    'connected',
    'not-connected',
    'not-configured',
    'expired',
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

  expect(attentionOf(rowsOf(state, null, NONE), state)).toBe(5);
  expect(attentionOf(rowsOf(state, kernel, NONE), state)).toBe(6);
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
