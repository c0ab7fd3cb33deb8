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
import { PromptMemory } from './memory';
import { VERSION } from './release';
import { restorePrompts } from './restore';
import { followSettings } from './settings';
import { addStyles } from './styles';
import { checkVersion } from './version';

const prompts: JupyterFrontEndPlugin<void> = {
  id: 'attio-nb:prompts',
  description: 'Asks for a connection in the cell that needs it.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ISettingRegistry, ITranslator],
  activate: async (
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
    restorePrompts(desk);
    await registerWidget(app, desk);
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

/**
 * Let ipywidgets draw prompts, where ipywidgets is there.
 *
 * Its package is shared at run time, and to import it at the top would keep all
 * of this extension from loading in a JupyterLab without it.
 */
async function registerWidget(
  app: JupyterFrontEnd,
  desk: PromptDesk
): Promise<void> {
  const base = await import('@jupyter-widgets/base').catch(() => null);
  if (!base) {
    return;
  }
  const registry = await app.resolveOptionalService(
    base.IJupyterWidgetRegistry
  );
  registry?.registerWidget({
    name: 'attio-nb',
    version: VERSION,
    // Loaded now, so that the first prompt need not wait for it.
    exports: import('./prompt').then(({ PromptModel, promptView }) => ({
      PromptModel,
      PromptView: promptView(desk)
    }))
  });
}

// Before any plugin draws, whichever of them is switched off.
addStyles(document);

export default [prompts, connections, version];
