/** The plugin of the Connections tab. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStatusBar } from '@jupyterlab/statusbar';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { ConnectionActions } from './actions';
import { followAddRequests } from './addform';
import { TabApi } from './api';
import { addCommands, fillPalette, mayAdd } from './commands';
import { ServerEvents } from './events';
import { KernelSide } from './kernel';
import { ConnectionsModel } from './model';
import { CommandOrigin } from './origin';
import { waysBack } from './server';
import { Sidebar } from './sidebar';
import { addStatus } from './status';
import { IConnections } from './tokens';
import { Wording } from './wording';

/** Where the panel stands among those of the left area: after the table of contents. */
const RANK = 450;

export const connections: JupyterFrontEndPlugin<IConnections> = {
  id: 'attio-nb:connections',
  description: 'The Connections tab: a panel, a status item and commands.',
  autoStart: true,
  provides: IConnections,
  requires: [INotebookTracker],
  optional: [ILayoutRestorer, ICommandPalette, IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    bar: IStatusBar | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('attio_nb');
    const wording = new Wording(trans);
    const model = follow(app, tracker, trans);
    const actions = new ConnectionActions(
      model,
      app,
      tracker,
      wording,
      rowId => {
        app.shell.activateById(panel.id);
        void panel.offer(rowId);
      }
    );
    const origin = new CommandOrigin(app.commands);
    const panel = new Sidebar(async sidebar => {
      const { fill } = await import('./panel');
      const forms = new WeakMap();
      const context = { model, actions, wording, forms };
      await fill(sidebar, app.commands, origin.args, context);
    }, translator ?? undefined);
    const open = (rowId = '') => {
      panel.bringTo(rowId);
      app.shell.activateById(panel.id);
    };
    app.shell.add(panel, 'left', { rank: RANK, type: 'Connections' });
    restorer?.add(panel, panel.id);
    const { commands } = app;
    addCommands({ commands, model, actions, wording, origin, open });
    followAddRequests(tracker, {
      mayAdd: () => mayAdd(model),
      add: given => actions.add(given)
    });
    if (palette) {
      fillPalette(palette, wording, origin);
    }
    if (bar) {
      addStatus(bar, model, wording, () => open());
    }
    return {
      model,
      open: () => open(),
      addSection: section => panel.addSection(section)
    };
  }
};

/**
 * Make the model of the connections of the notebook in front.
 *
 * It begins once the page stands, which it would hold up otherwise.
 */
function follow(
  app: JupyterFrontEnd,
  tracker: INotebookTracker,
  trans: TranslationBundle
): ConnectionsModel {
  const { serverSettings } = app.serviceManager;
  const events = new ServerEvents(serverSettings);
  const model = new ConnectionsModel({
    api: new TabApi(serverSettings, waysBack(serverSettings), trans),
    news: events.heard,
    kernelSide: context => new KernelSide(context),
    trans
  });
  const look = () => model.setNotebook(tracker.currentWidget);
  void app.restored.then(() => {
    events.listen();
    tracker.currentChanged.connect(look);
    look();
  });
  return model;
}
