/** A world for the model of the Connections tab: a server, kernels and notebooks of a test's making. */
import { Signal } from '@lumino/signaling';

import type { IProposal, ITabApi } from '../src/api';
import type { INotebook } from '../src/app';
import type { News } from '../src/events';
import type { ICarrier, IKernelSide, KernelLife } from '../src/kernel';
import { ConnectionsModel } from '../src/model';
import type { Ask, IListedPrompt, RequestType } from '../src/protocol';
import { EMPTY_PROMPT } from '../src/protocol';
import type {
  IChecked,
  IConnection,
  IKernelState,
  IPreset,
  ITabState
} from '../src/state';
import { ENGLISH } from './english';
import { ScriptedKernel } from './kernel';

type Replies = ConstructorParameters<typeof ScriptedKernel>[0];

export const MAIL = { owner: 'user', key: 'mail' } as const;

export function connection(rest: Partial<IConnection> = {}): IConnection {
  return {
    ...MAIL,
    type: 'secret',
    label: 'Mail',
    help_url: '',
    hosts: ['api.example.com'],
    standing: 'not-connected',
    detail: '',
    variable: '',
    owned_by: 'alice',
    created_by: '',
    created_at: null,
    account: '',
    expires_at: null,
    is_renewed: false,
    scopes: [],
    missing_scopes: [],
    provider: '',
    may_configure: true,
    why_no_test: '',
    new_addresses: [],
    suggested_key: 'mail',
    stored_for: [],
    client_secret_stored: false,
    stored_under: null,
    definition: {},
    ...rest
  };
}

/** A state in which alice acts, and has one connection to make. */
export function stateOf(rest: Partial<ITabState> = {}): ITabState {
  return {
    app: {
      id: 'app',
      name: 'App',
      workspace: 'workspace',
      file: 'attio-app.toml',
      path: 'attio-app.toml'
    },
    problems: [],
    members: [],
    admins: [],
    own_user: 'alice',
    unlisted_user: '',
    acting: { id: 'alice', role: 'admin' },
    connections: [connection()],
    vault: 'vault-1',
    key_file: '',
    ...rest
  };
}

export function kernelState(rest: Partial<IKernelState> = {}): IKernelState {
  return {
    acting: { id: 'alice', role: 'admin' },
    problem: '',
    unlisted_user: '',
    from_next_cell: false,
    app: { id: 'app', workspace: 'workspace' },
    prompts: [],
    variables: [],
    vault: 'vault-1',
    ...rest
  };
}

export function listed(
  prompt_id: string,
  rest: Partial<IListedPrompt> = {}
): IListedPrompt {
  return {
    ...EMPTY_PROMPT,
    prompt_id,
    cell_id: '',
    output_line: '',
    unseen: false,
    ...rest
  };
}

/** A promise that a test settles. */
export class Deferred<T> {
  resolve!: (value: T) => void;
  reject!: (reason: Error) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/** What a test says of a question: an answer, no answer, or one for later. */
export type Said<T> = T | Error | Deferred<T>;

function hear<T>(said: Said<T>): Promise<T> {
  if (said instanceof Deferred) {
    return said.promise;
  }
  return said instanceof Error ? Promise.reject(said) : Promise.resolve(said);
}

/** A server that answers as it is told; it repeats what it was told last. */
export class FakeServer implements ITabApi {
  readonly questions: [path: string, acting: string, unlock: boolean][] = [];
  readonly proposals: IProposal[] = [];
  readonly says: Said<ITabState>[] = [stateOf()];
  saying: {
    presets: Said<IPreset[]>;
    check: Said<IChecked>;
    save: Said<string>;
  } = {
    presets: [],
    check: { field: '', message: '', registration: null },
    save: ''
  };
  carrier = new ScriptedKernel({});

  say(...answers: Said<ITabState>[]): void {
    this.says.splice(0, this.says.length, ...answers);
  }

