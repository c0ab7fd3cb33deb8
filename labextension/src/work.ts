/** What is done about the connections of one notebook's app. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { messageOf } from './api';
import { NoReply } from './control';
import type { ICarrier } from './kernel';
import type { IListedPrompt, IRefusal } from './protocol';
import { isOver } from './protocol';
import { Rounds } from './rounds';
import type { Doing } from './rows';
import { rowId } from './rows';
import type { IConnectionName } from './state';
import type { INote, IOpenedPrompt } from './tokens';
import { Words } from './words';

/** What the work needs of the world. */
export interface IWorkOptions {
  /** Who carries it out; `mayLoad` says whether a kernel may be made ready for it. */
  carrier(mayLoad: boolean): Promise<ICarrier>;
  /** On whose behalf. */
  acting(): string;
  /** Called after anything about a doing has changed. */
  changed(): void;
  /** Called after a connection may stand differently. */
  done(): void;
}

/** One thing that is done, until it is dismissed or something else is done. */
class Job implements Doing {
  prompt: IOpenedPrompt | null = null;
  note: INote | null = null;
  carrier: ICarrier | null = null;
  isCancelled = false;
  /** Asks where the prompt stands. */
  rounds: Rounds | null = null;

  constructor(public doing: Doing['doing']) {}
}

/** Connects, disconnects and tests, and keeps what came of it. */
export class Work {
  private readonly jobs = new Map<string, Job>();
  private readonly words: Words;

  constructor(
    private readonly options: IWorkOptions,
    private readonly trans: TranslationBundle
  ) {
    this.words = new Words(trans, 'panel');
  }

  get doings(): ReadonlyMap<string, Doing> {
    return this.jobs;
  }

  /** Open a prompt, unless something is being done already. */
  async connect(name: IConnectionName): Promise<void> {
    await this.start(name, 'connecting', async job => {
      const carrier = await this.carry(job, true);
      const { ask } = carrier;
      const content = this.content(name);
      const reply = await ask('attio_connect_request', content);
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
    const id = rowId(name);
    const job = this.jobs.get(id);
    if (job?.doing !== 'connecting') {
      return;
    }
    job.isCancelled = true;
    this.jobs.delete(id);
    this.options.changed();
    if (job.prompt) {
      await cancelPrompt(job.prompt);
    }
  }

  async disconnect(name: IConnectionName): Promise<void> {
    await this.start(name, 'disconnecting', async job => {
      const { ask } = await this.carry(job, false);
      const content = this.content(name);
      const reply = await ask('attio_disconnect_request', content);
      if (reply.status === 'error') {
        this.finish(job, failed(this.refusal(reply)));
        return;
      }
      const plain = reply.was_connected
        ? this.trans.__('Disconnected.')
        : this.trans.__('It was not connected.');
      this.finish(job, { kind: 'done', text: reply.message || plain });
    });
  }

  async test(name: IConnectionName): Promise<void> {
    await this.start(name, 'testing', async job => {
      const { ask } = await this.carry(job, false);
      const reply = await ask('attio_test_request', this.content(name));
      if (reply.status === 'error') {
        this.finish(job, failed(this.refusal(reply)));
      } else {
        const kind = reply.ok ? 'done' : 'failed';
        this.finish(job, { kind, text: reply.message });
      }
    });
  }

  dismiss(name: IConnectionName): void {
    const id = rowId(name);
    if (this.jobs.get(id)?.doing === '') {
      this.jobs.delete(id);
      this.options.changed();
    }
  }

  /** Ask where the opened prompts stand. */
  async look(): Promise<void> {
    const jobs = [...this.jobs.values()];
    await Promise.all(jobs.map(job => job.rounds?.run()));
  }

  /** Close the prompts of kernels that have come to their end. */
  noticeEnds(): void {
    for (const job of this.jobs.values()) {
      if (job.prompt && job.carrier?.ended) {
        this.finish(job, failed(this.words.ended(job.carrier.ended)));
      }
    }
  }

  private async start(
    name: IConnectionName,
    doing: Doing['doing'],
    task: (job: Job) => Promise<void>
  ): Promise<void> {
    const id = rowId(name);
    if (this.jobs.get(id)?.doing) {
      return;
    }
    const job = new Job(doing);
    this.jobs.set(id, job);
    this.options.changed();
    try {
      await task(job);
    } catch (error) {
      this.finish(job, failed(this.explain(error)));
    }
  }

  private async carry(job: Job, mayLoad: boolean): Promise<ICarrier> {
    job.carrier = await this.options.carrier(mayLoad);
    return job.carrier;
  }

  private content(name: IConnectionName) {
    const { owner, key } = name;
    return { owner, key, acting: this.options.acting() };
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
    job.prompt = { prompt, ask };
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

  private finish(job: Job, note: INote | null): void {
    if (job.isCancelled || job.doing === '') {
      return;
    }
    job.doing = '';
    job.prompt = null;
    job.note = note;
    this.options.changed();
    this.options.done();
  }

  private refusal({ message }: IRefusal): string {
    return message || this.trans.__('It was refused, and not said why.');
  }

  private explain(error: unknown): string {
    const { trans } = this;
    if (!(error instanceof NoReply)) {
      return messageOf(error);
    }
    return error.reason === 'late'
      ? trans.__('The kernel did not answer in time. Try again.')
      : trans.__('The kernel stopped before it was done. Try again.');
  }
}

function failed(text: string): INote {
  return { kind: 'failed', text };
}

/** That a prompt cannot be cancelled any more is as good as that it was. */
async function cancelPrompt({ prompt, ask }: IOpenedPrompt): Promise<void> {
  const { prompt_id } = prompt;
  const content = { prompt_id, action: 'cancel' as const };
  await ask('attio_answer_request', content).catch(() => undefined);
}
