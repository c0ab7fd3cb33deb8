/** One run of a kernel, from its start to its end. */
import type { Kernel, KernelMessage } from '@jupyterlab/services';

import { NoReply, askOver } from './control';
import { LOAD_CODE } from './loading';
import type { Ask, Reply } from './protocol';
import type { IKernelState } from './state';
import type { KernelEnd } from './words';

/** How long to wait for a kernel that is busy, in milliseconds. */
export const PATIENCE = 3000;

/** How long it may take to load attio_nb, in milliseconds, once it has begun. */
const LOAD_TIMEOUT = 30_000;

type Executed = KernelMessage.IExecuteReplyMsg['content']['status'];

/** What is known of a kernel, until it is restarted. */
export class KernelRun {
  readonly ask: Ask;
  /** Whether it runs Python; null before it is known. */
  isPython: boolean | null = null;
  /** What it says of itself; null where it has not loaded attio_nb. */
  state: IKernelState | null = null;
  ended: KernelEnd | '' = '';
  /** Whether a cell runs, as it said itself; null before it has. */
  isExecuting: boolean | null = null;
  /** Whether it could not load attio_nb when it was told to. */
  cannotLoad = false;
  /** Whether it has not replied in time to what it was asked last. */
  isLate = false;
  private asked = 0;
  private answered = 0;

  /**
   * @param changed - called after anything above has changed
   */
  constructor(
    private readonly kernel: Kernel.IKernelConnection,
    private readonly changed: () => void
  ) {
    this.ask = askOver(kernel);
    void this.learnLanguage();
  }

  get wasAsked(): boolean {
    return this.asked > 0;
  }

  /** Note how it ended; nothing that it says counts from then on. */
  end(how: KernelEnd): void {
    this.ended ||= how;
    this.state = null;
  }

  /** Note that it has attio_nb no more; what it was asked before counts no more. */
  unload(): void {
    this.answered = this.asked;
    this.state = null;
    this.changed();
  }

  /** Ask it what it says of itself. What it was asked before then counts no more. */
  async inquire(): Promise<void> {
    const round = (this.asked += 1);
    this.isLate = false;
    const reply = await this.ask('attio_session_request', {}).catch(
      (error: Error) => error
    );
    if (this.ended || round <= this.answered) {
      return;
    }
    this.answered = round;
    this.isLate = reply instanceof NoReply && reply.reason === 'late';
    // One that has no time to reply has forgotten nothing; one that unloads attio_nb says so.
    if (!this.isLate) {
      this.state = reply instanceof Error ? null : stateOf(reply);
    }
    this.changed();
  }

  /** Load attio_nb, and return whether that went well. */
  async load(): Promise<boolean> {
    const status = await this.execute(LOAD_CODE);
    this.cannotLoad = status === 'error';
    if (status === 'ok') {
      await this.inquire();
    } else {
      this.changed();
    }
    return this.state !== null;
  }

  /**
   * Run code that nobody sees, and return what became of it; null where that is not known.
   *
   * A cell may stand before it that the kernel has not said yet it runs.
   */
  private async execute(code: string): Promise<Executed | null> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      const future = this.kernel.requestExecute({
        code,
        silent: true,
        store_history: false,
        allow_stdin: false,
        stop_on_error: false
      });
      const late = new Promise<null>(resolve => {
        const wait = (time: number) => {
          clearTimeout(timer);
          timer = setTimeout(() => resolve(null), time);
        };
        wait(PATIENCE);
        // What it sends of this code says that it has begun with it.
        future.onIOPub = () => wait(LOAD_TIMEOUT);
      });
      const reply = await Promise.race([future.done, late]);
      return reply?.content.status ?? null;
    } catch {
      // The kernel has died or been restarted meanwhile.
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  private async learnLanguage(): Promise<void> {
    const language = await languageOf(this.kernel).catch(() => '');
    this.isPython = language.toLowerCase() === 'python';
    this.changed();
  }
}

async function languageOf(kernel: Kernel.IKernelConnection): Promise<string> {
  const spec = await kernel.spec;
  return spec?.language ?? (await kernel.info).language_info.name;
}

/** A kernel that cannot say who acts has loaded attio_nb all the same. */
function stateOf(reply: Reply<'attio_session_request'>): IKernelState {
  if (reply.status === 'ok') {
    return reply;
  }
  return {
    acting: null,
    problem: reply.message ?? '',
    unlisted_user: '',
    from_next_cell: false,
    app: null,
    prompts: [],
    variables: [],
    vault: ''
  };
}
