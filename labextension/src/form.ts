/** The prompt as a person sees it. It knows nothing of kernels. */
import { button, element, externalLink } from './dom';
import { SecretField, TextField, typeChoice } from './fields';
import { doneIcon, endedIcon, keyIcon } from './icons';
import type { IAnswer, IPrompt } from './protocol';
import { isOver, outcome } from './protocol';

/** What the form does when the person acts. */
export interface IFormActions {
  connect(answer: IAnswer): void;
  cancel(): void;
  typeInKernel(): void;
}

const NOTHING: IFormActions = {
  connect: () => undefined,
  cancel: () => undefined,
  typeInKernel: () => undefined
};

const SAVING = 'Saving…';

const CANNOT_SEAL =
  'The browser encrypts only on pages from https or localhost, and this page ' +
  'is from neither, so nothing can be typed here.';

/** A card that asks for a connection and, afterwards, one line that says how it went. */
export class PromptForm {
  readonly node = element('div', 'card');
  /** Set by whoever the form is for. */
  actions = NOTHING;

  private readonly body = element('div', 'body');
  private readonly status = element('div', 'status');
  private readonly error = element('div', 'error');
  private readonly value: SecretField;
  private readonly title: TextField;
  private readonly hosts: TextField;
  private prompt: IPrompt;
  private origin: Element | null = null;

  /**
   * @param prompt - what to ask for
   * @param canSeal - whether the page can encrypt; if not, no field is drawn
   */
  constructor(
    prompt: IPrompt,
    private readonly canSeal: boolean
  ) {
    const id = `jp-AttioPrompt-${prompt.prompt_id}`;
    this.prompt = prompt;
    this.value = new SecretField(`${id}-value`, 'Value', 'Paste it here');
    this.title = new TextField(
      `${id}-title`,
      'Title (optional)',
      'For example: Sequencer API key'
    );
    this.hosts = new TextField(
      `${id}-hosts`,
      'May be sent to (optional)',
      'For example: api.example.com, *.example.org'
    );
    this.prepare(id);
    this.build(id);
    this.draw();
  }

  /** Show where the prompt stands now. */
  show(prompt: IPrompt): void {
    const { state, message } = this.prompt;
    this.prompt = prompt;
    // What the form itself has said meanwhile stays until there is news.
    if (prompt.state !== state || prompt.message !== message) {
      this.draw();
    }
  }

  private draw(): void {
    const { prompt } = this;
    if (isOver(prompt.state)) {
      this.close();
      return;
    }
    this.wait(prompt.state === 'saving' ? SAVING : '');
    this.complain(prompt.state === 'asking' ? prompt.message : '');
  }

  /** Say what is wrong, and let the person try again. */
  refuse(message: string): void {
    this.wait('');
    this.complain(message);
    if (this.hasFocus) {
      this.focus();
    }
  }

  /** Forget the value, since a sealed copy of it is on its way. */
  forget(): void {
    this.value.clear();
  }

  /** Put the cursor into the first field, where there is one. */
  focus(): void {
    this.node
      .querySelector<HTMLElement>('input:not([type=radio]), button')
      ?.focus();
  }

  /** Bring the person here; once it is over, they are back where they were. */
  takeFocus(): void {
    this.origin = document.activeElement;
    this.focus();
    this.node.scrollIntoView({ block: 'nearest' });
  }

  private get hasFocus(): boolean {
    return this.node.contains(document.activeElement);
  }

  private prepare(id: string): void {
    this.node.setAttribute('role', 'form');
    this.node.setAttribute('aria-labelledby', `${id}-heading`);
    this.node.setAttribute('aria-describedby', `${id}-description`);
    // JupyterLab listens for shortcuts before the form hears of a key.
    this.node.setAttribute('data-lm-suppress-shortcuts', 'true');
    this.node.addEventListener('keydown', event => this.onKeydown(event));
    for (const type of ['keyup', 'keypress']) {
      this.node.addEventListener(type, event => event.stopPropagation());
    }
    this.error.id = `${id}-error`;
    this.error.setAttribute('role', 'alert');
    this.status.setAttribute('role', 'status');
    this.value.input.setAttribute('aria-describedby', this.error.id);
    this.node.append(this.body, this.status);
  }

  private build(id: string): void {
    const { heading, description, kind } = this.prompt;
    const title = element('div', 'heading');
    const text = element('span', 'headingText', heading);
    text.id = `${id}-heading`;
    text.setAttribute('role', 'heading');
    text.setAttribute('aria-level', '3');
    title.append(keyIcon.element({ tag: 'span' }), text);
    const sentence = element('p', 'description', description);
    sentence.id = `${id}-description`;
    this.body.append(title, sentence);
    if (!this.canSeal) {
      this.buildDetour();
    } else if (kind === 'new-connection') {
      this.buildNewConnection(id);
    } else {
      this.buildSecret();
    }
  }

