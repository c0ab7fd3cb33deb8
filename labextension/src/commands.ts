/**
 * The commands of the Connections tab, for the palette, the menu and other extensions.
 *
 * Any markup can name a command. What sends, connects, writes or changes who acts
 * is done only where a person chose it; else the panel is shown, and no more.
 */
import type { ICommandPalette } from '@jupyterlab/apputils';
import { InputDialog } from '@jupyterlab/apputils';
import { addIcon, fileIcon, refreshIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { ConnectionActions } from './actions';
import {
  canConnect,
  canDisconnect,
  canRedefine,
  canReplaceClientSecret,
  canTest
} from './can';
import type { CommandOrigin } from './origin';
import type { IConnectionsModel, INotebookApp, IRow, IShown } from './tokens';
import type { Wording } from './wording';

export const CommandIDs = {
  show: 'attio-nb:show',
  connect: 'attio-nb:connect',
  test: 'attio-nb:test',
  disconnect: 'attio-nb:disconnect',
  replaceClientSecret: 'attio-nb:replace-client-secret',
  forgetClientSecret: 'attio-nb:forget-client-secret',
  renameKey: 'attio-nb:rename-key',
  remove: 'attio-nb:remove',
  actAs: 'attio-nb:act-as',
  add: 'attio-nb:add',
  openAppFile: 'attio-nb:open-app-file',
  refresh: 'attio-nb:refresh'
} as const;

/** Which connection a command is about; without it, the person is asked. */
const NAMED = {
  type: 'object',
  properties: {
    owner: { type: 'string', enum: ['workspace', 'user'] },
    key: { type: ['string', 'null'] }
  }
};

const NO_ARGUMENTS = { type: 'object', properties: {} };

/** What the commands are about. */
export interface ICommandOptions {
  commands: CommandRegistry;
  model: IConnectionsModel;
  actions: ConnectionActions;
  wording: Wording;
  /** Tells who starts a command. */
  origin: CommandOrigin;
  /** Shows the panel, and brings the focus to a row where one is named. */
  open: (rowId?: string) => void;
}

/** Add the commands, and keep what they can do up to date. */
export function addCommands(options: ICommandOptions): void {
  addPanelCommands(options);
  addConnectionCommands(options);
  addActingCommand(options);
  addAppCommands(options);
  const { commands, model } = options;
  model.changed.connect(() => commands.notifyCommandChanged());
}

/**
 * Wait until the palette that a command was chosen in is closed.
 *
 * It gives the focus back then, and so would take it from the panel; a dialog
 * that is open before would give it back to the palette, which is gone.
 */
async function paletteClosed(): Promise<void> {
  await new Promise(resolve => setTimeout(resolve));
}

/** Put the commands into the palette. */
export function fillPalette(
  palette: ICommandPalette,
  wording: Wording,
  origin: CommandOrigin
): void {
  const category = wording.trans.__('Connections');
  const args = { ...origin.args, isPalette: true };
  for (const command of Object.values(CommandIDs)) {
    palette.addItem({ command, category, args });
  }
}

function addPanelCommands(options: ICommandOptions): void {
  const { commands, model, actions, wording, open } = options;
  const { trans } = wording;
  commands.addCommand(CommandIDs.show, {
    label: ({ isPalette }) =>
      isPalette ? trans.__('Show Connections') : trans.__('Connections'),
    caption: trans.__('Show the connections of the app of this notebook'),
    describedBy: { args: NO_ARGUMENTS },
    execute: async () => {
      await paletteClosed();
      open();
    }
  });
  commands.addCommand(CommandIDs.refresh, {
    label: trans.__('Refresh Connections'),
    caption: trans.__('Ask again how the connections stand'),
    icon: ({ isPalette }) => (isPalette ? undefined : refreshIcon),
    isEnabled: () => model.path !== null,
    describedBy: { args: NO_ARGUMENTS },
    execute: () => actions.refresh()
  });
}

/** What can be done about one connection. */
interface IDeed {
  id: string;
  label: string;
  can: (row: IRow) => boolean;
  /** Carries it out where the person was when they began, for whom it was shown. */
  execute: (row: IRow, app: INotebookApp | null, shown?: IShown) => void;
}

function addConnectionCommands(options: ICommandOptions): void {
  const { actions, wording, open } = options;
  const { trans } = wording;
  const shown =
    (deed: IDeed['execute']): IDeed['execute'] =>
    (row, ...where) => {
      open();
      deed(row, ...where);
    };
  addDeed(options, {
    id: CommandIDs.connect,
    label: trans.__('Connect…'),
    can: canConnect,
    execute: shown((row, app) => actions.connect(row.connection, app))
  });
  addDeed(options, {
    id: CommandIDs.test,
    label: trans.__('Test a Connection…'),
    can: canTest,
    execute: shown((row, app) => actions.test(row.connection, app))
  });
  addDeed(options, {
    id: CommandIDs.disconnect,
    label: trans.__('Disconnect…'),
    can: canDisconnect,
    execute: shown(({ connection }, ...where) =>
      actions.disconnect(connection, ...where)
    )
  });
  addClientSecretCommands(options, shown);
  addRedefiningCommands(options, shown);
}

function addRedefiningCommands(
  options: ICommandOptions,
  shown: (deed: IDeed['execute']) => IDeed['execute']
): void {
  const { actions, wording } = options;
  const { trans } = wording;
  addDeed(options, {
    id: CommandIDs.renameKey,
    label: trans.__('Rename the Key of a Connection…'),
    can: canRedefine,
    execute: shown(({ connection }, ...where) =>
      actions.renameKey(connection, ...where)
    )
  });
  addDeed(options, {
    id: CommandIDs.remove,
    label: trans.__('Remove a Connection…'),
    can: canRedefine,
    execute: shown(({ connection }, ...where) =>
      actions.remove(connection, ...where)
    )
  });
}

function addClientSecretCommands(
  options: ICommandOptions,
  shown: (deed: IDeed['execute']) => IDeed['execute']
): void {
  const { actions, wording } = options;
  const { trans } = wording;
  addDeed(options, {
    id: CommandIDs.replaceClientSecret,
    label: trans.__('Replace a Client Secret…'),
    can: canReplaceClientSecret,
    execute: shown((row, app) =>
      actions.replaceClientSecret(row.connection, app)
    )
  });
  addDeed(options, {
    id: CommandIDs.forgetClientSecret,
    label: trans.__('Forget a Client Secret…'),
    can: canReplaceClientSecret,
    execute: shown(({ connection }, ...where) =>
      actions.forgetClientSecret(connection, ...where)
    )
  });
}

function addDeed(options: ICommandOptions, deed: IDeed): void {
  const { commands, model, wording, origin, open } = options;
  const candidates = (args: ReadonlyPartialJSONObject) =>
    model.rows.filter(row => deed.can(row) && isMeant(row, args));
  commands.addCommand(deed.id, {
    label: deed.label,
    isEnabled: args => candidates(args).length > 0,
    describedBy: { args: NAMED },
    execute: async args => {
      const isChosen = origin.isPerson(deed.id, args);
      const { front } = model;
      const shown = front?.shown;
      const rows = candidates(args);
      await paletteClosed();
      if (!isChosen) {
        open(rows[0]?.id);
        return;
      }
      const row = await choose(rows, deed.label, wording);
      if (row) {
        deed.execute(row, front, shown);
      }
    }
  });
}

function isMeant(
  { connection }: IRow,
  { owner, key }: ReadonlyPartialJSONObject
): boolean {
  return (
    (owner === undefined || owner === connection.owner) &&
    (key === undefined || key === connection.key)
  );
}

/** Ask which of several connections is meant. */
async function choose(
  rows: IRow[],
  title: string,
  wording: Wording
): Promise<IRow | null> {
  if (rows.length < 2) {
    return rows[0] ?? null;
  }
  const items = rows.map(row => wording.choice(row.connection));
  const { value } = await InputDialog.getItem({ title, items });
  return rows[items.indexOf(value ?? '')] ?? null;
}

function addActingCommand(options: ICommandOptions): void {
  const { commands, model, actions, wording, origin, open } = options;
  const { trans } = wording;
  commands.addCommand(CommandIDs.actAs, {
    label: trans.__('Act As…'),
    caption: trans.__('Choose on whose behalf cells run'),
    isEnabled: () => (model.state?.members.length ?? 0) > 1,
    describedBy: {
      args: { type: 'object', properties: { user: { type: 'string' } } }
    },
    execute: async args => {
      const { user } = args;
      const isChosen = origin.isPerson(CommandIDs.actAs, args);
      const { front } = model;
      await paletteClosed();
      if (!isChosen) {
        open();
        return;
      }
      const chosen = typeof user === 'string' ? user : await whom(options);
      if (chosen) {
        open();
        actions.actAs(chosen, front);
      }
    }
  });
}

/** Whether a connection can be added to the app of the notebook in front. */
export function mayAdd(model: IConnectionsModel): boolean {
  return ['no-app', 'empty', 'connections'].includes(model.face);
}

function addAppCommands(options: ICommandOptions): void {
  const { commands, model, actions, wording, origin, open } = options;
  const { trans } = wording;
  commands.addCommand(CommandIDs.add, {
    label: trans.__('Add a Connection…'),
    caption: trans.__('Add a connection to the app file'),
    icon: ({ isPalette }) => (isPalette ? undefined : addIcon),
    isEnabled: () => mayAdd(model),
    describedBy: { args: NO_ARGUMENTS },
    execute: async args => {
      const isChosen = origin.isPerson(CommandIDs.add, args);
      await paletteClosed();
      if (isChosen) {
        actions.add();
      } else {
        open();
      }
    }
  });
  commands.addCommand(CommandIDs.openAppFile, {
    label: trans.__('Open the App File'),
    caption: trans.__('Open the file that says which connections there are'),
    icon: ({ isPalette }) => (isPalette ? undefined : fileIcon),
    isEnabled: () => Boolean(model.state?.app?.path),
    describedBy: { args: NO_ARGUMENTS },
    execute: () => {
      const path = model.state?.app?.path;
      if (path) {
        actions.openAppFile(path);
      }
    }
  });
}

/** Ask on whose behalf cells are to run. */
async function whom({
  model,
  wording
}: ICommandOptions): Promise<string | null> {
  const members = model.state?.members ?? [];
  const items = members.map(member => wording.member(member));
  const current = members.findIndex(({ id }) => id === model.acting?.id);
  const { value } = await InputDialog.getItem({
    title: wording.trans.__('Act as'),
    items,
    current: Math.max(current, 0)
  });
  return members[items.indexOf(value ?? '')]?.id ?? null;
}
