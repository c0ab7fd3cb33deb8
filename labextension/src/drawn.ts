/** One prompt that is drawn below a cell. The notebook's file knows nothing of it. */
import type { Cell } from '@jupyterlab/cells';
import { CodeCell } from '@jupyterlab/cells';
import { NotebookActions } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import type { PanelLayout } from '@lumino/widgets';
import { Widget } from '@lumino/widgets';

import type { IOpenPrompt } from './desk';
import { markOwn } from './mark';
import { OutputLine } from './outputline';
import type { IListedPrompt } from './protocol';
import { isOver } from './protocol';

export class DrawnPrompt {
  /** Emitted once it has left the page. */
  readonly disposed = new Signal<this, void>(this);
  readonly promptId: string;
  private readonly widget = new Widget();
  private readonly line: OutputLine | null = null;
  private told = '';

  /**
   * @param shared - whether other pages may write into the same notebook
   */
  constructor(
    prompt: IListedPrompt,
    private readonly cell: Cell,
    private readonly open: IOpenPrompt,
    shared: boolean
  ) {
    this.promptId = prompt.prompt_id;
    this.widget.addClass('jp-AttioPrompt-below');
    markOwn(this.widget.node);
    this.widget.node.append(open.form.node);
    this.attach();
    if (cell instanceof CodeCell) {
      this.line = new OutputLine(cell.outputArea, shared);
      this.line.expect(prompt.output_line);
    }
    open.ended.connect(this.onEnd, this);
    cell.disposed.connect(this.dispose, this);
    NotebookActions.executionScheduled.connect(this.onRun, this);
    NotebookActions.outputCleared.connect(this.onCleared, this);
  }

  get isOver(): boolean {
    return isOver(this.open.conversation.prompt.state);
  }

  update(prompt: IListedPrompt): void {
    this.line?.expect(prompt.output_line);
    this.told = isOver(prompt.state) ? prompt.output_line : '';
    this.open.conversation.update(prompt);
  }

  /** End the prompt from this side, for the reason that the sentence gives. */
  end(message: string): void {
    this.open.conversation.end(message);
  }

  /** Leave the page where another prompt comes to the same cell and this one is over. */
  makeRoom(cell: Cell): void {
    if (cell === this.cell && this.isOver) {
      this.dispose();
    }
  }

  dispose(): void {
    if (this.widget.isDisposed) {
      return;
    }
    this.open.ended.disconnect(this.onEnd, this);
    this.cell.disposed.disconnect(this.dispose, this);
    NotebookActions.executionScheduled.disconnect(this.onRun, this);
    NotebookActions.outputCleared.disconnect(this.onCleared, this);
    this.line?.dispose();
    this.open.dispose();
    this.widget.dispose();
    this.disposed.emit();
    Signal.clearData(this);
  }

  private attach(): void {
    const { cell, widget } = this;
    if (cell.isPlaceholder()) {
      // One that was never in sight has nothing in it yet.
      void cell.ready.then(() => this.attach());
    } else if (!widget.isDisposed && !cell.isDisposed) {
      (cell.layout as PanelLayout).addWidget(widget);
    }
  }

  private onEnd(_: unknown, outcome: string): void {
    this.line?.end(this.told || outcome);
  }

  /** A cell that is run anew has nothing to do with the old prompt. */
  private onRun(_: unknown, { cell }: { cell: Cell }): void {
    if (cell === this.cell) {
      this.dispose();
    }
  }

  /** What is over is an output like any other. */
  private onCleared(_: unknown, { cell }: { cell: Cell }): void {
    if (cell === this.cell && this.isOver) {
      this.dispose();
    }
  }
}
