/** A prompt that stands in a panel: the same form as in a cell, drawn by React. */
import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Conversation } from './conversation';
import { PromptForm } from './form';
import { canSeal, seal } from './seal';
import { waysBack } from './server';
import type { IOpenedPrompt } from './tokens';
import { Words } from './words';

/**
 * The forms of the prompts that are open.
 *
 * While another notebook is in front, or another member acts, a form is in no
 * page; what was typed into it is there again when it comes back.
 */
export type Forms = WeakMap<AbortSignal, IForm>;

interface IForm {
  form: PromptForm;
  talk: Conversation;
}

export interface IOpenedPromptProps {
  opened: IOpenedPrompt;
  forms: Forms;
  trans: TranslationBundle;
  /** The Jupyter server of the page. */
  server?: ServerConnection.ISettings;
}

/** What is typed stays as long as the prompt is open. */
export function OpenedPrompt(props: IOpenedPromptProps): JSX.Element {
  const { forms } = props;
  const { prompt, closed } = props.opened;
  const place = React.useRef<HTMLDivElement>(null);

  React.useLayoutEffect(() => {
    const isNew = !forms.has(closed);
    const { form, talk } = forms.get(closed) ?? make(props);
    place.current?.append(form.node);
    if (isNew && !isTyping(document.activeElement)) {
      form.takeFocus();
    }
    talk.begin();
    return () => {
      talk.rest();
      form.node.remove();
    };
  }, [closed]);

  React.useLayoutEffect(() => {
    forms.get(closed)?.talk.update(prompt);
  }, [prompt]);

  return <div className="jp-AttioConnections-prompt" ref={place} />;
}

/** Make the form of a prompt, which is there until the prompt is closed. */
function make({ opened, forms, trans, server }: IOpenedPromptProps): IForm {
  const { prompt, ask, closed } = opened;
  const form = new PromptForm(prompt, canSeal(), new Words(trans, 'panel'));
  const talk = converse(form, ask, server);
  forms.set(closed, { form, talk });
  const end = () => {
    forms.delete(closed);
    talk.dispose();
    form.dispose();
  };
  closed.addEventListener('abort', end, { once: true });
  return { form, talk };
}

function converse(
  form: PromptForm,
  ask: IOpenedPrompt['ask'],
  server = ServerConnection.makeSettings()
): Conversation {
  return new Conversation(form.prompt, form, {
    ask,
    seal,
    words: form.words,
    ways: waysBack(server),
    // No cell belongs to it; those below which a prompt stands hear of it there.
    rerun: async () => 'none',
    aside: '',
    ended: () => undefined
  });
}

/** Whether the next keys of a person would land in a prompt by mistake. */
function isTyping(active: Element | null): boolean {
  return (
    active instanceof HTMLInputElement ||
    active instanceof HTMLTextAreaElement ||
    !!active?.closest('.cm-content')?.textContent
  );
}
