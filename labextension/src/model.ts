/** The model of the Connections tab: it follows the notebook in front. */
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IProposal } from './api';
import { messageOf } from './api';
import type { IAppOptions, INotebook } from './app';
import { NotebookApp } from './app';
import type { News } from './events';
import { attentionOf } from './rows';
import type {
  Definition,
  IChecked,
  IConnectionName,
  IEdited,
  IMember,
  IPreset,
  ITabState
} from './state';
import type { Face, IConnectionsModel, IRow, KernelFace } from './tokens';

/** What the model needs of the world. */
export interface IModelOptions extends IAppOptions {
  /** Says what there is news of at the server. */
  news: ISignal<unknown, News>;
}

/** Tells of one notebook at a time, and remembers what it knew of the others. */
export class ConnectionsModel implements IConnectionsModel, IDisposable {
  readonly changed = new Signal<this, void>(this);
  private readonly apps = new Map<INotebook, NotebookApp>();
  private front: NotebookApp | null = null;
  private shownRows: readonly IRow[] | null = null;
  private disposed = false;

  constructor(private readonly options: IModelOptions) {
    options.news.connect(this.onNews, this);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    this.options.news.disconnect(this.onNews, this);
    [...this.apps.keys()].forEach(notebook => this.forget(notebook));
    Signal.clearData(this);
  }

  get path(): string | null {
    return this.front?.path ?? null;
  }

  get face(): Face {
    return this.front?.face ?? 'no-notebook';
  }

  get failure(): string {
    return this.front?.failure ?? '';
  }

  get state(): ITabState | null {
    return this.front?.state ?? null;
  }

  get rows(): readonly IRow[] {
    this.shownRows ??= this.front?.rows ?? [];
    return this.shownRows;
  }

  get kernel(): KernelFace {
    return this.front?.kernel ?? 'none';
  }

  get acting(): IMember | null {
    return this.front?.acting ?? null;
  }

  get fromNextCell(): boolean {
    return this.front?.fromNextCell ?? false;
  }

  get attention(): number {
    return attentionOf(this.rows, this.state);
  }

  /** Tell of another notebook, or of none: at once what was known last, then what is. */
  setNotebook(notebook: INotebook | null): void {
    const app = notebook && (this.apps.get(notebook) ?? this.follow(notebook));
    if (app === this.front || this.disposed) {
      return;
    }
    this.front = app;
    this.emit();
    void app?.refresh();
    void app?.askKernel();
    void app?.work.look();
  }

  async refresh(): Promise<void> {
    void this.front?.askKernel();
    await this.front?.refresh();
  }

  async unlock(): Promise<void> {
    await this.front?.unlock();
  }

  async actAs(user: string): Promise<void> {
    await this.front?.actAs(user);
  }

  async connect(name: IConnectionName): Promise<void> {
    await this.front?.work.connect(name);
  }

  async cancel(name: IConnectionName): Promise<void> {
    await this.front?.work.cancel(name);
  }

  async disconnect(name: IConnectionName): Promise<void> {
    await this.front?.work.disconnect(name);
  }

  async test(name: IConnectionName): Promise<void> {
    await this.front?.work.test(name);
  }

  dismiss(name: IConnectionName): void {
    this.front?.work.dismiss(name);
  }

  /** Without any, a definition can still be written by hand. */
  async presets(): Promise<IPreset[]> {
    return this.options.api.presets().catch(() => []);
  }

  async check(
    definition: Definition,
    editing: IEdited | null
  ): Promise<IChecked> {
    return this.options.api
      .check(this.proposal(definition, editing))
      .catch(error => ({
        field: '',
        message: messageOf(error),
        registration: null
      }));
  }

  async save(definition: Definition, editing: IEdited | null): Promise<string> {
    const message = await this.options.api
      .save(this.proposal(definition, editing))
      .catch(messageOf);
    if (!message) {
      await this.refresh();
    }
    return message;
  }

  private follow(notebook: INotebook): NotebookApp {
    const app = new NotebookApp(notebook, this.options, () => {
      if (app === this.front) {
        this.emit();
      }
    });
    this.apps.set(notebook, app);
    notebook.disposed.connect(this.onClosed, this);
    return app;
  }

  private forget(notebook: INotebook): void {
    const app = this.apps.get(notebook);
    notebook.disposed.disconnect(this.onClosed, this);
    this.apps.delete(notebook);
    app?.dispose();
    if (app === this.front) {
      this.front = null;
      this.emit();
    }
  }

  private emit(): void {
    this.shownRows = null;
    if (!this.disposed) {
      this.changed.emit();
    }
  }

  private proposal(definition: Definition, editing: IEdited | null): IProposal {
    const { path = '', actingId: acting = '' } = this.front ?? {};
    return { path, acting, definition, editing };
  }

  private onClosed(notebook: unknown): void {
    this.forget(notebook as INotebook);
  }

  private onNews(_: unknown, news: News): void {
    // A prompt is over as well where somebody has connected elsewhere.
    void this.front?.work.look();
    if (news !== 'prompts') {
      void this.front?.refresh();
      // Cells of notebooks behind it wait for connections too.
      [...this.apps.values()].forEach(app => void app.askKernel());
    }
  }
}
