/** Asking a kernel how a sign-in stands. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { messageOf } from './api';
import type { IWaysBack } from './callback';
import type { IShownSignIn } from './card';
import { NoReply } from './control';
import type { Ask, ISignIn, Reply } from './protocol';
import { EMPTY_SIGN_IN } from './protocol';
import { webHost } from './webaddress';

/** How long to wait for one that is being prepared, in milliseconds. */
const EVERY = 250;

/** Who wants to know. */
export interface ISignInListener {
  told(signIn: IShownSignIn): void;
  /** Called, with a sentence, where the kernel has no such sign-in. */
  lost(message: string): void;
}

/** Asks whenever it is told to look, and while there is nothing to press yet. */
export class SignInWatch {
  private known: ISignIn = EMPTY_SIGN_IN;
  private callbackUrl: string;
  private elsewhere = false;
  private checked = '';
  private round = 0;
  private stopped = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly ask: Ask,
    private readonly promptId: string,
    private readonly ways: IWaysBack,
    private readonly listener: ISignInListener,
    private readonly trans: TranslationBundle,
    private readonly every = EVERY
  ) {
    this.callbackUrl = ways.callbackUrl;
  }

  /** Ask now. What is on its way from before counts no more. */
  look(): void {
    clearTimeout(this.timer);
    if (!this.stopped) {
      this.round += 1;
      void this.inquire(this.round);
    }
  }

  /** Take it that a new sign-in is being prepared. */
  restart(): void {
    this.known = EMPTY_SIGN_IN;
    this.tell();
  }

  /** Ask no more until it is told to look again. */
  rest(): void {
    this.round += 1;
    clearTimeout(this.timer);
  }

  /** Never ask again. */
  stop(): void {
    this.stopped = true;
    this.rest();
  }

  private async inquire(round: number): Promise<void> {
    const reply = await this.ask('attio_sign_in_request', {
      prompt_id: this.promptId,
      callback_url: this.callbackUrl,
      local: this.ways.local
    }).catch((error: unknown) => ({ status: 'failed' as const, error }));
    if (round !== this.round) {
      return;
    }
    if (reply.status === 'failed') {
      this.fail(reply.error);
    } else if (reply.status === 'error') {
      this.listener.lost(reply.message ?? '');
    } else {
      await this.take(reply, round);
    }
  }

  private fail(error: unknown): void {
    if (error instanceof NoReply) {
      // A kernel that is still connecting does not reply.
      this.lookLater();
    } else {
      // What a server refuses it refuses again: it is asked anew when the person says so.
      this.tell({ state: 'failed', message: messageOf(error) });
    }
  }

  private async take(
    reply: Extract<Reply<'attio_sign_in_request'>, { status: 'ok' }>,
    round: number
  ): Promise<void> {
    // While its code is being exchanged, a sign-in is not described again.
    const before = reply.state === 'exchanging' ? this.known : EMPTY_SIGN_IN;
    const signIn = { ...before, ...reply };
    const expected = await this.isExpected(signIn);
    if (round !== this.round) {
      return;
    }
    if (!expected) {
      this.elsewhere = true;
      this.callbackUrl = '';
      this.look();
      return;
    }
    this.known = this.withChecked(signIn);
    this.tell();
    if (signIn.state === 'preparing') {
      this.lookLater();
    }
  }

  /** Whether the way back that the kernel proposes can be gone. */
  private async isExpected(signIn: ISignIn): Promise<boolean> {
    const { authorization_url: url, returns, state } = signIn;
    if (state !== 'ready' || returns !== 'server' || url === this.checked) {
      return true;
    }
    const expected = await this.ways.isExpected(url).catch(() => true);
    this.checked = expected ? url : '';
    return expected;
  }

  /** Refuse a page on another host than the one that the person is shown. */
  private withChecked(signIn: ISignIn): ISignIn {
    const { state, authorization_url: url, host } = signIn;
    if (state !== 'ready' || (webHost(url) && webHost(url) === host)) {
      return signIn;
    }
    const message = this.trans.__(
      'The provider named no page to sign in at. Try again.'
    );
    return { ...EMPTY_SIGN_IN, state: 'failed', message };
  }

  private tell(instead: Partial<ISignIn> = {}): void {
    const { elsewhere, known } = this;
    this.listener.told({ ...known, ...instead, elsewhere });
  }

  private lookLater(): void {
    this.timer = setTimeout(() => this.look(), this.every);
  }
}
