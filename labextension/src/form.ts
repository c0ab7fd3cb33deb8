/** The prompt as a person sees it. It knows nothing of kernels. */
import { ApprovalContent } from './approval';
import type { ICard, IContent, IFormActions, IShownSignIn } from './card';
import type { ContentKind } from './contents';
import { contentKind } from './contents';
import { element } from './dom';
import { doneIcon, endedIcon, keyIcon } from './icons';
import { MemberContent } from './membercontent';
import { OutdatedContent } from './outdated';
import type { IPrompt } from './protocol';
import { EMPTY_SIGN_IN, isOver } from './protocol';
import { QuestionContent } from './question';
import {
  ClientSecretContent,
  DetourContent,
  NewConnectionContent,
  SecretContent
} from './secret';
import { SignInContent } from './signin';
import type { Words } from './words';

const NOTHING: IFormActions = {
  connect: () => undefined,
  decide: () => undefined,
  allow: () => undefined,
  choose: () => undefined,
  cancel: () => undefined,
  typeInKernel: () => undefined,
  keepClientSecret: () => undefined,
  useStoredClientSecret: () => undefined,
  pasteAddress: () => undefined,
  useDevice: () => undefined,
  tryAgain: () => undefined
};

/** What a prompt may change while it asks, beside what its sign-in does. */
const NEWS = [
  'state',
  'message',
  'revision',
  'question',
  'client_secret',
  'client_secret_stored'
] as const;

/** Each question has choices of its own, also where it has the same words. */
function choiceIds({ question, choices }: IPrompt): string {
  return question ? choices.map(({ id }) => id).join(' ') : '';
}

/** A card that asks for a connection and, afterwards, one line that says how it went. */
export class PromptForm implements ICard {
  readonly node = element('div', 'card');
  readonly error = element('div', 'error');
  readonly id: string;
  /** Set by whoever the form is for. */
  actions = NOTHING;

  private readonly body = element('div', 'body');
  private readonly status = element('div', 'status');
  private current: IPrompt;
  private shownSignIn: IShownSignIn | null = null;
  private content: IContent;
  /** What is shown again after a question. */
  private aside: { content: IContent; kind: ContentKind } | null = null;
  private kind: ContentKind;
  private origin: Element | null = null;

  /**
   * @param prompt - what to ask for
   * @param canSeal - whether the page can encrypt; if not, no field is drawn
   * @param words - what the form says by itself
   */
  constructor(
    prompt: IPrompt,
    private readonly canSeal: boolean,
    readonly words: Words
  ) {
    // Two views of a notebook in one page draw the same prompt.
    const own = Math.random().toString(36).slice(2);
    this.id = `jp-AttioPrompt-${prompt.prompt_id}-${own}`;
    this.current = prompt;
    this.prepare();
    this.build();
    this.kind = contentKind(prompt, canSeal);
    this.content = this.contentNow();
    this.body.append(...this.content.nodes);
    this.draw();
  }

  get prompt(): IPrompt {
    return this.current;
  }

  get signIn(): IShownSignIn | null {
    return this.shownSignIn;
  }

  get isWaiting(): boolean {
    return this.node.getAttribute('aria-busy') === 'true';
  }

  /** Show where the prompt stands now. */
  show(prompt: IPrompt): void {
    const before = this.current;
    this.current = prompt;
    if (
      prompt.client_secret !== before.client_secret ||
      choiceIds(prompt) !== choiceIds(before)
    ) {
      this.change();
    }
    // What the form itself has said meanwhile stays until there is news.
    if (NEWS.some(name => prompt[name] !== before[name])) {
      this.draw();
    }
  }

  /** Show where the sign-in stands now. */
  showSignIn(signIn: IShownSignIn): void {
    const before = this.failure;
    this.shownSignIn = signIn;
    this.content.draw();
    const { failure } = this;
    const isSaid = this.error.textContent === (failure || before);
    if (failure ? !isSaid : before && isSaid) {
      this.complain(failure);
    }
  }

  /** Why the sign-in has failed; '' where it has not. */
  private get failure(): string {
    const { state, message } = this.shownSignIn ?? EMPTY_SIGN_IN;
    return state === 'failed' ? message : '';
  }

