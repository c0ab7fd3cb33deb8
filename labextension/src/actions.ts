/** What a person can do in the Connections tab, from wherever they do it. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import {
  Dialog,
  InputDialog,
  Notification,
  showDialog,
  showErrorMessage
} from '@jupyterlab/apputils';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import type { GivenFields } from './addform';
import { messageOf } from './api';
import type { IFormOpening } from './definitionform';
import { isOtherApp } from './rows';
import type { IConnection, IConnectionName } from './state';
import type { IConnectionsModel, INotebookApp, IRow, IShown } from './tokens';
import type { Wording } from './wording';

/** What JupyterLab gives back of a file that it opens. */
interface IOpenedFile {
  context: { ready: Promise<void> };
}

/** The app that something is done to, and how it was shown when the person began. */
type Where = [app?: INotebookApp | null, shown?: IShown];

/** What a person is asked before something is done that cannot be undone. */
interface IQuestion {
  title: string;
  body: string;
  /** What the button says that agrees. */
  label: string;
  /** What can be left out of it. */
  checkbox?: Partial<Dialog.ICheckbox> | null;
  act: (app: INotebookApp, isChecked: boolean) => Promise<void>;
}

/** How long it is said that a connection was removed, in milliseconds. */
const SAID_FOR = 8000;

/**
 * Does to the model, and to JupyterLab, what the person asks for.
 *
 * What it does to an app it does to that of the notebook that was in front when
 * the person began: another one may come to the front while they think.
 */
export class ConnectionActions {
  /**
   * @param model - the connections
   * @param app - where notebooks and files are opened
   * @param tracker - the notebooks that are open
   * @param wording - the words of the tab
   * @param offer - brings the person to what they can do next about a row
   */
  constructor(
    private readonly model: IConnectionsModel,
    private readonly app: JupyterFrontEnd,
    private readonly tracker: INotebookTracker,
    private readonly wording: Wording,
    private readonly offer: (rowId: string) => void
  ) {}

  connect(name: IConnectionName, app = this.model.front): void {
    this.run(app?.connect(name));
  }

  /** Ask whether the value may go to the new addresses of the app file. */
  approve(name: IConnectionName, app = this.model.front): void {
    this.run(app?.approve(name));
  }

  cancel(name: IConnectionName): void {
    this.run(this.model.cancel(name));
  }

  test(name: IConnectionName, app = this.model.front): void {
    this.run(app?.test(name));
  }

  /** Disconnect, if the person still wants that once they know what happens. */
  disconnect(connection: IConnection, ...where: Where): void {
    const { trans } = this.wording;
    this.confirm(where, shown => ({
      title: trans.__('Disconnect?'),
      body: this.wording.disconnecting(connection, shown.member),
      label: trans.__('Disconnect'),
      act: app => app.disconnect(connection, shown)
    }));
  }

  /** Ask for the secret of the OAuth client anew. */
  replaceClientSecret(name: IConnectionName, app = this.model.front): void {
    this.run(app?.replaceClientSecret(name));
  }

  /** Forget the secret of the OAuth client, if the person still wants that once they know more. */
  forgetClientSecret(connection: IConnection, ...where: Where): void {
    const { trans } = this.wording;
    this.confirm(where, shown => ({
      title: trans.__('Forget the client secret?'),
      body: trans.__(
        'The client secret of %1 is deleted from the vault. Its token cannot be refreshed until somebody types the secret again.',
        this.wording.title(connection)
      ),
      label: trans.__('Forget'),
      act: app => app.forgetClientSecret(connection, shown)
    }));
  }

  /** Ask for another key, and what that changes. */
  renameKey(connection: IConnection, ...where: Where): void {
    const [app = this.model.front, shown = app?.shown] = where;
    this.run(app && shown && this.renamed(connection, app, shown));
  }

  /** Remove a connection from the app file, if the person still wants that once they know more. */
  remove(connection: IConnection, ...where: Where): void {
    const { trans } = this.wording;
    const stored = this.wording.removingStored(connection);
    this.confirm(where, shown => ({
      title: trans.__('Remove?'),
      body: this.wording.removing(
        connection,
        this.model.state?.app?.file ?? 'attio-app.toml'
      ),
      label: trans.__('Remove'),
      checkbox: stored ? { label: stored, checked: true } : null,
      act: async (app, isChecked) => {
        const said = await app.remove(connection, isChecked, shown);
        if (said) {
          // The row that would say so is gone.
          Notification.success(said, { autoClose: SAID_FOR });
        }
      }
    }));
  }

  /** Use what is stored under a key that the app file no longer names. */
  moveStored(connection: IConnection, app = this.model.front): void {
    const { stored_under } = connection;
    this.run(stored_under && app?.moveStored(connection, stored_under.key));
  }

  /**
   * Open the form for a new connection.
   *
   * @param given - what stands in its fields at first
   */
  add(given: GivenFields = {}): void {
    this.run(this.define(null, { given }));
  }

  /**
   * Open the form for a connection that is there.
   *
   * @param field - the field that gets the focus; '' for the first one
   */
  edit(row: IRow, field = ''): void {
    this.run(this.define(row, { field }));
  }

