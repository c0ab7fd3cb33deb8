/** The app of one notebook: what is known of it, and who acts in it. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';

import { Alarm } from './alarm';
import type { IProposal, ITabApi } from './api';
import { NoServerExtension, messageOf } from './api';
import { explain } from './control';
import type { ICarrier, IKernelContext, IKernelSide } from './kernel';
import { Rounds } from './rounds';
import {
  isAstray,
  isElsewhere,
  rowsOf,
  withKernel,
  withLastGood
} from './rows';
import type {
  Definition,
  IChecked,
  IConnectionName,
  IKernelState,
  IMember,
  ITabState
} from './state';
import type {
  Face,
  INotebookApp,
  IOpenedForm,
  IRow,
  IShown,
  KernelFace
} from './tokens';
import { Work } from './work';

/** What there is to know of a notebook; a NotebookPanel has it. */
export interface INotebook {
  readonly context: {
    readonly localPath: string;
    readonly pathChanged: ISignal<unknown, string>;
  };
  readonly sessionContext: IKernelContext;
  readonly disposed: ISignal<unknown, void>;
}

/** What an app needs of the world. */
export interface IAppOptions {
  api: ITabApi;
  kernelSide(context: IKernelContext): IKernelSide;
  trans: TranslationBundle;
}

/** Puts together what the server and the kernel say, and what was done here. */
export class NotebookApp implements INotebookApp, IDisposable {
  readonly work: Work;
  private readonly side: IKernelSide;
  private readonly rounds = new Rounds(() => this.ask());
  private readonly alarm = new Alarm(() => void this.refresh());
  private known: ITabState | null = null;
  /** Where the notebook was when that was said. */
  private folder: string;
  private isMissing = false;
  private trouble = '';
  private complaint = '';
  /** The member that was chosen to act, until a kernel has heard of it; or ''. */
  private chosen = '';
  /** Whom the kernel is being told of; or ''. */
  private passing = '';
  /** Settled once the kernel knows who was chosen last. */
  private passedOn: Promise<void> = Promise.resolve();
  /** Who acts, as the kernel said when it last could: not while the app file is broken. */
  private told: IMember | null = null;
  /** Who acted last, as far as that is known; or ''. */
  private member = '';
  /** On whose behalf the state was asked for last; null before it was. */
  private askedFor: string | null = null;
  private isAsking = false;
  private disposed = false;

  /**
   * @param changed - called after anything that the app tells of has changed
   */
  constructor(
    private readonly notebook: INotebook,
    private readonly options: IAppOptions,
    private readonly changed: () => void
  ) {
    this.folder = folderOf(this.path);
    this.work = new Work(
      {
        carrier: mayLoad => this.carrier(mayLoad),
        acting: () => this.actingId,
        shown: () => this.shown,
        changed,
        done: () => this.refresh()
      },
      options.trans
    );
    notebook.context.pathChanged.connect(this.onPath, this);
    this.side = options.kernelSide(notebook.sessionContext);
    this.side.changed.connect(this.onKernel, this);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    this.notebook.context.pathChanged.disconnect(this.onPath, this);
    this.side.changed.disconnect(this.onKernel, this);
    this.side.dispose();
    this.work.forget();
    this.alarm.dispose();
  }

  get path(): string {
    return this.notebook.context.localPath;
  }

  get face(): Face {
    const { known } = this;
    if (this.isMissing) {
      return 'no-server';
    }
    if (known === null) {
      return this.trouble ? 'failed' : 'loading';
    }
    if (known.connections.length > 0) {
      return 'connections';
    }
    if (known.app !== null) {
      return 'empty';
    }
    // Of a file that cannot be read it is not known what it has.
    return known.problems.some(({ kind }) => kind === 'app-file')
      ? 'connections'
      : 'no-app';
  }

  get failure(): string {
    return this.complaint || this.trouble;
  }

  get state(): ITabState | null {
    return this.known && withKernel(this.known, this.kernelState);
  }

  /** The rows as they are now, put together anew each time. */
  get rows(): IRow[] {
    return this.known
      ? rowsOf(
          this.known,
          this.kernelState,
          this.work.doings,
          this.options.trans
        )
      : [];
  }

