/** What the Jupyter server says of an app and its connections. No value is ever in it. */

export type Owner = 'workspace' | 'user';

export type Role = 'admin' | 'member';

export const STANDINGS = [
  'not-configured',
  'not-connected',
  'connected',
  'expired',
  /** The app file names addresses that nobody has approved for the value. */
  'changed',
  'refused',
  /** Nobody could look, and the problems of the state say why. */
  'unknown'
] as const;

/** How a connection stands. */
export type Standing = (typeof STANDINGS)[number];

export interface IMember {
  id: string;
  role: Role;
}

/** Which connection is meant. */
export interface IConnectionName {
  owner: Owner;
  key: string | null;
}

/** A connection as the app file has it: its keys and what stands there. */
export type Definition = Record<string, unknown>;

/** One connection of the app, as the acting member sees it. */
export interface IConnection extends IConnectionName {
  type: 'secret' | 'oauth2';
  /** What to call it in front of a person. */
  label: string;
  help_url: string;
  hosts: string[];
  standing: Standing;
  /** A sentence that says more than the standing does, or ''. */
  detail: string;
  /** The environment variable that it comes from, or ''. */
  variable: string;
  /** The id of the workspace or the member that owns it. */
  owned_by: string;
  /** Who connected, or ''. */
  created_by: string;
  /** When, in seconds since the epoch. */
  created_at: number | null;
  /** The account that it belongs to at its service, or '' where that is not known. */
  account: string;
  /** When the access token runs out, in seconds since the epoch. */
  expires_at: number | null;
  /** Whether it is renewed then without anybody's doing. */
  is_renewed: boolean;
  /** What was granted. */
  scopes: string[];
  /** What is asked for and was not granted. */
  missing_scopes: string[];
  /** The host that one signs in at, or ''. */
  provider: string;
  /** Whether the acting member may connect, disconnect and edit it. */
  may_configure: boolean;
  /** Why it cannot be tested, or ''. */
  why_no_test: string;
  /** What the app file names and nobody has approved. */
  new_addresses: string[];
  /** A key to propose where it has none, or its own; '' from a server that cannot rename. */
  suggested_key: string;
  /** The ids of the members, or of the workspace, for whom a value is stored. */
  stored_for: string[];
  /** Whether the secret of its OAuth client is stored. */
  client_secret_stored: boolean;
  /** A stored value that fits, under a key that the app file no longer names. */
  stored_under: { key: string | null; members: string[] } | null;
  definition: Definition;
}

/** A connection that is edited, as it stood when somebody began to. */
export interface IEdited extends IConnectionName {
  definition: Definition;
}

export interface IApp {
  id: string;
  name: string;
  workspace: string;
  /** The name of the app file. */
  file: string;
  /** Where that is, as the contents API names it; null for outside of what the server shows. */
  path: string | null;
}

/** What keeps part of the state from being known. */
export interface IProblem {
  kind: 'app-file' | 'vault' | 'vault-locked' | 'person' | 'folder';
  message: string;
  /** The line of the app file that is at fault, from 1. */
  line: number | null;
  /** The app file that is at fault, as the contents API names it. */
  path: string | null;
}

export interface ITabState {
  /** What the app file says, or said when it could be read last; null where there is none. */
  app: IApp | null;
  problems: IProblem[];
  members: IMember[];
  /** The ids of those who may configure workspace connections. */
  admins: string[];
  /** Who started the server. */
  own_user: string;
  /** The user who would act, if the app lists members without that one; or ''. */
  unlisted_user: string;
  /** On whose behalf the connections are shown; null where that is not known. */
  acting: IMember | null;
  connections: IConnection[];
  /** Names the vault that was looked into, to tell it from a kernel's. */
  vault: string;
  /** The file that holds the key of the vault; '' where a keyring does. */
  key_file: string;
}

/** A provider that is known. */
export interface IPreset {
  id: string;
  /** The service. */
  name: string;
  /** What it puts into a definition. */
  definition: Definition;
  /** Where a value is found, or a client registered. */
  help_url: string;
  docs_url: string;
  steps: string[];
  notes: string[];
  example_scope: string;
}

/** What is to be registered at a provider. */
export interface IRegistration {
  /** The addresses to come back to. */
  addresses: string[];
  /** What there is to know about them. */
  notes: string[];
}

/** What came of looking at a definition. */
export interface IChecked {
  /** The key of the definition that is at fault, or '' for all of it. */
  field: string;
  /** What is wrong and what would be right; '' where nothing is. */
  message: string;
  registration: IRegistration | null;
  /** The key that it has, or gets where none is chosen. */
  key?: string | null;
}

/** What the kernel of a notebook says of itself. */
export interface IKernelState {
  /** On whose behalf the next cell runs, or null where that is not known. */
  acting: IMember | null;
  /** Why it is not known, or ''. */
  problem: string;
  /** The user who would act, if the app lists members without that one; or ''. */
  unlisted_user: string;
  /** Whether a cell is still running on behalf of somebody else. */
  from_next_cell: boolean;
  /** The app that its cells act on; null where that is not known, or there is none. */
  app: Pick<IApp, 'id' | 'workspace'> | null;
  /** The prompts that can still be answered. */
  prompts: IWaitingPrompt[];
  /** The environment variables that are connections in the kernel. */
  variables: string[];
  vault: string;
}

/** A prompt of a kernel, and which connection it asks for. */
export interface IWaitingPrompt extends IConnectionName {
  prompt_id: string;
  /** The member whose connection it is. */
  user: string;
  /** The cell that it stands in; '' for one in a panel. */
  cell_id: string;
  /** Whether that cell waits for the answer. */
  waiting: boolean;
}

/** What came of trying a connection at its service. */
export interface ITested {
  ok: boolean;
  message: string;
}
