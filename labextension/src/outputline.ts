/**
 * The line of plain text that stands in a cell's output for a prompt.
 *
 * It is what the notebook's file keeps, and what a page shows that does not draw
 * the prompt. Where the form is drawn below the output, it says the same, so
 * that the line is hidden.
 */
import type { CodeCell } from '@jupyterlab/cells';

/** How long another page of a shared notebook may take to replace the line, in milliseconds. */
const OTHERS = 1000;

/** The outputs of a cell, as they are in the notebook. */
export type Outputs = Pick<
  CodeCell['outputArea']['model'],
  'length' | 'get' | 'set' | 'changed' | 'isDisposed'
>;

/** The same with the elements that show them. */
export interface IOutputs {
  readonly model: Outputs;
  readonly widgets: readonly { hide(): void }[];
}

const PLAIN = 'text/plain';

/** The line of one prompt in the output of its cell. */
export class OutputLine {
  private lines = new Set<string>();
  private hidden: number | null = null;

  /**
   * @param area - the output of the cell
   * @param shared - whether other pages may write into the same notebook
   */
  constructor(
    private readonly area: IOutputs,
    private readonly shared: boolean
  ) {
    area.model.changed.connect(this.hide, this);
  }

  /** Note what the kernel has put there. */
  expect(line: string): void {
    this.lines.add(line);
    this.hide();
  }

  /**
   * Put the outcome in place of a line that the kernel could not replace.
   *
   * It is no longer there, or nobody brings its messages to this output.
   */
  end(outcome: string): void {
    const stale = [...this.lines].filter(line => line !== outcome);
    this.lines.add(outcome);
    // Where two pages replaced it at the same time, it would be there twice.
    const pause = this.shared ? OTHERS * (1 + 3 * Math.random()) : 0;
    setTimeout(() => replaceLine(this.area.model, stale, outcome), pause);
  }

  dispose(): void {
    if (!this.area.model.isDisposed) {
      this.area.model.changed.disconnect(this.hide, this);
    }
  }

  private hide(): void {
    const { model, widgets } = this.area;
    const index = find(model, text => this.lines.has(text));
    if (index >= 0) {
      this.hidden = index;
    } else if (this.hidden === null || !isLine(model, this.hidden)) {
      // The outcome stands there before this page is told of it.
      this.hidden = null;
    }
    if (this.hidden !== null) {
      widgets[this.hidden]?.hide();
    }
  }
}

/** Replace the line that is one of these, if any. */
function replaceLine(model: Outputs, lines: string[], line: string): void {
  if (model.isDisposed) {
    return;
  }
  const index = find(model, text => lines.includes(text));
  if (index >= 0) {
    model.set(index, {
      output_type: 'display_data',
      data: { [PLAIN]: line },
      metadata: {}
    });
  }
}

/** The index of the last line that is wanted, or -1. */
function find(model: Outputs, wanted: (text: string) => boolean): number {
  for (let index = model.length - 1; index >= 0; index -= 1) {
    if (isLine(model, index) && wanted(textOf(model, index))) {
      return index;
    }
  }
  return -1;
}

function isLine(model: Outputs, index: number): boolean {
  const output = model.get(index);
  return (
    output?.type === 'display_data' && Object.keys(output.data).join() === PLAIN
  );
}

function textOf(model: Outputs, index: number): string {
  const text = model.get(index).data[PLAIN];
  return Array.isArray(text) ? text.join('') : String(text);
}
