/** A prompt that stands in a panel: the same form as in a cell, drawn by React. */
import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Conversation } from './conversation';
import { PromptForm } from './form';
import type { Ask } from './protocol';
import { canSeal, seal } from './seal';
import { waysBack } from './server';
import type { IOpenedPrompt } from './tokens';
import { Words } from './words';

export interface IOpenedPromptProps {
  opened: IOpenedPrompt;
  trans: TranslationBundle;
  /** The Jupyter server of the page. */
  server?: ServerConnection.ISettings;
}

/** What is typed stays as long as the prompt is the same one. */
export function OpenedPrompt(props: IOpenedPromptProps): JSX.Element {
  const { prompt } = props.opened;
  const place = React.useRef<HTMLDivElement>(null);
  const conversation = React.useRef<Conversation | null>(null);
  const latest = React.useRef(props);
  latest.current = props;

  React.useLayoutEffect(() => {
    // A kernel that has come or gone meanwhile changes who is asked.
    const ask = ((type, content) =>
      latest.current.opened.ask(type, content)) as Ask;
    const form = new PromptForm(
      prompt,
      canSeal(),
      new Words(props.trans, 'panel')
    );
    const talk = converse(form, ask, props.server);
    place.current?.append(form.node);
    conversation.current = talk;
    if (!isTyping(document.activeElement)) {
      form.takeFocus();
    }
    talk.begin();
    return () => {
      conversation.current = null;
      talk.dispose();
      form.dispose();
      form.node.remove();
    };
  }, [prompt.prompt_id]);

  React.useLayoutEffect(() => {
    conversation.current?.update(prompt);
  }, [prompt]);

  return <div className="jp-AttioConnections-prompt" ref={place} />;
}

function converse(
  form: PromptForm,
  ask: Ask,
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