  get kernel(): KernelFace {
    const { known, side } = this;
    if (this.isAstray) {
      return 'astray';
    }
    return isElsewhere(known, side.state) ? 'elsewhere' : side.life;
  }

  /** What the kernel says of itself; null where that is not about this app. */
  private get kernelState(): IKernelState | null {
    return this.isAstray ? null : this.side.state;
  }

  private get isAstray(): boolean {
    return isAstray(this.known, this.side.state);
  }

  get shown(): IShown {
    const { app = null } = this.known ?? {};
    return {
      app: app && { id: app.id, workspace: app.workspace },
      member: this.member
    };
  }

  get acting(): IMember | null {
    return this.isKernelsWord ? this.told : (this.known?.acting ?? null);
  }

  /** The id of who acts, or '' for one's own: the kernel's word counts where it has one. */
  get actingId(): string {
    return this.isKernelsWord ? (this.told?.id ?? '') : this.chosen;
  }

  /** Whether the kernel says who acts, and has heard of everyone who was chosen. */
  private get isKernelsWord(): boolean {
    return this.kernelState !== null && !this.chosen;
  }

  get unlistedUser(): string {
    if (this.acting) {
      return '';
    }
    const { known, kernelState } = this;
    return (this.isKernelsWord ? kernelState : known)?.unlisted_user ?? '';
  }

  get fromNextCell(): boolean {
    return this.kernelState?.from_next_cell ?? false;
  }

  /** Ask the server how the connections stand. */
  refresh(): Promise<void> {
    return this.rounds.run();
  }

  /** Let the kernel notice what was connected elsewhere, so that it asks no more. */
  async askKernel(): Promise<void> {
    if (this.side.state) {
      await this.side.refresh();
    }
  }

  async unlock(): Promise<void> {
    this.complaint = '';
    // What it answers may be out of date by now, since a person had a part in it.
    const trouble = await this.options.api
      .state(this.path, this.actingId, true)
      .then(() => '', messageOf);
    await this.refresh();
    if (this.isLocked && !this.trouble) {
      // Not a complaint: nobody wants to read it once the server has answered anew.
      this.trouble = trouble;
      this.changed();
    }
  }

  private get isLocked(): boolean {
    const problems = this.known?.problems ?? [];
    return problems.some(({ kind }) => kind === 'vault-locked');
  }

  connect(name: IConnectionName): Promise<void> {
    return this.work.connect(name);
  }

  approve(name: IConnectionName): Promise<void> {
    return this.work.approve(name);
  }

  cancel(name: IConnectionName): Promise<void> {
    return this.work.cancel(name);
  }

  disconnect(name: IConnectionName, shown = this.shown): Promise<void> {
    return this.work.disconnect(name, shown);
  }

  replaceClientSecret(name: IConnectionName): Promise<void> {
    return this.work.connect(name, { client_secret: true });
  }

  forgetClientSecret(name: IConnectionName, shown = this.shown): Promise<void> {
    return this.work.forgetClientSecret(name, shown);
  }

  test(name: IConnectionName): Promise<void> {
    return this.work.test(name);
  }

  renameKey(
    name: IConnectionName,
    newKey: string,
    shown = this.shown
  ): Promise<void> {
    return this.work.renameKey(name, newKey, shown);
  }

  remove(
    name: IConnectionName,
    disconnect: boolean,
    shown = this.shown
  ): Promise<string> {
    return this.work.remove(name, disconnect, shown);
  }

  moveStored(name: IConnectionName, fromKey: string | null): Promise<void> {
    return this.work.moveStored(name, fromKey, this.shown);
  }

  dismiss(name: IConnectionName): void {
    this.work.dismiss(name);
  }

  check(definition: Definition, opened: IOpenedForm): Promise<IChecked> {
    return this.options.api
      .check(this.proposal(definition, opened))
      .catch(error => ({
        field: '',
        message: messageOf(error),
        registration: null
      }));
  }

  async save(definition: Definition, opened: IOpenedForm): Promise<string> {
    const message = await this.options.api
      .save(this.proposal(definition, opened))
      .catch(messageOf);
    if (!message) {
      await this.refresh();
    }
    return message;
  }

