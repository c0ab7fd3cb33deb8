/** What the kernel and the page say to each other about a prompt. */

/** Where a prompt stands. Only in the first two can it still be answered. */
export type PromptState =
  | 'asking'
  | 'saving'
  | 'connected'
  | 'cancelled'
  | 'timed-out'
  | 'interrupted'
  | 'over';

/** The traits of the kernel's PromptWidget. None of them ever holds a value. */
export interface IPrompt {
  prompt_id: string;
  kind: 'secret' | 'new-connection';
  heading: string;
  description: string;
  help_url: string;
  public_key: string;
  state: PromptState;
  message: string;
  stdin_allowed: boolean;
  app_file: string;
}

/** A prompt as the kernel lists it for a page that was loaded again. */
export interface IListedPrompt extends IPrompt {
  cell_id: string;
}

/** What the person typed, before it is sealed. */
export interface IAnswer {
  value: string;
  title?: string;
  hosts?: string[];
}

/** An answer that only the prompt's own key can open. All parts are base64. */
export interface ISealed {
  public_key: string;
  nonce: string;
  ciphertext: string;
}

/** What each request on the control channel carries. */
export interface IRequests {
  attio_ready_request: { prompt_id: string };
  attio_answer_request:
    | { prompt_id: string; action: 'connect'; sealed: ISealed }
    | { prompt_id: string; action: 'cancel' | 'stdin' };
  attio_prompts_request: { prompt_ids: string[] };
  attio_rerun_request: { prompt_id: string };
}

/** What a good reply to each request carries, beside its status. */
export interface IReplies {
  attio_ready_request: { state: PromptState; message: string };
  attio_answer_request: Record<string, never>;
  attio_prompts_request: { prompts: IListedPrompt[] };
  attio_rerun_request: { cell_id: string; code: string };
}

export type RequestType = keyof IRequests;

/** The kernel said no, with a sentence for the person. */
export interface IRefusal {
  status: 'error';
  message?: string;
  retry?: boolean;
}

export type Reply<T extends RequestType> =
  ({ status: 'ok' } & IReplies[T]) | IRefusal;

/** Asks the kernel one thing; rejects where no reply comes. */
export type Ask = <T extends RequestType>(
  type: T,
  content: IRequests[T]
) => Promise<Reply<T>>;

/** The traits with their defaults, as the kernel declares them. */
export const EMPTY_PROMPT: IPrompt = {
  prompt_id: '',
  kind: 'secret',
  heading: '',
  description: '',
  help_url: '',
  public_key: '',
  state: 'asking',
  message: '',
  stdin_allowed: false,
  app_file: ''
};

const OUTCOMES: Record<PromptState, string> = {
  asking: '',
  saving: 'Saving…',
  connected: 'Connected.',
  cancelled: 'Cancelled. Run the cell again to be asked again.',
  'timed-out': 'Nobody answered in time. Run the cell again to be asked again.',
  interrupted: 'Interrupted. Run the cell again to be asked again.',
  over: 'This prompt is over. Run the cell again to be asked again.'
};

/** Whether no answer is wanted any more. */
export function isOver(state: PromptState): boolean {
  return state !== 'asking' && state !== 'saving';
}

/** The sentence to show: the kernel's own, or a plain one for the state. */
export function outcome(prompt: Pick<IPrompt, 'state' | 'message'>): string {
  return prompt.message || OUTCOMES[prompt.state];
}