  actAs(user: string, app = this.model.front): void {
    this.run(app?.actAs(user));
  }

  unlock(): void {
    this.run(this.model.unlock());
  }

  refresh(): void {
    this.run(this.model.refresh());
  }

  dismiss(name: IConnectionName): void {
    this.model.dismiss(name);
  }

  /**
   * Open the app file in an editor.
   *
   * @param path - the file, as the contents API names it
   * @param line - where to put the cursor, from 1; null for wherever it is
   */
  openAppFile(path: string, line: number | null = null): void {
    this.run(this.edited(path, line));
  }

  /** Bring the person back to a cell. */
  goToCell(cellId: string): void {
    this.run(this.cellShown(cellId));
  }

  private run(doing: Promise<unknown> | null | undefined): void {
    doing?.catch((error: unknown) =>
      showErrorMessage(this.wording.trans.__('Connections'), messageOf(error))
    );
  }

  /** Ask about the app that is named, or is in front; then act on it if the person agrees. */
  private confirm(
    [app = this.model.front, shown = app?.shown]: Where,
    question: (shown: IShown) => IQuestion
  ): void {
    this.run(app && shown && this.ask(app, shown, question(shown)));
  }

  private async ask(
    app: INotebookApp,
    shown: IShown,
    { title, body, label, checkbox, act }: IQuestion
  ): Promise<void> {
    const { button, isChecked } = await showDialog({
      title,
      body,
      checkbox,
      buttons: [
        Dialog.cancelButton({ label: this.wording.trans.__('Cancel') }),
        Dialog.warnButton({ label })
      ],
      // A key that is held down must not answer as well.
      defaultButton: 0
    });
    if (button.accept) {
      this.requireSameApp(app, shown);
      await act(app, isChecked === true);
    }
  }

  private async renamed(
    connection: IConnection,
    app: INotebookApp,
    shown: IShown
  ): Promise<void> {
    const { trans } = this.wording;
    const { value, button } = await InputDialog.getText({
      title: trans.__('Rename key'),
      label: this.wording.renaming(connection),
      text: connection.suggested_key,
      okLabel: trans.__('Rename'),
      cancelLabel: trans.__('Cancel'),
      required: true
    });
    const key = value?.trim() ?? '';
    if (button.accept && key !== '' && key !== connection.key) {
      this.requireSameApp(app, shown);
      await app.renameKey(connection, key, shown);
    }
  }

  /** Raise an error where the app that a person was asked about is not shown any more. */
  private requireSameApp(app: INotebookApp, shown: IShown): void {
    // The row that would say it may not be there any more.
    if (!app.shown.app || isOtherApp(app.shown.app, shown.app)) {
      throw new Error(this.wording.gone);
    }
  }

  private async define(row: IRow | null, opening: IFormOpening): Promise<void> {
    const { model } = this;
    const { front } = model;
    const { editDefinition } = await import('./definitionform');
    if (!front) {
      return;
    }
    const before = new Set(model.rows.map(({ id }) => id));
    const isSaved = await editDefinition(
      model,
      front,
      this.wording.trans,
      row,
      opening
    );
    const added = model.rows.find(({ id }) => !before.has(id));
    if (isSaved && row === null && added && model.front === front) {
      this.offer(added.id);
    }
  }

  private async edited(path: string, line: number | null): Promise<void> {
    const { commands } = this.app;
    const opened: IOpenedFile | undefined = await commands.execute(
      'docmanager:open',
      { path, factory: 'Editor' }
    );
    // Notebook 7 opens a file in a page of its own.
    if (opened && line !== null) {
      await opened.context.ready;
      await commands.execute('fileeditor:go-to-line', { line, column: 1 });
    }
  }

  private async cellShown(cellId: string): Promise<void> {
    const found = this.findCell(cellId);
    if (found === null) {
      const { trans } = this.wording;
      await showErrorMessage(
        trans.__('Connections'),
        trans.__('The cell is in no notebook that is open here.')
      );
      return;
    }
    const { panel, index } = found;
    this.app.shell.activateById(panel.id);
    panel.content.activeCellIndex = index;
    await panel.content.scrollToItem(index, 'smart');
    panel.content.activate();
  }

  private findCell(
    cellId: string
  ): { panel: NotebookPanel; index: number } | null {
    const { currentWidget } = this.tracker;
    const kernel = kernelOf(currentWidget);
    // Several notebooks can have one kernel, and each tells of all its prompts.
    const panels = [
      ...(currentWidget ? [currentWidget] : []),
      ...this.tracker.filter(each => !!kernel && kernelOf(each) === kernel)
    ];
    for (const panel of panels) {
      const { widgets } = panel.content;
      const index = widgets.findIndex(({ model }) => model.id === cellId);
      if (index >= 0) {
        return { panel, index };
      }
    }
    return null;
  }
}

function kernelOf(panel: NotebookPanel | null): string | undefined {
  return panel?.sessionContext.session?.kernel?.id;
}
