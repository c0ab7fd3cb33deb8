/** The plugins of attio-nb. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { connections } from './connections';
import { PromptDesk } from './desk';
import { drawPrompts } from './drawing';
import { PromptMemory } from './memory';
import { followSettings } from './settings';
import { addStyles } from './styles';
import { checkVersion } from './version';

const prompts: JupyterFrontEndPlugin<void> = {
  id: 'attio-nb:prompts',
  description: 'Asks for a connection in the cell that needs it.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ISettingRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    registry: ISettingRegistry | null,
    translator: ITranslator | null
  ) => {
    const desk = new PromptDesk(
      tracker,
      new PromptMemory(window.localStorage),
      followSettings(registry, app.restored),
      translator?.load('attio_nb')
    );
    drawPrompts(desk);
  }
};

const version: JupyterFrontEndPlugin<void> = {
  id: 'attio-nb:version',
  description: 'Asks for a reload of the page after an upgrade.',
  autoStart: true,
  optional: [ITranslator],
  activate: (
    { restored, serviceManager }: JupyterFrontEnd,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('attio_nb');
    // What is notified before the page stands goes unseen.
    restored
      .then(() => checkVersion(serviceManager.serverSettings, trans))
      .catch(() => undefined);
  }
};

// Before any plugin draws, whichever of them is switched off.
addStyles(document);

export default [prompts, connections, version];
