/** What is done about the connections of one notebook's app. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { isSpoilt } from './can';
import { explain } from './control';
import type { ICarrier } from './kernel';
import type { IListedPrompt, IOnBehalf, IRefusal, IRenamed } from './protocol';
import { isOver } from './protocol';
import { Rounds } from './rounds';
import type { Doing } from './rows';
import { isOtherApp, rowId } from './rows';
import type { IConnection, IConnectionName, ITabState } from './state';
import type { INote, IOpenedPrompt, IShown } from './tokens';
import { Words } from './words';

/** What the work needs of the world. */
export interface IWorkOptions {
  /** Who carries it out; `mayLoad` says whether a kernel may be made ready for it. */
  carrier(mayLoad: boolean): Promise<ICarrier>;
  /** On whose behalf. */
  acting(): string;
  /** Whose connections are shown. */
  shown(): IShown;
  /** Called after anything about a doing has changed. */
  changed(): void;
  /** Called after a connection may stand differently; resolves once that was looked at. */
  done(): Promise<void>;
}

/** One thing that is done, until it is dismissed or something else is done. */
class Job implements Doing {
  prompt: IOpenedPrompt | null = null;
  note: INote | null = null;
  carrier: ICarrier | null = null;
  isCancelled = false;
  private readonly closing = new AbortController();
  /** Asks where the prompt stands. */
  rounds: Rounds | null = null;
  /** How the connection stood once this was over; null before. */
  left: string | null = null;

  constructor(
    public id: string,
    public member: string,
    public doing: Doing['doing']
  ) {}

  /** Aborted once its prompt is not open any more. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }

  /** Let go of its prompt, and return it if it was open. */
  close(): IOpenedPrompt | null {
    const { prompt } = this;
    this.prompt = null;
    this.closing.abort();
    return prompt;
  }
}

/** Connects, disconnects and tests, and keeps what came of it. */
export class Work {
  private readonly jobs = new Set<Job>();
  private readonly words: Words;
  private state: ITabState | null = null;

  constructor(
    private readonly options: IWorkOptions,
    private readonly trans: TranslationBundle
  ) {
    this.words = new Words(trans, 'panel');
  }

  /** What is done for the member who acts now, by the ids of the rows. */
  get doings(): ReadonlyMap<string, Doing> {
    return new Map(this.own.map(job => [job.id, job]));
  }

  /** Let go of everything, and close the prompts: nobody sees them any more. */
  forget(): void {
    for (const job of this.jobs) {
      job.isCancelled = true;
      void cancelPrompt(job.close());
    }
    this.jobs.clear();
    this.state = null;
  }

  /** Forget the notes of connections that have come to stand differently since. */
  notice(state: ITabState): void {
    if (isOtherApp(this.state?.app, state.app)) {
      // What was begun was begun for that one.
      this.forget();
    }
    this.state = state;
    this.withdraw(state);
    for (const job of this.own) {
      const standing = this.standingOf(job);
      if (job.left === null || job.left === standing) {
        continue;
      }
      if (this.hasFoundOut(job)) {
        job.left = standing;
      } else {
        this.jobs.delete(job);
      }
    }
  }

  /**
   * Open a prompt, unless something is being done already.
   *
   * @param more - what else the request says
   */
  connect(
    name: IConnectionName,
    more: { client_secret?: boolean } = {}
  ): Promise<void> {
    return this.ask(name, 'attio_connect_request', more);
  }

  /** Ask whether the value may go to the new addresses of the app file. */
  approve(name: IConnectionName): Promise<void> {
    return this.ask(name, 'attio_approve_request');
  }

  private async ask(
    name: IConnectionName,
    type: 'attio_connect_request' | 'attio_approve_request',
    more: { client_secret?: boolean } = {}
  ): Promise<void> {
    await this.start(name, 'connecting', async job => {
      const carrier = await this.carry(job, true);
      const { ask } = carrier;
      // A kernel may have come, which says who acts.
      job.member = this.member;
      const content = { ...this.content(name), ...more };
      const reply = await ask(type, content);
      if (reply.status === 'error') {
        this.finish(job, failed(this.refusal(reply)));
      } else if (job.isCancelled) {
        await cancelPrompt({ prompt: reply, ask });
      } else {
        this.open(job, reply, carrier);
      }
    });
  }

  /** Close the prompt, or what is about to become one. */
  async cancel(name: IConnectionName): Promise<void> {
    const job = this.find(name);
    if (job?.doing !== 'connecting') {
      return;
    }
    job.isCancelled = true;
    this.jobs.delete(job);
    const prompt = job.close();
    this.options.changed();
    await cancelPrompt(prompt);
  }

  /** Disconnect, on behalf of the member for whom it was shown, and in that app only. */
  async disconnect(name: IConnectionName, shown: IShown): Promise<void> {
    const task = async (job: Job) => {
      const { ask } = await this.carry(job, false);
      const content = this.content(name, shown);
      const reply = await ask('attio_disconnect_request', content);
      this.end(job, reply, ({ was_connected, message }) => {
        const plain = was_connected
          ? this.trans.__('Disconnected.')
          : this.trans.__('It was not connected.');
        return { kind: 'done', text: message || plain };
      });
    };
    await this.start(name, 'disconnecting', task, shown.member);
  }

