/** What a page says of a prompt by itself, where the kernel does not say it. */
import type { Kernel } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IPrompt, PromptState } from './protocol';
import type { Rerun } from './rerun';

/** Where a prompt stands: what to do when it is over depends on it. */
export type Place = 'cell' | 'panel';

/** How a kernel can come to its end, as far as a prompt goes. */
export type KernelEnd = 'restarted' | 'stopped' | 'shut-down';

/** What each status of a kernel that has come to its end says of how. */
export const ENDS: Partial<Record<Kernel.Status, KernelEnd>> = {
  restarting: 'restarted',
  autorestarting: 'restarted',
  dead: 'stopped',
  terminating: 'shut-down'
};

/** The sentences of a prompt in one place, in one language. */
export class Words {
  constructor(
    readonly trans: TranslationBundle,
    readonly place: Place
  ) {}

  /** The sentence to show: the kernel's own, or a plain one for the state. */
  outcome({ state, message }: Pick<IPrompt, 'state' | 'message'>): string {
    return message || this.plain(state);
  }

  /** Said where no reply comes. */
  get noReply(): string {
    const { trans } = this;
    return this.place === 'cell'
      ? trans.__('The kernel did not reply. Try again, or restart the kernel.')
      : trans.__('No reply came. Try again.');
  }

  /** Said where the browser could not encrypt what was typed. */
  get notSealed(): string {
    const { trans } = this;
    return this.place === 'cell'
      ? trans.__('The value could not be encrypted. Run the cell again.')
      : trans.__('The value could not be encrypted. Connect again.');
  }

  /** Said of a prompt that the kernel does not know. */
  get unknown(): string {
    return this.again(
      this.trans.__('The kernel does not know this prompt.'),
      true
    );
  }

  /** Said where the page may not encrypt, and nothing else can be done here. */
  get elsewhere(): string {
    const { trans } = this;
    return this.place === 'cell'
      ? trans.__('Open JupyterLab that way and run the cell again.')
      : trans.__('Open JupyterLab that way and connect again.');
  }

  /** Said of a prompt whose kernel has unloaded attio_nb. */
  get unloaded(): string {
    return this.trans.__(
      'attio_nb was unloaded. Load it, then run the cell again.'
    );
  }

  /** Said, beside that it is connected, where the cell was not run from this page. */
  get outputLost(): string {
    return this.trans.__(
      'The cell goes on, but what it prints is lost to this page, which was loaded again while the cell ran.'
    );
  }

  /** Said of a prompt whose kernel cannot be answered any more. */
  ended(how: KernelEnd): string {
    const { trans } = this;
    const why = {
      restarted: trans.__('This prompt is over: the kernel was restarted.'),
      stopped: trans.__('This prompt is over: the kernel has stopped.'),
      'shut-down': trans.__('This prompt is over: the kernel was shut down.')
    };
    return this.again(why[how], true);
  }

  /** Said, beside that it is connected, of a cell that ended for want of it. */
  rerun(result: Rerun): string {
    const { trans } = this;
    switch (result) {
      case 'edited':
        return trans.__('The cell was edited: run it again yourself.');
      case 'missing':
        return trans.__('The cell is not open here: run it again yourself.');
      case 'unwanted':
        return trans.__('Run the cell again.');
      default:
        return '';
    }
  }

  private plain(state: PromptState): string {
    const { trans } = this;
    switch (state) {
      case 'asking':
        return '';
      case 'saving':
        return trans.__('Saving…');
      case 'connected':
        return trans.__('Connected.');
      case 'cancelled':
        return this.again(trans.__('Cancelled.'), false);
      case 'timed-out':
        return this.again(trans.__('Nobody answered in time.'), true);
      case 'interrupted':
        return this.again(trans.__('Interrupted.'), true);
      case 'over':
        return this.again(trans.__('This prompt is over.'), true);
    }
  }

  /** Add how to be asked again; in a panel, only who did not end it needs that. */
  private again(sentence: string, inPanel: boolean): string {
    const { trans } = this;
    if (this.place === 'cell') {
      return `${sentence} ${trans.__('Run the cell again to be asked again.')}`;
    }
    return inPanel ? `${sentence} ${trans.__('Connect again.')}` : sentence;
  }
}
