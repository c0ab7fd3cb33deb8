/** Asking the Jupyter server, by its own routes. No answer ever holds a value. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IWaysBack } from './callback';
import type { Ask, IRequests, Reply, RequestType } from './protocol';
import type { Definition, IChecked, IPreset, ITabState } from './state';
import type { IOpenedForm } from './tokens';

/** How long the server may take, in milliseconds; longer where a person or a provider has a part in it. */
const QUICK = 30_000;
const SLOW = 150_000;

/** A definition, and where it is to stand. */
export interface IProposal extends IOpenedForm {
  path: string;
  acting: string;
  definition: Definition;
}

/** What the model needs of the server. */
export interface ITabApi {
  /** Ask how the connections stand; `unlock` lets a locked keyring be asked. */
  state(path: string, acting: string, unlock?: boolean): Promise<ITabState>;
  presets(): Promise<IPreset[]>;
  check(proposal: IProposal): Promise<IChecked>;
  /** Resolves to what is wrong, or to ''. */
  save(proposal: IProposal): Promise<string>;
  /** Answers as a kernel would, for the app of a notebook. */
  ask(path: string): Ask;
}

/** The server does not know our routes: the server extension is missing or off. */
export class NoServerExtension extends Error {}

/** Asks the server of this page; what it rejects with can be shown to a person. */
export class TabApi implements ITabApi {
  constructor(
    private readonly settings: ServerConnection.ISettings,
    private readonly ways: Pick<IWaysBack, 'callbackUrl' | 'local'>,
    private readonly trans: TranslationBundle
  ) {}

  state(path: string, acting: string, unlock = false): Promise<ITabState> {
    const asked = { path, acting };
    if (unlock) {
      // It puts up a window, which no link or picture of another page may do.
      return this.request<ITabState>('connections', posted(asked), SLOW);
    }
    const query = URLExt.objectToQueryString(asked);
    return this.request<ITabState>(`connections${query}`, { method: 'GET' });
  }

  async presets(): Promise<IPreset[]> {
    const { presets } = await this.request<{ presets: IPreset[] }>('presets', {
      method: 'GET'
    });
    return presets;
  }

  check(proposal: IProposal): Promise<IChecked> {
    const { callbackUrl: callback_url, local } = this.ways;
    const body = { ...proposal, callback_url, local };
    return this.request<IChecked>('definitions/check', posted(body));
  }

  async save(proposal: IProposal): Promise<string> {
    const method = proposal.editing === null ? 'POST' : 'PUT';
    const { message } = await this.request<{ message: string }>('definitions', {
      ...posted(proposal),
      method
    });
    return message;
  }

  ask(path: string): Ask {
    return <T extends RequestType>(type: T, content: IRequests[T]) =>
      this.request<Reply<T>>(
        `ask/${type.replace(/_request$/, '')}`,
        posted({ ...content, path }),
        SLOW
      );
  }

  private async request<T>(
    route: string,
    init: RequestInit,
    timeout = QUICK
  ): Promise<T> {
    const url = URLExt.join(this.settings.baseUrl, 'attio-nb', route);
    const signal = AbortSignal.timeout(timeout);
    const response = await ServerConnection.makeRequest(
      url,
      { ...init, signal },
      this.settings
    ).catch(() => {
      throw new Error(signal.aborted ? this.late : this.unreachable);
    });
    if (!response.ok) {
      throw await this.refusal(response);
    }
    return response.json().catch(() => {
      throw new Error(signal.aborted ? this.late : this.notUnderstood);
    });
  }

  private async refusal(response: Response): Promise<Error> {
    const { trans } = this;
    const { status } = response;
    if (status === 404) {
      return new NoServerExtension(
        trans.__('The server extension of attio_nb does not answer.')
      );
    }
    if (status === 401 || status === 403) {
      return new Error(
        trans.__(
          'The Jupyter server does not let this page in any more. Log in again, then reload the page.'
        )
      );
    }
    const message = status < 500 ? await sentenceIn(response) : '';
    return new Error(
      message ||
        trans.__(
          'The Jupyter server failed (%1). Try again; its log says more.',
          status
        )
    );
  }

  private get late(): string {
    return this.trans.__(
      'The Jupyter server did not answer in time. Try again in a moment.'
    );
  }

  private get unreachable(): string {
    return this.trans.__(
      'The Jupyter server cannot be reached. See whether it still runs.'
    );
  }

  private get notUnderstood(): string {
    return this.trans.__(
      'The Jupyter server gave an answer that this page does not understand. Reload the page.'
    );
  }
}

/** The sentence of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function posted(body: object): RequestInit {
  return { method: 'POST', body: JSON.stringify(body) };
}

/** The sentence that the server refuses with, or ''. */
async function sentenceIn(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  const message = (body as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : '';
}
