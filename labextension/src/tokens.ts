/** What other extensions can use of the Connections tab. */
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';

import type { Ask, IListedPrompt } from './protocol';
import type {
  IChecked,
  IConnection,
  IConnectionName,
  IEdited,
  IKernelState,
  IMember,
  IPreset,
  ITabState,
  Definition
} from './state';

/** What there is to show. */
export type Face =
  | 'no-notebook'
  | 'loading'
  /** The server extension does not answer. */
  | 'no-server'
  /** The server failed; the model's `failure` says how. */
  | 'failed'
  | 'no-app'
  | 'empty'
  | 'connections';

/** How the notebook's kernel stands, as far as connecting goes. */
export type KernelFace =
  /** There is none: the server does what there is to do. */
  | 'none'
  /** It runs no Python, and the server does what there is to do. */
  | 'no-python'
  | 'starting'
  /** It runs, and has not loaded attio_nb. */
  | 'unloaded'
  /** It could not load attio_nb: the server does what there is to do. */
  | 'unloadable'
  | 'idle'
  | 'busy'
  /** It has died, or cannot be reached. */
  | 'gone'
  /** It keeps its connections elsewhere than the server looks. */
  | 'elsewhere'
  /** Its cells act on another app: the server does what there is to do. */
  | 'astray';

export interface INote {
  /** `warning` where it may still be good: it could not be found out, or is not allowed to do something. */
  kind: 'done' | 'warning' | 'failed';
  text: string;
}

/** A prompt that is open in the panel, and who answers it. */
export interface IOpenedPrompt {
  prompt: IListedPrompt;
  ask: Ask;
  /** Aborted once it is not open any more. */
  closed: AbortSignal;
}

/** One connection with what is being done about it. */
export interface IRow {
  /** The same for one connection as long as the app has it. */
  id: string;
  connection: IConnection;
  /** The cell that asks for it, or null. */
  asked: { cellId: string; waiting: boolean } | null;
  /** `connecting` as well while a prompt is open. */
  doing:
    | ''
    | 'connecting'
    | 'disconnecting'
    | 'forgetting'
    | 'testing'
    | 'renaming'
    | 'removing'
    | 'moving';
  prompt: IOpenedPrompt | null;
  /** What came of what was done last. */
  note: INote | null;
}

/** What can be done about the connections of an app. */
export interface IConnectionActions {
  actAs(user: string): Promise<void>;
  /** Open a prompt for a connection; it appears in its row. */
  connect(name: IConnectionName): Promise<void>;
  /** Open a prompt for the new addresses of the app file; it appears in the row. */
  approve(name: IConnectionName): Promise<void>;
  /** Close what `connect` or `approve` has opened. */
  cancel(name: IConnectionName): Promise<void>;
  disconnect(name: IConnectionName): Promise<void>;
  /** Open a prompt that asks for the secret of the OAuth client first. */
  replaceClientSecret(name: IConnectionName): Promise<void>;
  /** Delete the secret of the OAuth client from the vault. */
  forgetClientSecret(name: IConnectionName): Promise<void>;
  test(name: IConnectionName): Promise<void>;
  /** Change its key in the app file, and move what is stored. */
  renameKey(name: IConnectionName, newKey: string): Promise<void>;
  /**
   * Remove it from the app file.
   *
   * @param disconnect - whether what is stored is revoked and deleted, for every member
   * @returns what there is to say about it, once it is removed; '' where it is not
   */
  remove(name: IConnectionName, disconnect: boolean): Promise<string>;
  /** Use what is stored under a key that the app file no longer names. */
  moveStored(name: IConnectionName, fromKey: string | null): Promise<void>;
  /** Forget what came of what was done last. */
  dismiss(name: IConnectionName): void;
}

/** Whose connections are shown. */
export interface IShown {
  /** The app, or null where none is known. */
  app: IKernelState['app'];
  /** The id of the acting member; '' where that is not known. */
  member: string;
}

/** What was there when somebody began to write a definition. */
export interface IOpenedForm {
  /** The app: what is written for it goes into the file of no other; null where there was none. */
  app: IKernelState['app'];
  /** What the definition takes the place of, as that was; null for a new one. */
  editing: IEdited | null;
}

/** The app of one notebook, whatever notebook comes to the front. */
export interface INotebookApp extends IConnectionActions {
  /** Whose connections are shown now. */
  readonly shown: IShown;
  /**
   * Disconnect the connection that was `shown` when the person was asked, or
   * the one that is shown now.
   */
  disconnect(name: IConnectionName, shown?: IShown): Promise<void>;
  /** Forget the client secret of the connection that was `shown` then, or is shown now. */
  forgetClientSecret(name: IConnectionName, shown?: IShown): Promise<void>;
  /** Change the key of the connection that was `shown` then, or is shown now. */
  renameKey(
    name: IConnectionName,
    newKey: string,
    shown?: IShown
  ): Promise<void>;
  /** Remove the connection that was `shown` then, or is shown now. */
  remove(
    name: IConnectionName,
    disconnect: boolean,
    shown?: IShown
  ): Promise<string>;
  /** Look at a definition. */
  check(definition: Definition, opened: IOpenedForm): Promise<IChecked>;
  /** Write a definition into the app file; resolves to what is wrong with it, or to ''. */
  save(definition: Definition, opened: IOpenedForm): Promise<string>;
}

/** The connections of the app of the notebook in front. */
export interface IConnectionsModel extends IConnectionActions {
  /** Emitted after anything below has changed. */
  readonly changed: ISignal<IConnectionsModel, void>;
  /** The path of the notebook, as the contents API names it. */
  readonly path: string | null;
  /** Its app, for what is to be done there also once another one is in front. */
  readonly front: INotebookApp | null;
  readonly face: Face;
  /**
   * What went wrong last, as a sentence, or ''. What was known before may still
   * be there to be shown beside it.
   */
  readonly failure: string;
  /** What the server said last, of this notebook's app. */
  readonly state: ITabState | null;
  readonly rows: readonly IRow[];
  readonly kernel: KernelFace;
  /** On whose behalf cells run. */
  readonly acting: IMember | null;
  /** The user who is no member of the app, so that a member has to be chosen; or ''. */
  readonly unlistedUser: string;
  /** Whether a cell is still running on behalf of somebody else. */
  readonly fromNextCell: boolean;
  /** How many connections and problems somebody has to see to. */
  readonly attention: number;

  refresh(): Promise<void>;
  /** Unlock the keyring that the vault's key is in; it may put up a window. */
  unlock(): Promise<void>;
  presets(): Promise<IPreset[]>;
}

/** The Connections tab. */
export interface IConnections {
  readonly model: IConnectionsModel;
  /** Show the panel and bring the focus to it. */
  open(): void;
  /** Put a section of its own below the connections. */
  addSection(section: Widget): void;
}

export const IConnections = new Token<IConnections>(
  'attio-nb:IConnections',
  'The Connections tab: the connections of the app of the notebook in front.'
);
