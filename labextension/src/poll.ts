/** Asking a kernel, again and again, where its prompts stand. */
import type { Ask, IListedPrompt } from './protocol';
import { isOver } from './protocol';

/** How long to wait after each reply, in milliseconds. */
const EVERY = 500;

/** How many times in a row a kernel may be silent until it is asked no more. */
const SILENCES = 10;

/** Who wants to know. */
export interface IPollListener {
  /** Whether this prompt is still of interest. */
  wanted(promptId: string): boolean;
  /** Called with each prompt that the kernel knows. */
  found(prompt: IListedPrompt): void;
  /** Called with the id of each prompt that the kernel does not know. */
  unknown(promptId: string): void;
}

/** Polls until no prompt is left that could still be answered. */
export class Poll {
  private waiting: Set<string>;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;
  private silences = 0;

  constructor(
    private readonly ask: Ask,
    promptIds: string[],
    private readonly listener: IPollListener,
    private readonly every = EVERY
  ) {
    this.waiting = new Set(promptIds);
  }

  /** Begin after a delay in milliseconds. Nothing is ever sent for no prompt. */
  start(delay: number): void {
    if (this.waiting.size > 0 && !this.stopped) {
      this.timer = setTimeout(() => void this.round(), delay);
    }
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async round(): Promise<void> {
    const wanted = [...this.waiting].filter(id => this.listener.wanted(id));
    this.waiting = new Set(wanted);
    if (wanted.length > 0 && this.silences < SILENCES) {
      await this.inquire(wanted);
      this.start(this.every);
    }
  }

  private async inquire(promptIds: string[]): Promise<void> {
    try {
      const reply = await this.ask('attio_prompts_request', {
        prompt_ids: promptIds
      });
      this.silences = 0;
      if (reply.status === 'ok' && !this.stopped) {
        this.take(promptIds, reply.prompts);
      }
    } catch {
      // A kernel that is still connecting does not reply; one without attio_nb never does.
      this.silences += 1;
    }
  }

  private take(promptIds: string[], prompts: IListedPrompt[]): void {
    const known = new Map(prompts.map(prompt => [prompt.prompt_id, prompt]));
    for (const promptId of promptIds) {
      const prompt = known.get(promptId);
      if (prompt) {
        this.listener.found(prompt);
      } else {
        this.listener.unknown(promptId);
      }
      if (!prompt || isOver(prompt.state)) {
        this.waiting.delete(promptId);
      }
    }
  }
}