  /** Forget the client secret, on behalf of the member and in the app that were shown. */
  async forgetClientSecret(
    name: IConnectionName,
    shown: IShown
  ): Promise<void> {
    const task = async (job: Job) => {
      const { ask } = await this.carry(job, false);
      const content = this.content(name, shown);
      const reply = await ask('attio_forget_client_secret_request', content);
      this.end(job, reply, ({ was_stored }) => {
        const text = was_stored
          ? this.trans.__(
              'The client secret was deleted. Connecting asks for it again.'
            )
          : this.trans.__('No client secret was stored.');
        return { kind: 'done', text };
      });
    };
    await this.start(name, 'forgetting', task, shown.member);
  }

  async test(name: IConnectionName): Promise<void> {
    await this.start(name, 'testing', async job => {
      const { ask } = await this.carry(job, false);
      job.member = this.member;
      const reply = await ask('attio_test_request', this.content(name));
      this.end(job, reply, ({ ok, message }) => ({
        // Whether the service has refused it, its status says.
        kind: ok ? 'done' : 'warning',
        text: message
      }));
    });
  }

  /** Change the key of a connection, in the app that was shown; what is said follows the row. */
  async renameKey(
    name: IConnectionName,
    new_key: string,
    shown: IShown
  ): Promise<void> {
    const task = async (job: Job) => {
      const { ask } = await this.carry(job, false);
      const content = { ...this.content(name, shown), new_key };
      const reply = await ask('attio_rename_key_request', content);
      this.end(job, reply, renamed => this.followed(job, name, renamed));
    };
    await this.start(name, 'renaming', task, shown.member);
  }

  /** Use what is stored under another key, on behalf of the member that was shown. */
  async moveStored(
    name: IConnectionName,
    from_key: string | null,
    shown: IShown
  ): Promise<void> {
    const task = async (job: Job) => {
      const { ask } = await this.carry(job, false);
      const content = { ...this.content(name, shown), from_key };
      const reply = await ask('attio_move_stored_request', content);
      this.end(job, reply, moved => this.followed(job, name, moved));
    };
    await this.start(name, 'moving', task, shown.member);
  }

  /** Remove a connection from the app file that was shown; the row goes, and what is said with it. */
  async remove(
    name: IConnectionName,
    disconnect: boolean,
    shown: IShown
  ): Promise<string> {
    let said = '';
    const task = async (job: Job) => {
      const { ask } = await this.carry(job, false);
      const content = { ...this.content(name, shown), disconnect };
      const reply = await ask('attio_remove_request', content);
      if (reply.status === 'error') {
        this.finish(job, failed(this.refusal(reply)));
      } else {
        said = reply.message || this.trans.__('The connection was removed.');
        this.finish(job, null);
      }
    };
    await this.start(name, 'removing', task, shown.member);
    return said;
  }

  private followed(
    job: Job,
    { owner }: IConnectionName,
    { key, message }: IRenamed
  ): INote {
    job.id = rowId({ owner, key });
    return { kind: 'done', text: message };
  }

  dismiss(name: IConnectionName): void {
    const job = this.find(name);
    if (job?.doing === '') {
      this.jobs.delete(job);
      this.options.changed();
    }
  }

  /** Ask where the opened prompts stand. */
  async look(): Promise<void> {
    const jobs = [...this.jobs];
    await Promise.all(jobs.map(job => job.rounds?.run()));
  }

  /** Close the prompts of kernels that have come to their end. */
  noticeEnds(): void {
    for (const job of this.jobs) {
      if (job.prompt && job.carrier?.ended) {
        this.finish(job, failed(this.words.ended(job.carrier.ended)));
      }
    }
  }

  /** Close the prompts that ask for what the app file does not want any more. */
  private withdraw({ connections }: ITabState): void {
    for (const job of this.jobs) {
      const found = connections.find(each => rowId(each) === job.id);
      if (job.prompt && found && !asksFor(found, job.prompt)) {
        void cancelPrompt(job.prompt);
        this.finish(job, failed(this.changed(job.prompt)));
      }
    }
  }

  private changed({ prompt }: IOpenedPrompt): string {
    const { trans } = this;
    return prompt.kind === 'approval'
      ? trans.__('The app file has changed meanwhile. Review it again.')
      : trans.__('The app file has changed meanwhile. Connect again.');
  }

  private async start(
    name: IConnectionName,
    doing: Doing['doing'],
    task: (job: Job) => Promise<void>,
    member = this.member
  ): Promise<void> {
    const before = this.find(name, member);
    if (before?.doing) {
      return;
    }
    if (before) {
      this.jobs.delete(before);
    }
    const job = new Job(rowId(name), member, doing);
    this.jobs.add(job);
    this.options.changed();
    try {
      await task(job);
    } catch (error) {
      this.finish(job, failed(explain(error, this.trans)));
    }
  }

