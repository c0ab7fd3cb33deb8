/** Where conversations are opened: what a page knows about its prompts. */
import type { Cell } from '@jupyterlab/cells';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { nullTranslator } from '@jupyterlab/translation';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { askOver } from './control';
import { Conversation } from './conversation';
import { PromptForm } from './form';
import type { PromptMemory } from './memory';
import { findCell, mayTakeFocus } from './notebooks';
import type { IPrompt } from './protocol';
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
  /** Emitted, with what came of it, once it can no longer be answered. */
  ended: ISignal<unknown, string>;
  /** To be called when the form leaves the page. */
  dispose(): void;
}

/** Opens prompts, and brings the person to them. */
export class PromptDesk {
  /** What is said of prompts in cells. */
  readonly words: Words;

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
    const ended = new Signal<unknown, string>(form);
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
        ended.emit(words.outcome(conversation.prompt));
      }
    });
    return {
      form,
      conversation,
      ended,
      dispose: () => {
        watch.dispose();
        conversation.dispose();
        form.dispose();
      }
    };
  }

  /** Keep a prompt in mind for a reload, and bring the person to it. */
  async settle(
    panel: NotebookPanel,
    cell: Cell,
    { form, conversation }: IOpenPrompt,
    kernelId: string
  ): Promise<void> {
    const { prompt_id } = conversation.prompt;
    this.memory.remember(kernelId, prompt_id, cell.model.id);
    if (!mayTakeFocus(panel, this.tracker)) {
      return;
    }
    if (!form.node.isConnected) {
      // A long notebook has only the cells that are in sight in the page.
      await panel.content.scrollToCell(cell);
      await cell.ready;
    }
    form.takeFocus();
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
