/** What a page and a kernel, or the Jupyter server, say to each other. */
import type { IConnectionName, IKernelState, IMember, ITested } from './state';

/** Where a prompt stands. Only in the first two can it still be answered. */
export type PromptState =
  | 'asking'
  | 'saving'
  | 'connected'
  | 'cancelled'
  | 'timed-out'
  | 'interrupted'
  | 'over';

/** What the kernel says of a prompt. None of it ever holds a value. */
export interface IPrompt {
  prompt_id: string;
  kind: 'secret' | 'new-connection' | 'oauth2' | 'approval' | 'member';
  heading: string;
  description: string;
  help_url: string;
  public_key: string;
  state: PromptState;
  message: string;
  stdin_allowed: boolean;
  app_file: string;
  /** What is asked for at the provider. */
  scopes: string[];
  /** Whether there was a connection, which cannot be renewed any more. */
  expired: boolean;
  /** The addresses that the app file names, and that nobody has approved for the value. */
  new_addresses: string[];
  /** The members of whom the person is to choose one. */
  members: IMember[];
  /** Whether the secret of the OAuth client has to be typed first. */
  client_secret: boolean;
  /** Whether one is stored, which can be used as it is instead. */
  client_secret_stored: boolean;
  /** What is asked about the value that was typed; '' for nothing. It never holds the value. */
  question: string;
  /** What the person can answer to that. */
  choices: IChoice[];
  /** Grows whenever something about the sign-in has changed. */
  revision: number;
}

/** One answer to a question about a value. */
export interface IChoice {
  id: string;
  label: string;
}

/** A prompt as the kernel lists it, with where it stands. */
export interface IListedPrompt extends IPrompt {
  cell_id: string;
  /** The line of plain text that the cell's output has for it. */
  output_line: string;
  /** Whether no page has drawn it in time. */
  unseen: boolean;
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

/** A code to type at the provider, on any device. */
export interface IDeviceCode {
  user_code: string;
  verification_uri: string;
  /** The same with the code in it, or ''. */
  verification_uri_complete: string;
  /** The address as a picture: a data URI. */
  qr: string;
  /** How many seconds it is good for. */
  expires_in: number;
}

/** How a sign-in stands. It is kept in the page's memory, and nowhere else. */
export interface ISignIn {
  state: 'preparing' | 'ready' | 'exchanging' | 'failed';
  /** Where the person signs in, once it is ready. */
  authorization_url: string;
  /** The host of that address, then the others that take part. */
  host: string;
  other_hosts: string[];
  /** How the person comes back: by themselves, or by pasting an address. */
  returns: 'loopback' | 'server' | 'paste';
  has_device: boolean;
  device: IDeviceCode | null;
  message: string;
}

/** What the person may do by typing something. */
export type SealedAction = 'connect' | 'client-secret' | 'address';

/** What the person may do by pressing a button. */
export type PlainAction =
  'allow' | 'cancel' | 'stdin' | 'device' | 'again' | 'stored-client-secret';

/** A connection, and on whose behalf. */
export interface IOnBehalf extends IConnectionName {
  /** The app that is shown: what is meant for it is done to no other; null where it is not known. */
  app: IKernelState['app'];
  /** The id of the member; '' for oneself. */
  acting: string;
}

/** What each request carries, to a kernel or to the Jupyter server. */
export interface IRequests {
  attio_ready_request: {
    prompt_id: string;
    on_missing: '' | 'ask' | 'raise';
    timeout: number;
  };
  attio_answer_request:
    | { prompt_id: string; action: SealedAction; sealed: ISealed }
    | { prompt_id: string; action: PlainAction }
    | { prompt_id: string; action: 'choose'; member: string }
    | { prompt_id: string; action: 'decide'; choice: string };
  attio_sign_in_request: {
    prompt_id: string;
    callback_url: string;
    local: boolean;
  };
  attio_prompts_request: {
    prompt_ids: string[];
    /** Whether those in cells that can be answered are listed too. */
    in_cells?: boolean;
  };
  attio_rerun_request: { prompt_id: string };
  /** Says that the form is opened which a cell has asked for. */
  attio_add_request: { add_id: string };
  attio_connect_request: IOnBehalf & {
    /** Whether the secret of the OAuth client is asked for even where it is known. */
    client_secret?: boolean;
  };
  /** Asks whether the value may go to the new addresses. */
  attio_approve_request: IOnBehalf;
  attio_disconnect_request: IOnBehalf;
  attio_forget_client_secret_request: IOnBehalf;
  attio_test_request: IOnBehalf;
  attio_rename_key_request: IOnBehalf & { new_key: string };
  attio_remove_request: IOnBehalf & {
    /** Whether what is stored of it is revoked and deleted, for every member. */
    disconnect: boolean;
  };
  /** Moves what is stored under a key that the app file no longer names. */
  attio_move_stored_request: IOnBehalf & { from_key: string | null };
  /** Only a kernel answers this one, and the next. */
  attio_session_request: Record<string, never>;
  attio_act_as_request: { user: string };
}

/** A connection that has another key by now. */
export interface IRenamed {
  key: string | null;
  /** How many stored values were moved. */
  moved: number;
  message: string;
}

/** What a good reply to each request carries, beside its status. */
export interface IReplies {
  attio_ready_request: { state: PromptState; message: string };
  attio_answer_request: Record<string, never>;
  attio_sign_in_request: Pick<ISignIn, 'state'> & Partial<ISignIn>;
  attio_prompts_request: { prompts: IListedPrompt[] };
  attio_rerun_request: { cell_id: string; code: string };
  attio_add_request: Record<string, never>;
  attio_connect_request: IListedPrompt;
  attio_approve_request: IListedPrompt;
  attio_disconnect_request: { was_connected: boolean; message: string };
  attio_forget_client_secret_request: { was_stored: boolean };
  attio_test_request: ITested;
  attio_rename_key_request: IRenamed;
  attio_remove_request: { was_connected: boolean; message: string };
  attio_move_stored_request: IRenamed;
  attio_session_request: IKernelState;
  attio_act_as_request: IKernelState;
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

/** Asks one thing; rejects where no reply comes. */
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
  app_file: '',
  scopes: [],
  expired: false,
  new_addresses: [],
  members: [],
  client_secret: false,
  client_secret_stored: false,
  question: '',
  choices: [],
  revision: 0
};

/** A sign-in of which nothing is known yet. */
export const EMPTY_SIGN_IN: ISignIn = {
  state: 'preparing',
  authorization_url: '',
  host: '',
  other_hosts: [],
  returns: 'loopback',
  has_device: false,
  device: null,
  message: ''
};

/** Whether no answer is wanted any more. */
export function isOver(state: PromptState): boolean {
  return state !== 'asking' && state !== 'saving';
}