  private async carry(job: Job, mayLoad: boolean): Promise<ICarrier> {
    job.carrier = await this.options.carrier(mayLoad);
    return job.carrier;
  }

  /** Name a connection, and whose. */
  private content(
    { owner, key }: IConnectionName,
    { app, member: acting }: IShown = {
      ...this.options.shown(),
      member: this.options.acting()
    }
  ): IOnBehalf {
    return { owner, key, app, acting };
  }

  private open(job: Job, prompt: IListedPrompt, carrier: ICarrier): void {
    job.rounds = new Rounds(() => this.lookAt(job));
    const ask: IOpenedPrompt['ask'] = async (type, content) => {
      const reply = await carrier.ask(type, content);
      if (type === 'attio_answer_request') {
        void job.rounds?.run();
      }
      return reply;
    };
    job.prompt = { prompt, ask, closed: job.closed };
    this.options.changed();
    this.noticeEnds();
  }

  private async lookAt(job: Job): Promise<void> {
    if (!job.prompt || job.isCancelled) {
      return;
    }
    const { prompt, ask } = job.prompt;
    const reply = await ask('attio_prompts_request', {
      prompt_ids: [prompt.prompt_id]
    }).catch(() => null);
    if (!job.prompt || job.isCancelled) {
      return;
    }
    if (reply?.status === 'ok') {
      this.take(job, job.prompt, reply.prompts[0]);
    } else if (job.carrier?.ended) {
      this.noticeEnds();
    }
  }

  private take(
    job: Job,
    opened: IOpenedPrompt,
    prompt: IListedPrompt | undefined
  ): void {
    if (prompt === undefined) {
      this.finish(
        job,
        failed(this.words.outcome({ state: 'over', message: '' }))
      );
    } else if (!isOver(prompt.state)) {
      job.prompt = { ...opened, prompt };
      this.options.changed();
    } else {
      this.finish(job, this.noteOf(prompt));
    }
  }

  private noteOf(prompt: IListedPrompt): INote | null {
    if (prompt.state === 'cancelled') {
      return null;
    }
    const text = this.words.outcome(prompt);
    return { kind: prompt.state === 'connected' ? 'done' : 'failed', text };
  }

  /** Finish with a note on the reply, or with why it was refused. */
  private end<T>(
    job: Job,
    reply: ({ status: 'ok' } & T) | IRefusal,
    noteOn: (reply: T) => INote
  ): void {
    this.finish(
      job,
      reply.status === 'error' ? failed(this.refusal(reply)) : noteOn(reply)
    );
  }

  private finish(job: Job, note: INote | null): void {
    if (job.isCancelled || job.doing === '') {
      return;
    }
    job.doing = '';
    job.close();
    job.note = note;
    this.options.changed();
    void this.options.done().then(() => {
      if (this.own.includes(job)) {
        job.left = this.standingOf(job);
      }
    });
  }

  private get member(): string {
    return this.options.shown().member;
  }

  private get own(): Job[] {
    return this.jobsOf(this.member);
  }

  private jobsOf(member: string): Job[] {
    return [...this.jobs].filter(job => job.member === member);
  }

  private find(name: IConnectionName, member = this.member): Job | undefined {
    const id = rowId(name);
    return this.jobsOf(member).find(job => job.id === id);
  }

  /** Whether it is a test that has shown that the connection does not work any more. */
  private hasFoundOut({ id, note }: Job): boolean {
    const found = this.state?.connections.find(each => rowId(each) === id);
    return note?.kind === 'warning' && found !== undefined && isSpoilt(found);
  }

  /** How its connection stands; null where the state is not of that member. */
  private standingOf({ id, left, member }: Job): string | null {
    const { acting, connections } = this.state ?? { connections: [] };
    if (acting?.id !== member) {
      return left;
    }
    const found = connections.find(each => rowId(each) === id);
    return `${found?.standing} ${found?.created_at}`;
  }

  private refusal({ message }: IRefusal): string {
    return message || this.trans.__('It was refused, and not said why.');
  }
}

function failed(text: string): INote {
  return { kind: 'failed', text };
}

/** Whether a prompt asks for what a connection is made with, or for where it goes. */
function asksFor(
  { type, standing, new_addresses }: IConnection,
  { prompt }: IOpenedPrompt
): boolean {
  switch (prompt.kind) {
    case 'approval':
      // Once they are approved there are none, which is no change of the app file.
      return (
        standing !== 'changed' ||
        new_addresses.join() === prompt.new_addresses.join()
      );
    case 'oauth2':
      return type === 'oauth2';
    case 'secret':
    case 'new-connection':
      return type === 'secret';
    default:
      // A kind that this page does not know may ask for anything.
      return true;
  }
}

/** That a prompt cannot be cancelled any more is as good as that it was. */
async function cancelPrompt(
  opened: Pick<IOpenedPrompt, 'prompt' | 'ask'> | null
): Promise<void> {
  if (opened) {
    const { prompt_id } = opened.prompt;
    const content = { prompt_id, action: 'cancel' as const };
    await opened.ask('attio_answer_request', content).catch(() => undefined);
  }
}