  private draw(): void {
    const { prompt } = this;
    if (isOver(prompt.state)) {
      this.close();
      return;
    }
    const saving = prompt.message || this.content.saving;
    this.wait(prompt.state === 'saving' ? saving : '');
    // What the kernel sent before it failed may come after the word that it has.
    const complaint = prompt.message || this.failure;
    this.complain(prompt.state === 'asking' ? complaint : '');
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
    this.content.forget();
  }

  /** Put the cursor where the person goes on. */
  focus(): void {
    this.content.focus();
  }

  /** Bring the person here; once it is over, they are back where they were. */
  takeFocus(): void {
    this.origin = document.activeElement;
    this.focus();
    this.node.scrollIntoView({ block: 'nearest' });
  }

  act(waiting: string, act: (actions: IFormActions) => void): void {
    if (!this.isWaiting && !isOver(this.prompt.state)) {
      this.wait(waiting);
      act(this.actions);
    }
  }

  complain(message: string): void {
    this.error.textContent = message;
    this.content.mark(message !== '');
  }

  cancel(): void {
    const { trans } = this.words;
    this.act(trans.__('Cancelling…'), actions => actions.cancel());
  }

  /** To be called when the form leaves the page. */
  dispose(): void {
    this.content.dispose();
    this.aside?.content.dispose();
  }

  private get hasFocus(): boolean {
    return this.node.contains(document.activeElement);
  }

  private prepare(): void {
    this.node.setAttribute('role', 'form');
    this.node.setAttribute('aria-labelledby', `${this.id}-heading`);
    this.node.setAttribute('aria-describedby', `${this.id}-description`);
    // JupyterLab listens for shortcuts before the form hears of a key.
    this.node.setAttribute('data-lm-suppress-shortcuts', 'true');
    this.node.addEventListener('keydown', event => this.onKeydown(event));
    for (const type of ['keyup', 'keypress']) {
      this.node.addEventListener(type, event => event.stopPropagation());
    }
    this.error.id = `${this.id}-error`;
    this.error.setAttribute('role', 'alert');
    this.status.setAttribute('role', 'status');
    this.node.append(this.body, this.status);
  }

  private build(): void {
    const { heading, description } = this.prompt;
    const title = element('div', 'heading');
    const text = element('span', 'headingText', heading);
    text.id = `${this.id}-heading`;
    text.setAttribute('role', 'heading');
    text.setAttribute('aria-level', '3');
    title.append(keyIcon.element({ tag: 'span' }), text);
    const sentence = element('p', 'description', description);
    sentence.id = `${this.id}-description`;
    this.body.append(title, sentence);
  }

  private contentNow(): IContent {
    switch (this.kind) {
      case 'question':
        return new QuestionContent(this);
      case 'approval':
        return new ApprovalContent(this);
      case 'member':
        return new MemberContent(this);
      case 'sign-in':
        return new SignInContent(this, this.canSeal);
      case 'client-secret':
        return new ClientSecretContent(this);
      case 'new-connection':
        return new NewConnectionContent(this);
      case 'secret':
        return new SecretContent(this);
      case 'detour':
        return new DetourContent(this);
      case 'outdated':
        return new OutdatedContent(this);
    }
  }

  /** Go on to the next thing that the prompt asks for. */
  private change(): void {
    const hadFocus = this.hasFocus;
    this.content.nodes.forEach(node => node.remove());
    this.content = this.nextContent();
    this.body.append(...this.content.nodes);
    if (hadFocus) {
      this.focus();
    }
  }

  /** A title that was typed stays while something is asked about the value beside it. */
  private nextContent(): IContent {
    const { aside, content } = this;
    const kind = contentKind(this.prompt, this.canSeal);
    if (kind === 'question' && aside === null) {
      this.aside = { content, kind: this.kind };
    } else {
      content.dispose();
    }
    this.kind = kind;
    if (kind === 'question' || aside === null) {
      return this.contentNow();
    }
    this.aside = null;
    if (aside.kind === kind) {
      return aside.content;
    }
    aside.content.dispose();
    return this.contentNow();
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
      this.content.submit();
    }
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
    this.content.draw();
  }

  private close(): void {
    this.content.dispose();
    this.aside?.content.dispose();
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
      element('span', 'outcome', this.words.outcome(this.prompt))
    );
  }

  private giveFocusBack(): void {
    if (this.hasFocus && this.origin instanceof HTMLElement) {
      this.origin.focus();
    }
  }
}
