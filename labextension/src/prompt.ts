/** The prompt as an ipywidgets widget, in the output of the cell that waits. */
import { DOMWidgetModel, DOMWidgetView } from '@jupyter-widgets/base';
import type { Kernel } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';

import type { IOpenPrompt, PromptDesk } from './desk';
import { markOwn } from './mark';
import type { IPrompt } from './protocol';
import { EMPTY_PROMPT, isOver } from './protocol';
import { announce } from './ready';
import { askOver } from './control';
import { VERSION } from './release';
import { PromptForm } from './form';

const MODULE = 'attio-nb';

/** The traits that are news; a message comes with one of them. */
const CHANGES =
  'change:state change:client_secret change:client_secret_stored change:choices change:revision';

/** What the kernel's PromptWidget shows of itself. */
export class PromptModel extends DOMWidgetModel {
  override defaults(): Record<string, unknown> {
    return {
      ...super.defaults(),
      ...EMPTY_PROMPT,
      _model_module: MODULE,
      _model_module_version: VERSION,
      _model_name: 'PromptModel',
      _view_module: MODULE,
      _view_module_version: VERSION,
      _view_name: 'PromptView'
    };
  }

  /** What a notebook keeps, where it keeps widgets: no message, since it may name an account. */
  override get_state(drop_defaults?: boolean): JSONObject {
    return { ...super.get_state(drop_defaults), message: '' };
  }

  /** The traits as they are now. */
  get prompt(): IPrompt {
    const names = Object.keys(EMPTY_PROMPT) as (keyof IPrompt)[];
    return Object.fromEntries(
      names.map(name => [name, this.get(name)])
    ) as unknown as IPrompt;
  }

  /** The kernel to answer, or null for a prompt from a saved notebook. */
  get kernel(): Kernel.IKernelConnection | null {
    const manager = this.widget_manager as unknown as {
      kernel?: Kernel.IKernelConnection | null;
    };
    return this.comm_live ? (manager.kernel ?? null) : null;
  }
}

/**
 * Make the view class, which ipywidgets instantiates itself.
 *
 * @param desk - where the prompts of this page are opened
 */
export function promptView(desk: PromptDesk): typeof DOMWidgetView {
  return class PromptView extends DOMWidgetView {
    declare model: PromptModel;
    private open: IOpenPrompt | null = null;

    override render(): void {
      super.render();
      markOwn(this.el);
      const { kernel, prompt } = this.model;
      if (kernel === null) {
        this.drawOver(prompt);
      } else {
        this.drawLive(prompt, kernel);
      }
    }

    override remove(): unknown {
      desk.removeView(this.model.prompt.prompt_id);
      this.open?.dispose();
      return super.remove();
    }

    private drawLive(prompt: IPrompt, kernel: Kernel.IKernelConnection): void {
      const open = (this.open = desk.open(prompt, kernel));
      this.el.append(open.form.node);
      desk.addView(prompt.prompt_id);
      // The kernel sets the message first: alone it would show as a complaint.
      this.listenTo(this.model, CHANGES, () => {
        open.conversation.update(this.model.prompt);
      });
      void this.displayed.then(() => open.drawn());
      if (!isOver(prompt.state)) {
        const { words } = desk;
        const ask = askOver(kernel);
        void announce(open.conversation, ask, desk.settings(), words);
      }
    }

    private drawOver(prompt: IPrompt): void {
      const ended: IPrompt = isOver(prompt.state)
        ? prompt
        : { ...prompt, state: 'over', message: '' };
      this.el.append(new PromptForm(ended, false, desk.words).node);
    }
  };
}
