/** A kernel that replies as a test says, and notes what it was asked. */
import type { Ask, IPrompt, RequestType } from '../src/protocol';
import { EMPTY_PROMPT } from '../src/protocol';

export class ScriptedKernel {
  readonly asked: [RequestType, unknown][] = [];

  constructor(
    private readonly replies: Partial<Record<RequestType, unknown[]>>
  ) {}

  readonly ask = (async (type: RequestType, content: unknown) => {
    this.asked.push([type, content]);
    const reply = this.replies[type]?.shift();
    if (reply === undefined) {
      throw new Error(`No reply to ${type}`);
    }
    return reply;
  }) as Ask;
}

export function promptNamed(
  prompt_id: string,
  rest: Partial<IPrompt> = {}
): IPrompt {
  return { ...EMPTY_PROMPT, prompt_id, ...rest };
}
