/**
 * Prompts drawn below the cells that ask.
 *
 * A kernel tells all its pages, over messages that belong to no cell, that there
 * is news; each page then asks over the control channel, which answers while a
 * cell waits. So a page that was loaded or opened later, and one of somebody
 * else who has the same notebook open, draw a prompt just like the first one.
 */
import type { Cell } from '@jupyterlab/cells';
import { CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel, KernelMessage } from '@jupyterlab/services';

import { askOver } from './control';
import type { PromptDesk } from './desk';
import { DrawnPrompt } from './drawn';
import { PromptListing } from './listing';
import { notebooksOf } from './notebooks';
import type { IListedPrompt } from './protocol';
import { isOver } from './protocol';
import { announce } from './ready';

/** What a kernel sends when there is news, and now and then while a cell waits. */
const CHANGED = 'attio_changed';
const WAITING = 'attio_waiting';

/** Draws, in each notebook, the prompts that its kernel asks. */
export function drawPrompts(desk: PromptDesk): void {
  const watch = (panel: NotebookPanel) => {
    const { sessionContext } = panel;
    let prompts: CellPrompts | null = null;
    const follow = () => {
      prompts?.stop();
      const kernel = sessionContext.session?.kernel;
      prompts = kernel ? new CellPrompts(desk, panel, kernel) : null;
    };
    sessionContext.kernelChanged.connect(follow);
    panel.disposed.connect(() => prompts?.stop());
    follow();
  };
  desk.tracker.forEach(watch);
  desk.tracker.widgetAdded.connect((_, panel) => watch(panel));
}

/** The prompts of one notebook on one kernel. */
class CellPrompts {
  private readonly drawn = new Map<string, DrawnPrompt>();
  private readonly listing: PromptListing;

  constructor(
    private readonly desk: PromptDesk,
    private readonly panel: NotebookPanel,
    private readonly kernel: Kernel.IKernelConnection
  ) {
    this.listing = new PromptListing(askOver(kernel), {
      known: () => this.known,
      found: prompt => this.show(prompt),
      unknown: promptId => this.lose(promptId)
    });
    const { sessionContext } = panel;
    sessionContext.iopubMessage.connect(this.onMessage, this);
    sessionContext.connectionStatusChanged.connect(this.onConnection, this);
    // Nothing is sent to a kernel that may know nothing of prompts.
    if (this.known.length > 0) {
      this.listing.look();
    }
  }

  /** To be called when the notebook has another kernel, or is closed. */
  stop(): void {
    const { sessionContext } = this.panel;
    this.listing.stop();
    sessionContext.iopubMessage.disconnect(this.onMessage, this);
    sessionContext.connectionStatusChanged.disconnect(this.onConnection, this);
  }

  /** The prompts that may be asked yet: drawn here, or before the page was loaded. */
  private get known(): string[] {
    const asking = [...this.drawn.values()].filter(each => !each.isOver);
    return [
      ...new Set([
        ...asking.map(({ promptId }) => promptId),
        ...Object.keys(this.desk.memory.of(this.kernel.id))
      ])
    ];
  }

  private onMessage(_: unknown, message: KernelMessage.IMessage): void {
    const type = message.header.msg_type as string;
    const { loaded } = message.content as { loaded?: boolean };
    if (type === CHANGED && loaded === false) {
      this.drawn.forEach(each => each.end(this.desk.words.unloaded));
    } else if (type === CHANGED || (type === WAITING && !this.isAsking)) {
      this.listing.look();
    }
  }

  /** What the kernel sent while it could not be reached is lost. */
  private onConnection(_: unknown, status: Kernel.ConnectionStatus): void {
    if (status === 'connected' && this.known.length > 0) {
      this.listing.look();
    }
  }

  private get isAsking(): boolean {
    return [...this.drawn.values()].some(each => !each.isOver);
  }

  private show(prompt: IListedPrompt): void {
    const drawn = this.drawn.get(prompt.prompt_id);
    if (drawn) {
      drawn.update(prompt);
    } else if (isOver(prompt.state)) {
      this.desk.memory.forget(this.kernel.id, prompt.prompt_id);
    } else {
      this.draw(prompt);
    }
  }

  private draw(prompt: IListedPrompt): void {
    const cell = this.cellFor(prompt);
    if (!cell) {
      return;
    }
    this.drawn.forEach(each => each.makeRoom(cell));
    const { desk, kernel, panel } = this;
    const shared = panel.context.model.collaborative === true;
    const aside = shared || isRouted(cell) ? '' : desk.words.outputLost;
    const open = desk.open(prompt, kernel, aside);
    const drawn = new DrawnPrompt(prompt, cell, open, shared);
    this.drawn.set(prompt.prompt_id, drawn);
    drawn.disposed.connect(() => this.forget(prompt.prompt_id, drawn));
    void desk.settle(panel, cell, open, kernel.id);
    void announce(
      open.conversation,
      askOver(kernel),
      desk.settings(),
      desk.words
    );
  }

  /** The cell has gone: it was run again, or moved, and then it stands elsewhere anew. */
  private forget(promptId: string, drawn: DrawnPrompt): void {
    if (this.drawn.get(promptId) === drawn) {
      this.drawn.delete(promptId);
      if (!drawn.isOver && !this.panel.isDisposed) {
        this.listing.look();
      }
    }
  }

  /**
   * The prompt's cell in this notebook.
   *
   * The last one stands in for a cell that no notebook has any more, as one that
   * was not saved before the page was loaded again.
   */
  private cellFor(prompt: IListedPrompt): Cell | undefined {
    const isTheirs = ({ model }: Cell) => model.id === prompt.cell_id;
    const { memory, tracker } = this.desk;
    const cells = this.panel.content.widgets;
    // Another notebook on the same kernel may have it.
    const others = notebooksOf(tracker, this.kernel.id);
    const isLost =
      (prompt.prompt_id in memory.of(this.kernel.id) ||
        (prompt.unseen && prompt.cell_id !== '')) &&
      !others.some(({ content }) => content.widgets.some(isTheirs));
    return (
      cells.find(isTheirs) ?? (isLost ? cells[cells.length - 1] : undefined)
    );
  }

  private lose(promptId: string): void {
    this.drawn.get(promptId)?.end('');
    this.desk.memory.forget(this.kernel.id, promptId);
  }
}

/** Whether what a cell prints comes to this page: it was run from here. */
function isRouted(cell: Cell): boolean {
  const future = cell instanceof CodeCell ? cell.outputArea.future : undefined;
  return future?.isDisposed === false;
}