  async actAs(user: string): Promise<void> {
    this.complaint = '';
    this.chosen = user;
    await this.carrier(true);
    this.changed();
    await this.refresh();
  }

  private proposal(definition: Definition, opened: IOpenedForm): IProposal {
    const { path, actingId: acting } = this;
    return { path, acting, definition, ...opened };
  }

  /** Return who carries out what is done: the kernel where it can, or else the server. */
  private async carrier(mayLoad: boolean): Promise<ICarrier> {
    const carrier = await this.side.carrier(mayLoad);
    // It may have said only now that it has another app.
    if (!carrier || this.isAstray) {
      return { ask: this.options.api.ask(this.path), ended: '' };
    }
    const { chosen } = this;
    if (chosen !== this.passing) {
      this.passing = chosen;
      // One after the other: a kernel answers each on a thread of its own.
      this.passedOn = this.passedOn.then(() => this.chooseIn(carrier, chosen));
    }
    await this.passedOn;
    return carrier;
  }

  /** Tell a kernel who was chosen; from then on its word counts. */
  private async chooseIn({ ask }: ICarrier, user: string): Promise<void> {
    this.complaint = await ask('attio_act_as_request', { user }).then(
      reply => (reply.status === 'ok' ? '' : (reply.message ?? '')),
      error => explain(error, this.options.trans)
    );
    await this.side.refresh();
    if (this.passing === user) {
      this.passing = '';
    }
    if (this.chosen === user) {
      this.chosen = '';
      this.onKernel();
    }
  }

  /** Ask until the answer is about this path and about who acts. */
  private async ask(): Promise<void> {
    this.isAsking = true;
    let answer: ITabState | Error;
    let path: string;
    do {
      path = this.path;
      this.askedFor = this.actingId;
      answer = await this.options.api
        .state(path, this.askedFor)
        .catch((error: Error) => error);
    } while (!this.disposed && !this.isCurrent(path, answer));
    this.isAsking = false;
    this.take(answer);
  }

  private isCurrent(path: string, answer: ITabState | Error): boolean {
    const { actingId } = this;
    const isTheirs =
      this.askedFor === actingId ||
      (!(answer instanceof Error) && answer.acting?.id === actingId);
    return path === this.path && isTheirs;
  }

  private take(answer: ITabState | Error): void {
    this.isMissing = answer instanceof NoServerExtension;
    if (answer instanceof Error) {
      this.trouble = answer.message;
    } else {
      this.trouble = '';
      this.known = withLastGood(answer, this.known);
      // Whether the kernel has a word in this depends on the app.
      this.hear();
      this.work.notice(this.known);
      this.alarm.set(this.known.connections);
      if (answer.app) {
        this.side.expectApp();
      }
      if (this.isAboutAnother) {
        void this.refresh();
      }
    }
    this.changed();
  }

  private noteMember(): void {
    this.member = this.acting?.id ?? this.member;
  }

  private onPath(): void {
    const folder = folderOf(this.path);
    if (folder !== this.folder) {
      // It is another app's notebook by now.
      this.folder = folder;
      this.known = null;
      this.work.forget();
    }
    this.changed();
    void this.refresh();
  }

  /** Take the kernel's word on who acts, where it has one. */
  private hear(): void {
    const state = this.kernelState;
    if (state && this.chosen) {
      // Whoever was chosen before it could be told acts in it too.
      void this.carrier(false);
    }
    // A member whom the app file lists no more does not go on acting.
    const last = state?.unlisted_user ? null : this.told;
    this.told = state && (state.acting ?? last);
    this.noteMember();
  }

  private onKernel(): void {
    this.hear();
    this.work.noticeEnds();
    void this.work.look();
    if (this.isAboutAnother) {
      void this.refresh();
    }
    this.changed();
  }

  /** Whether the state is not that of the member who acts now. */
  private get isAboutAnother(): boolean {
    const { actingId, askedFor, known } = this;
    const isTheirs = askedFor === actingId || known?.acting?.id === actingId;
    return askedFor !== null && !this.isAsking && !isTheirs;
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
