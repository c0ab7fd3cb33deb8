/** One prompt between the person and the kernel, wherever its form is drawn. */
import { messageOf } from './api';
import type { IWaysBack } from './callback';
import type { IFormActions, IShownSignIn } from './card';
import { NoReply } from './control';
import type { Ask, IAnswer, IPrompt, ISealed } from './protocol';
import type { PlainAction, SealedAction } from './protocol';
import { isOver } from './protocol';
import type { Rerun } from './rerun';
import { SignInWatch } from './watch';
import type { Words } from './words';

/** What a conversation needs of a form. */
export interface IPromptFace {
  actions: IFormActions;
  show(prompt: IPrompt): void;
  showSignIn(signIn: IShownSignIn): void;
  refuse(message: string): void;
  forget(): void;
}

/** What a conversation needs of the world. */
export interface IConversationOptions {
  ask: Ask;
  seal(answer: IAnswer, promptId: string, publicKey: string): Promise<ISealed>;
  rerun(promptId: string): Promise<Rerun>;
  words: Words;
  /** How the person can come back from a provider. */
  ways: IWaysBack;
  /** Said, beside that it is connected, of a cell that goes on by itself. */
  aside: string;
  /** Called once, when the prompt can no longer be answered. */
  ended(): void;
}

/** Carries what the person does to the kernel, and what came of it back. */
export class Conversation implements IFormActions {
  private readonly watch: SignInWatch | null;

  constructor(
    private current: IPrompt,
    private readonly face: IPromptFace,
    private readonly options: IConversationOptions
  ) {
    face.actions = this;
    this.watch = current.kind === 'oauth2' ? this.newWatch() : null;
  }

  get prompt(): IPrompt {
    return this.current;
  }

  /** Ask for what a prompt does not say of itself. */
  begin(): void {
    this.watch?.look();
  }

  /** Take what the kernel says. An end is final: nothing comes after it. */
  update(change: Partial<IPrompt>): void {
    if (isOver(this.current.state)) {
      return;
    }
    const { revision } = this.current;
    this.current = { ...this.current, ...change };
    this.face.show(this.current);
    if (isOver(this.current.state)) {
      this.watch?.stop();
      this.options.ended();
      if (this.current.state === 'connected') {
        void this.runAgain();
      }
    } else if (this.current.revision !== revision) {
      this.watch?.look();
    }
  }

  /** End the prompt from this side, for the reason that the sentence gives. */
  end(message: string): void {
    this.update({ state: 'over', message });
  }

  async connect(answer: IAnswer): Promise<void> {
    await this.sendSealed('connect', answer);
  }

  async decide(choice: string): Promise<void> {
    const { prompt_id } = this.current;
    await this.answer({ prompt_id, action: 'decide', choice });
  }

  async keepClientSecret(value: string): Promise<void> {
    await this.sendSealed('client-secret', { value });
  }

  async useStoredClientSecret(): Promise<void> {
    await this.send('stored-client-secret');
  }

  async pasteAddress(address: string): Promise<void> {
    await this.sendSealed('address', { value: address });
  }

  async allow(): Promise<void> {
    await this.send('allow');
  }

  async choose(member: string): Promise<void> {
    const { prompt_id } = this.current;
    await this.answer({ prompt_id, action: 'choose', member });
  }

  async cancel(): Promise<void> {
    await this.send('cancel');
  }

  async typeInKernel(): Promise<void> {
    await this.send('stdin');
  }

  async useDevice(): Promise<void> {
    await this.send('device');
  }

  async tryAgain(): Promise<void> {
    this.watch?.restart();
    await this.send('again');
    this.watch?.look();
  }

  /** To be called when its form is out of sight; `begin` goes on. */
  rest(): void {
    this.watch?.rest();
  }

  /** To be called when nobody looks at the prompt any more. */
  dispose(): void {
    this.watch?.stop();
  }

  private newWatch(): SignInWatch {
    const { ask, ways, words } = this.options;
    const listener = {
      told: (signIn: IShownSignIn) => this.face.showSignIn(signIn),
      lost: (message: string) => this.end(message)
    };
    const { prompt_id } = this.current;
    return new SignInWatch(ask, prompt_id, ways, listener, words.trans);
  }

  private async sendSealed(
    action: SealedAction,
    answer: IAnswer
  ): Promise<void> {
    const { prompt_id, public_key } = this.current;
    let sealed: ISealed;
    try {
      sealed = await this.options.seal(answer, prompt_id, public_key);
    } catch {
      this.end(this.options.words.notSealed);
      return;
    }
    this.face.forget();
    await this.answer({ prompt_id, action, sealed });
  }

  private async send(action: PlainAction): Promise<void> {
    await this.answer({ prompt_id: this.current.prompt_id, action });
  }

  private async answer(
    content: Parameters<typeof this.options.ask<'attio_answer_request'>>[1]
  ): Promise<void> {
    const { ask, words } = this.options;
    const reply = await ask('attio_answer_request', content).catch(
      (error: unknown) => ({
        status: 'error' as const,
        // A server says itself why it refuses; a kernel that is silent cannot.
        message: error instanceof NoReply ? words.noReply : messageOf(error),
        retry: true
      })
    );
    if (reply.status === 'ok') {
      return;
    }
    if (reply.retry) {
      this.face.refuse(reply.message ?? words.noReply);
    } else {
      this.end(reply.message ?? '');
    }
  }

  private async runAgain(): Promise<void> {
    const { aside, rerun, words } = this.options;
    const result = await rerun(this.current.prompt_id).catch(
      () => 'none' as const
    );
    this.add(result === 'none' ? aside : words.rerun(result));
  }

  private add(sentence: string): void {
    if (sentence) {
      const { words } = this.options;
      const message = `${words.outcome(this.current)} ${sentence}`;
      this.current = { ...this.current, message };
      this.face.show(this.current);
    }
  }
}
