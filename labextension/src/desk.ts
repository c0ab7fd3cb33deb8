/** Where conversations are opened: what a page knows about its prompts. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { askOver } from './control';
import { Conversation } from './conversation';
import { PromptForm } from './form';
import type { PromptMemory } from './memory';
import { cellAround, findCell, mayTakeFocus, notebooksOf } from './notebooks';
import type { IPrompt } from './protocol';
import { isOver } from './protocol';
import { rerun } from './rerun';
import { canSeal, seal } from './seal';
import { waysBack } from './server';
import type { IAskingSettings } from './settings';
import type { KernelEnd } from './words';
import { ENDS, Words } from './words';

/** A form with what it says to its kernel. */
export interface IOpenPrompt {
  form: PromptForm;
  conversation: Conversation;
  /** To be called when the form stands in the page. */
  drawn(): void;
  /** To be called when the form leaves the page. */
  dispose(): void;
}

/** Opens prompts, and knows which of them stand in a cell's output. */
export class PromptDesk {
  /** Emitted with a prompt's id when it was drawn in a cell's output. */
  readonly drawn = new Signal<this, string>(this);
  /** What is said of prompts in cells. */
  readonly words: Words;
  private readonly views = new Set<string>();

  /**
   * @param settings - says what the person wishes now
   * @param trans - the language of the page
   */
  constructor(
    readonly tracker: INotebookTracker,
    readonly memory: PromptMemory,
    readonly settings: () => IAskingSettings,
    trans: TranslationBundle = nullTranslator.load('attio_nb')
  ) {
    this.words = new Words(trans, 'cell');
  }

  /** Whether a widget shows this prompt, so that it need not be drawn again. */
  hasView(promptId: string): boolean {
    return this.views.has(promptId);
  }

  /** Note that a widget shows this prompt. */
  addView(promptId: string): void {
    this.views.add(promptId);
    this.drawn.emit(promptId);
  }

  /** Note that the widget has left the page. */
  removeView(promptId: string): void {
    this.views.delete(promptId);
  }

  /**
   * Draw a prompt of a kernel, and connect what the person does to it.
   *
   * @param aside - what to add, once connected, for a cell that goes on
   */
  open(
    prompt: IPrompt,
    kernel: Kernel.IKernelConnection,
    aside = ''
  ): IOpenPrompt {
    const { words } = this;
    const form = new PromptForm(prompt, canSeal(), words);
    const ask = askOver(kernel);
    const find = findCell.bind(null, this.tracker, kernel.id);
    const watch = new KernelWatch(kernel, how =>
      conversation.end(words.ended(how))
    );
    const conversation = new Conversation(prompt, form, {
      ask,
      seal,
      aside,
      ways: waysBack(kernel.serverSettings),
      rerun: promptId => rerun(ask, promptId, find, this.settings().rerun),
      words,
      ended: () => {
        this.memory.forget(kernel.id, prompt.prompt_id);
        watch.dispose();
      }
    });
    return {
      form,
      conversation,
      drawn: () => this.settle(form, conversation.prompt, kernel.id),
      dispose: () => {
        watch.dispose();
        conversation.dispose();
        form.dispose();
      }
    };
  }

  /** Keep the prompt in mind for a reload, and bring the person to it. */
  private settle(form: PromptForm, prompt: IPrompt, kernelId: string): void {
    const panel = this.panelAround(form.node, kernelId);
    if (!panel || isOver(prompt.state)) {
      return;
    }
    const cell = cellAround(panel, form.node);
    this.memory.remember(kernelId, prompt.prompt_id, cell?.model.id ?? '');
    if (mayTakeFocus(panel, this.tracker)) {
      form.takeFocus();
    }
  }

  private panelAround(
    node: HTMLElement,
    kernelId: string
  ): NotebookPanel | undefined {
    return notebooksOf(this.tracker, kernelId).find(panel =>
      panel.node.contains(node)
    );
  }
}

/** Says, once, that a kernel can no longer be answered. */
class KernelWatch {
  constructor(
    private readonly kernel: Kernel.IKernelConnection,
    private readonly onEnd: (how: KernelEnd) => void
  ) {
    kernel.statusChanged.connect(this.onStatus, this);
    kernel.disposed.connect(this.onDisposed, this);
  }

  dispose(): void {
    this.kernel.statusChanged.disconnect(this.onStatus, this);
    this.kernel.disposed.disconnect(this.onDisposed, this);
  }

  private onStatus(_: unknown, status: Kernel.Status): void {
    const how = ENDS[status];
    if (how) {
      this.onEnd(how);
    }
  }

  private onDisposed(): void {
    this.onEnd('shut-down');
  }
}
