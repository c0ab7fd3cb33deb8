/** The rows of the tab: what the server, the kernel and the page know, put together. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type {
  IConnection,
  IConnectionName,
  IKernelState,
  ITabState,
  Standing
} from './state';
import { STANDINGS } from './state';
import type { IRow } from './tokens';

/** What is being done about a connection, or was done last. */
export type Doing = Pick<IRow, 'doing' | 'prompt' | 'note'>;

const IDLE: Doing = { doing: '', prompt: null, note: null };

/** What was connected and cannot be used now. What nobody has connected yet is not broken. */
const BROKEN: ReadonlySet<Standing> = new Set<Standing>([
  'expired',
  'changed',
  'refused'
]);

/** What is said of a connection of which nothing is stored, or nobody knows what. */
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

/** The same for one connection as long as the app has it. */
export function rowId({ owner, key }: IConnectionName): string {
  return `${owner}:${key ?? ''}`;
}

/**
 * Put the rows together.
 *
 * @param kernel - what the kernel says of itself; null where it says nothing
 * @param doings - what is being done, by the ids of the rows
 * @param trans - the language of the page
 */
export function rowsOf(
  state: ITabState,
  kernel: IKernelState | null,
  doings: ReadonlyMap<string, Doing>,
  trans: TranslationBundle
): IRow[] {
  return state.connections.map(given => {
    const connection = asKnown(given, trans);
    const id = rowId(connection);
    const { doing, prompt, note } = doings.get(id) ?? IDLE;
    return {
      id,
      connection: kernel
        ? asInKernel(connection, state, kernel, trans)
        : connection,
      asked: kernel && askedFor(connection, kernel),
      doing,
      prompt,
      note
    };
  });
}

/** Whether a connection is broken, or a cell asks for it. */
export function needsAttention({ connection, asked }: IRow): boolean {
  return BROKEN.has(connection.standing) || asked !== null;
}

/** How many connections need attention, and how many problems there are beside them. */
export function attentionOf(
  rows: readonly IRow[],
  state: ITabState | null
): number {
  return rows.filter(needsAttention).length + (state?.problems.length ?? 0);
}

/** Whether a kernel keeps its connections elsewhere than the server looks. */
export function isElsewhere(
  state: ITabState | null,
  kernel: IKernelState | null
): boolean {
  const [server, own] = [state?.vault ?? '', kernel?.vault ?? ''];
  return server !== '' && own !== '' && server !== own;
}

/** Whether a kernel's cells act on another app than that of the notebook. */
export function isAstray(
  state: ITabState | null,
  kernel: IKernelState | null
): boolean {
  return isOtherApp(state?.app, kernel?.app);
}

/** Whether two apps, as far as they are known, are not the same. */
export function isOtherApp(
  one: IKernelState['app'] | undefined,
  other: IKernelState['app'] | undefined
): boolean {
  return (
    !!one &&
    !!other &&
    (one.id !== other.id || one.workspace !== other.workspace)
  );
}

/**
 * A state in which what an app file said last still stands, if it was broken since.
 *
 * The server remembers that as well, but not once it was restarted.
 */
export function withLastGood(
  state: ITabState,
  before: ITabState | null
): ITabState {
  const isBroken = state.problems.some(({ kind }) => kind === 'app-file');
  if (!isBroken || state.app !== null || before === null) {
    return state;
  }
  const { app, members, admins, connections } = before;
  return { ...state, app, members, admins, connections };
}

/** A state with what a kernel has to say against it. */
export function withKernel(
  state: ITabState,
  kernel: IKernelState | null
): ITabState {
  const message = kernel?.problem ?? '';
  if (!message || state.problems.some(each => each.message === message)) {
    return state;
  }
  const problem = { kind: 'person' as const, message, line: null, path: null };
  return { ...state, problems: [...state.problems, problem] };
}

/** What an older server does not say. */
const UNSAID = {
  suggested_key: '',
  stored_for: [],
  client_secret_stored: false,
  stored_under: null
};