  private buildSecret(): void {
    const row = element('div', 'row');
    row.append(this.value.node, ...this.buttons());
    this.body.append(
      row,
      this.error,
      this.footer('It is never saved in the notebook.')
    );
  }

  private buildNewConnection(id: string): void {
    const row = element('div', 'buttons');
    row.append(...this.buttons());
    this.body.append(
      typeChoice(`${id}-type`),
      this.title.node,
      this.value.node,
      this.error,
      this.hosts.node,
      this.footer(
        `Title and hosts are written to ${this.prompt.app_file}, the value is not.`
      ),
      row
    );
  }

  private buildDetour(): void {
    const { stdin_allowed: allowed } = this.prompt;
    const row = element('div', 'buttons');
    if (allowed) {
      row.append(
        primary("Type it in the kernel's input line instead", () =>
          this.act('Type it in the line below the cell.', actions =>
            actions.typeInKernel()
          )
        )
      );
    }
    row.append(this.cancelButton());
    const advice = allowed
      ? ''
      : ' Open JupyterLab that way and run the cell again.';
    this.body.append(
      element('p', 'detour', CANNOT_SEAL + advice),
      this.error,
      row,
      this.footer('')
    );
  }

  private buttons(): HTMLElement[] {
    const connect = primary('Connect', () => this.submit());
    return [connect, this.cancelButton()];
  }

  private cancelButton(): HTMLElement {
    return button('cancel', 'Cancel', () => this.cancel());
  }

  private footer(promise: string): HTMLElement {
    const footer = element('div', 'footer');
    const link = externalLink(
      'help',
      'Where do I find this?',
      this.prompt.help_url
    );
    footer.append(...(link ? [link] : []), element('span', 'promise', promise));
    return footer;
  }

  private onKeydown(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === 'Escape') {
      event.preventDefault();
      this.cancel();
    } else if (
      event.key === 'Enter' &&
      event.target instanceof HTMLInputElement &&
      !event.isComposing
    ) {
      event.preventDefault();
      this.submit();
    }
  }

  private submit(): void {
    const value = this.value.input.value;
    if (!value.trim()) {
      this.complain('Nothing was typed. Paste the value, then press Enter.');
      this.value.input.focus();
      return;
    }
    this.complain('');
    this.act(SAVING, actions => actions.connect(this.answer(value)));
  }

  private cancel(): void {
    this.act('Cancelling…', actions => actions.cancel());
  }

  private act(waiting: string, act: (actions: IFormActions) => void): void {
    if (!this.isWaiting && !isOver(this.prompt.state)) {
      this.wait(waiting);
      act(this.actions);
    }
  }

  private answer(value: string): IAnswer {
    if (this.prompt.kind === 'secret') {
      return { value };
    }
    const hosts = this.hosts.text.split(/[\s,]+/).filter(Boolean);
    return { value, title: this.title.text, hosts };
  }

  private complain(message: string): void {
    this.error.textContent = message;
    this.value.invalid = message !== '';
  }

  private get isWaiting(): boolean {
    return this.node.getAttribute('aria-busy') === 'true';
  }

  /**
   * Take nothing more while something is under way, and say what that is.
   *
   * Nothing is disabled, since a disabled element would lose the focus.
   */
  private wait(why: string): void {
    const waiting = String(why !== '');
    this.node.setAttribute('aria-busy', waiting);
    this.status.textContent = why;
    for (const input of this.node.querySelectorAll('input')) {
      input.readOnly = why !== '';
    }
    for (const each of this.node.querySelectorAll('button')) {
      each.setAttribute('aria-disabled', waiting);
    }
  }

  private close(): void {
    this.value.clear();
    this.giveFocusBack();
    this.body.remove();
    this.node.classList.add('jp-mod-over');
    this.node.dataset.state = this.prompt.state;
    for (const name of ['aria-busy', 'aria-labelledby', 'aria-describedby']) {
      this.node.removeAttribute(name);
    }
    this.node.setAttribute('role', 'group');
    const icon = this.prompt.state === 'connected' ? doneIcon : endedIcon;
    this.status.replaceChildren(
      icon.element({ tag: 'span' }),
      element('span', 'outcome', outcome(this.prompt))
    );
  }

  private giveFocusBack(): void {
    if (this.hasFocus && this.origin instanceof HTMLElement) {
      this.origin.focus();
    }
  }
}

function primary(text: string, onPress: () => void): HTMLButtonElement {
  const made = button('connect', text, onPress);
  made.classList.add('jp-mod-styled', 'jp-mod-accept');
  return made;
}
