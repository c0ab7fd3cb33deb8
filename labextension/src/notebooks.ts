/** Finding and running cells in the notebooks that are open. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';

import type { IFoundCell } from './rerun';

/** The notebooks that run on a kernel. */
export function notebooksOf(
  tracker: INotebookTracker,
  kernelId: string
): NotebookPanel[] {
  return tracker.filter(
    panel => panel.sessionContext.session?.kernel?.id === kernelId
  );
}

/** A cell of a notebook on a kernel, ready to be run again. */
export function findCell(
  tracker: INotebookTracker,
  kernelId: string,
  cellId: string
): IFoundCell | null {
  for (const panel of notebooksOf(tracker, kernelId)) {
    const cell = panel.content.widgets.find(({ model }) => model.id === cellId);
    if (cell) {
      return {
        source: cell.model.sharedModel.getSource(),
        run: () =>
          void NotebookActions.runCells(
            panel.content,
            [cell],
            panel.sessionContext
          )
      };
    }
  }
  return null;
}

/**
 * Whether a prompt may take the focus from where it is now.
 *
 * Only in the notebook in front, and never from someone who is typing: the next
 * keys would land in the prompt. A new cell, still empty, is no one's typing.
 */
export function mayTakeFocus(
  panel: NotebookPanel,
  tracker: INotebookTracker,
  active = document.activeElement
): boolean {
  if (tracker.currentWidget !== panel || !panel.isVisible) {
    return false;
  }
  if (active === null || active === document.body) {
    return true;
  }
  if (!panel.node.contains(active) || active.closest('.jp-AttioPrompt-card')) {
    return false;
  }
  const editor = active.closest('.cm-content');
  return !editor?.textContent && !(active instanceof HTMLInputElement);
}