/** A connection of a server that may be newer or older than this page. */
function asKnown(given: IConnection, trans: TranslationBundle): IConnection {
  const connection = { ...UNSAID, ...given };
  return STANDINGS.includes(connection.standing)
    ? connection
    : {
        ...connection,
        standing: 'unknown',
        detail: trans.__(
          'This page is older than attio_nb on the Jupyter server. Reload the page.'
        )
      };
}

/** A connection as the cells of a kernel find it. */
function asInKernel(
  connection: IConnection,
  state: ITabState,
  kernel: IKernelState,
  trans: TranslationBundle
): IConnection {
  const variable = variableInUse(connection, kernel.variables);
  if (variable) {
    return fromVariable(connection, variable, trans);
  }
  return isElsewhere(state, kernel) ? unseen(connection, trans) : connection;
}

/** A connection that the kernel has from its environment, whatever the vault holds. */
function fromVariable(
  connection: IConnection,
  variable: string,
  trans: TranslationBundle
): IConnection {
  // A grant can be refreshed, which tests it; an access token alone cannot.
  const base = variableOf(connection);
  const hasGrant = variable !== base && variable !== `${base}_FILE`;
  return {
    ...connection,
    ...NOTHING_STORED,
    standing: 'connected',
    detail: trans.__(
      'It comes from the environment variable %1 of the kernel, which wins over what is stored.',
      variable
    ),
    variable,
    why_no_test: hasAddress(connection) || hasGrant ? '' : noAddress(trans)
  };
}

/** A connection that may or may not be in a vault that nobody looked into. */
function unseen(
  connection: IConnection,
  trans: TranslationBundle
): IConnection {
  // Whether there is a token to renew, the kernel says once it is asked to test.
  const mayTest = hasAddress(connection) || connection.type === 'oauth2';
  return {
    ...connection,
    ...NOTHING_STORED,
    standing: 'unknown',
    detail: '',
    // The server's environment is not the kernel's either.
    variable: '',
    why_no_test: mayTest ? '' : noAddress(trans)
  };
}

function hasAddress({ definition }: IConnection): boolean {
  return Boolean(definition.test_url);
}

/** Why a connection cannot be tested, as attio_nb/tab/testing.py says it. */
function noAddress(trans: TranslationBundle): string {
  return trans.__(
    'There is no address to test it at. Write test_url into attio-app.toml.'
  );
}

/**
 * The variable that a connection comes from, or '' where it comes from none.
 *
 * attio_nb/connections/environment.py reads them in this order.
 */
function variableInUse(connection: IConnection, variables: string[]): string {
  const base = variableOf(connection);
  const found = (name: string): string =>
    [name, `${name}_FILE`].find(each => variables.includes(each)) ?? '';
  if (found(base) || connection.type !== 'oauth2') {
    return found(base);
  }
  const hasClient = found(`${base}_CLIENT_ID`) !== '';
  return (
    found(`${base}_REFRESH_TOKEN`) ||
    (hasClient ? found(`${base}_CLIENT_SECRET`) : '')
  );
}

/** The environment variable that wins over the vault, as attio_nb/app/model.py names it. */
function variableOf({ owner, key }: IConnectionName): string {
  const name = `ATTIO_NB_${owner.toUpperCase()}_CONNECTION`;
  return key ? `${name}__${key.toUpperCase().replaceAll('-', '_')}` : name;
}

/** The cell that asks for a connection; rather one that waits than one that ended. */
function askedFor(
  { owner, key }: IConnectionName,
  { acting, prompts }: IKernelState
): IRow['asked'] {
  const asking = prompts.filter(
    prompt =>
      prompt.owner === owner &&
      prompt.key === key &&
      prompt.cell_id !== '' &&
      (owner === 'workspace' || prompt.user === acting?.id)
  );
  const first = asking.find(({ waiting }) => waiting) ?? asking[0];
  return first ? { cellId: first.cell_id, waiting: first.waiting } : null;
}
