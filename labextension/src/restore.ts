/**
 * Prompts drawn again after the page was loaded again.
 *
 * A kernel that is waiting tells a new page nothing about its widgets, since
 * that would go over the channel that waits. The control channel still answers.
 */
import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import type { PanelLayout } from '@lumino/widgets';
import { Widget } from '@lumino/widgets';

import { askOver } from './control';
import type { IOpenPrompt, PromptDesk } from './desk';
import { markOwn } from './mark';
import { notebooksOf } from './notebooks';
import { Poll } from './poll';
import type { IListedPrompt } from './protocol';
import { isOver } from './protocol';

/** How long a widget may take to show a prompt itself, in milliseconds. */
const GRACE = 1000;

/** Redraws, in each notebook, the prompts that its kernel still asks. */
export function restorePrompts(desk: PromptDesk): void {
  const watch = (panel: NotebookPanel) => {
    const { sessionContext } = panel;
    let restorer: Restorer | null = null;
    const look = () => {
      restorer?.dispose();
      const kernel = sessionContext.session?.kernel;
      restorer = kernel ? new Restorer(desk, panel, kernel) : null;
    };
    sessionContext.kernelChanged.connect(look);
    panel.disposed.connect(() => restorer?.dispose());
    look();
  };
  desk.tracker.forEach(watch);
  desk.tracker.widgetAdded.connect((_, panel) => watch(panel));
}

/** The redrawn prompts of one notebook on one kernel. */
class Restorer {
  private readonly drawn = new Map<string, RestoredPrompt>();
  private readonly poll: Poll;

  constructor(
    private readonly desk: PromptDesk,
    private readonly panel: NotebookPanel,
    private readonly kernel: Kernel.IKernelConnection
  ) {
    const remembered = Object.keys(desk.memory.of(kernel.id));
    this.poll = new Poll(askOver(kernel), remembered, {
      wanted: promptId =>
        !desk.hasView(promptId) && promptId in desk.memory.of(kernel.id),
      found: prompt => this.show(prompt),
      unknown: promptId => this.lose(promptId)
    });
    desk.drawn.connect(this.onDrawn, this);
    this.poll.start(GRACE);
  }

  dispose(): void {
    this.poll.stop();
    this.desk.drawn.disconnect(this.onDrawn, this);
    this.drawn.forEach(restored => restored.dispose());
  }

  private show(prompt: IListedPrompt): void {
    const restored = this.drawn.get(prompt.prompt_id);
    if (restored) {
      restored.open.conversation.update(prompt);
    } else if (isOver(prompt.state)) {
      this.desk.memory.forget(this.kernel.id, prompt.prompt_id);
    } else {
      this.draw(prompt);
    }
  }

  private draw(prompt: IListedPrompt): void {
    const cell = this.cellFor(prompt.cell_id);
    if (cell) {
      const { trans } = this.desk.words;
      const lost = trans.__(
        'The cell goes on, but what it prints is lost to this page, which was loaded again while the cell ran.'
      );
      const open = this.desk.open(prompt, this.kernel, lost);
      this.drawn.set(prompt.prompt_id, new RestoredPrompt(cell, open));
      open.drawn();
      open.conversation.begin();
    }
  }

  /** The prompt's cell; the last one where an unsaved cell was lost. */
  private cellFor(cellId: string): Cell | undefined {
    const isTheirs = ({ model }: Cell) => model.id === cellId;
    const { tracker } = this.desk;
    // Another notebook on the same kernel may have it.
    const others = notebooksOf(tracker, this.kernel.id);
    const cells = this.panel.content.widgets;
    const isLost = !others.some(({ content }) =>
      content.widgets.some(isTheirs)
    );
    return (
      cells.find(isTheirs) ?? (isLost ? cells[cells.length - 1] : undefined)
    );
  }

  private lose(promptId: string): void {
    this.drawn.get(promptId)?.open.conversation.end('');
    this.desk.memory.forget(this.kernel.id, promptId);
  }

  private onDrawn(_: PromptDesk, promptId: string): void {
    this.drawn.get(promptId)?.dispose();
    this.drawn.delete(promptId);
  }
}

/** A form under a cell, which the notebook's file knows nothing of. */
class RestoredPrompt {
  private readonly widget: Widget;

  constructor(
    private readonly cell: Cell,
    readonly open: IOpenPrompt
  ) {
    this.widget = new Widget();
    this.widget.addClass('jp-AttioPrompt-restored');
    markOwn(this.widget.node);
    this.widget.node.append(open.form.node);
    (cell.layout as PanelLayout).addWidget(this.widget);
    NotebookActions.executionScheduled.connect(this.onRun, this);
  }

  dispose(): void {
    NotebookActions.executionScheduled.disconnect(this.onRun, this);
    this.open.dispose();
    this.widget.dispose();
  }

  /** A cell that is run anew has nothing to do with the old prompt. */
  private onRun(_: unknown, { cell }: { cell: Cell }): void {
    if (cell === this.cell) {
      this.dispose();
    }
  }
}