  state(path: string, acting: string, unlock = false): Promise<ITabState> {
    this.questions.push([path, acting, unlock]);
    return hear(this.says.length > 1 ? this.says.shift()! : this.says[0]);
  }

  presets(): Promise<IPreset[]> {
    return hear(this.saying.presets);
  }

  check(proposal: IProposal): Promise<IChecked> {
    this.proposals.push(proposal);
    return hear(this.saying.check);
  }

  save(proposal: IProposal): Promise<string> {
    this.proposals.push(proposal);
    return hear(this.saying.save);
  }

  ask(): Ask {
    return this.carrier.ask;
  }
}

/** A kernel that stands as it is told. */
export class FakeSide implements IKernelSide {
  readonly changed = new Signal<this, void>(this);
  life: KernelLife = 'none';
  state: IKernelState | null = null;
  /** What the kernel says of itself once attio_nb has been loaded into it. */
  loaded: IKernelState | null = null;
  isDisposed = false;
  expectsApp = false;
  by: { ask: Ask; ended: ICarrier['ended'] } = {
    ask: new ScriptedKernel({}).ask,
    ended: ''
  };
  /** What the kernel says when it is asked again. */
  next: IKernelState | null = null;

  /** Be a kernel that has loaded attio_nb, and replies as told. */
  load(replies: Replies = {}, state = kernelState()): ScriptedKernel {
    const kernel = this.prepare(replies);
    this.tell('idle', state);
    return kernel;
  }

  /** Be a kernel that has not, yet would then. */
  prepare(replies: Replies, loaded = kernelState()): ScriptedKernel {
    const kernel = new ScriptedKernel(replies);
    this.by = { ask: kernel.ask, ended: '' };
    this.loaded = loaded;
    this.life = 'unloaded';
    return kernel;
  }

  tell(life: KernelLife, state: IKernelState | null): void {
    this.life = life;
    this.state = state;
    this.changed.emit();
  }

  /** Come to an end, with all that it was asked for. */
  end(how: 'restarted' | 'stopped'): void {
    this.by.ended = how;
    this.tell(how === 'stopped' ? 'gone' : 'starting', null);
  }

  expectApp(): void {
    this.expectsApp = true;
  }

  async refresh(): Promise<void> {
    this.tell(this.life, this.next ?? this.state);
  }

  async carrier(mayLoad: boolean): Promise<ICarrier | null> {
    if (this.life === 'unloaded' && mayLoad && this.loaded) {
      this.tell('idle', this.loaded);
    }
    return this.state && this.by;
  }

  dispose(): void {
    this.isDisposed = true;
  }
}

/** A notebook with its kernel. */
export class FakeNotebook implements INotebook {
  readonly side = new FakeSide();
  readonly disposed = new Signal<this, void>(this);
  readonly context: INotebook['context'] & { localPath: string };
  readonly renamed: Signal<object, string>;
  readonly sessionContext = this as unknown as INotebook['sessionContext'];

  constructor(localPath: string) {
    this.renamed = new Signal<object, string>(this);
    this.context = { localPath, pathChanged: this.renamed };
  }

  rename(path: string): void {
    this.context.localPath = path;
    this.renamed.emit(path);
  }
}

/** A model in front of one notebook, and all that it talks to. */
export function world(path = 'notebook.ipynb') {
  const server = new FakeServer();
  const news = new Signal<object, News>({});
  const notebook = new FakeNotebook(path);
  const model = new ConnectionsModel({
    api: server,
    news,
    trans: ENGLISH,
    kernelSide: context => (context as unknown as FakeNotebook).side
  });
  return { server, news, notebook, model, side: notebook.side };
}

/** The same, once the first answer of the server has come. */
export async function settledWorld() {
  const all = world();
  all.model.setNotebook(all.notebook);
  await settled();
  return all;
}

/** Wait until everything that has been answered has been dealt with. */
export function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

/** What a kernel or a server was asked, in a test's words. */
export function typesOf({ asked }: ScriptedKernel): RequestType[] {
  return asked.map(([type]) => type);
}
