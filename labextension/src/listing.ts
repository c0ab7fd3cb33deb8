/** Asking a kernel for the prompts in its cells. It knows no elements. */
import type { Ask, IListedPrompt } from './protocol';
import { Rounds } from './rounds';

/** How long to wait after a request without a reply, in milliseconds. */
const EVERY = 500;

/** How many requests in a row may get no reply until no more is sent. */
const SILENCES = 10;

/** Who wants to know. */
export interface IListingListener {
  /** The ids of the prompts that the page knows and that are not over. */
  known(): string[];
  /** Called with each prompt that can be answered, and with those that are known. */
  found(prompt: IListedPrompt): void;
  /** Called with the id of each known prompt that the kernel does not know. */
  unknown(promptId: string): void;
}

/** Asks whenever it is told to look; again where a known prompt brings no reply. */
export class PromptListing {
  private readonly rounds = new Rounds(() => this.inquire());
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;
  private silences = 0;

  constructor(
    private readonly ask: Ask,
    private readonly listener: IListingListener,
    private readonly every = EVERY
  ) {}

  /** Ask now, or once the reply is there that is waited for. */
  look(): void {
    clearTimeout(this.timer);
    if (!this.stopped) {
      void this.rounds.run();
    }
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async inquire(): Promise<void> {
    const known = this.listener.known();
    const reply = await this.ask('attio_prompts_request', {
      prompt_ids: known,
      in_cells: true
    }).catch(() => null);
    if (this.stopped) {
      return;
    }
    if (reply === null) {
      // A kernel that is still connecting does not reply; one without attio_nb never does.
      this.lookLater(known);
    } else if (reply.status === 'ok') {
      this.silences = 0;
      this.take(known, reply.prompts);
    }
  }

  private take(known: string[], prompts: IListedPrompt[]): void {
    const ids = new Set(prompts.map(({ prompt_id }) => prompt_id));
    known.filter(id => !ids.has(id)).forEach(id => this.listener.unknown(id));
    prompts.forEach(prompt => this.listener.found(prompt));
  }

  private lookLater(known: string[]): void {
    this.silences += 1;
    if (known.length > 0 && this.silences < SILENCES) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.look(), this.every);
    }
  }
}
