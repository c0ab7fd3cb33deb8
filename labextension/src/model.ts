/** The model of the Connections tab: it follows the notebook in front. */
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IAppOptions, INotebook } from './app';
import { NotebookApp } from './app';
import type { News } from './events';
import { attentionOf } from './rows';
import type { IConnectionName, IMember, IPreset, ITabState } from './state';
import type {
  Face,
  IConnectionsModel,
  INotebookApp,
  IRow,
  KernelFace
} from './tokens';

/** What the model needs of the world. */
export interface IModelOptions extends IAppOptions {
  /** Says what there is news of at the server. */
  news: ISignal<unknown, News>;
}

/** Tells of one notebook at a time, and remembers what it knew of the others. */
export class ConnectionsModel implements IConnectionsModel, IDisposable {
  readonly changed = new Signal<this, void>(this);
  private readonly apps = new Map<INotebook, NotebookApp>();
  private inFront: NotebookApp | null = null;
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

  get front(): INotebookApp | null {
    return this.inFront;
  }

  get path(): string | null {
    return this.inFront?.path ?? null;
  }

  get face(): Face {
    return this.inFront?.face ?? 'no-notebook';
  }

  get failure(): string {
    return this.inFront?.failure ?? '';
  }

  get state(): ITabState | null {
    return this.inFront?.state ?? null;
  }

  get rows(): readonly IRow[] {
    this.shownRows ??= this.inFront?.rows ?? [];
    return this.shownRows;
  }

  get kernel(): KernelFace {
    return this.inFront?.kernel ?? 'none';
  }

  get acting(): IMember | null {
    return this.inFront?.acting ?? null;
  }

  get unlistedUser(): string {
    return this.inFront?.unlistedUser ?? '';
  }

  get fromNextCell(): boolean {
    return this.inFront?.fromNextCell ?? false;
  }

  get attention(): number {
    return attentionOf(this.rows, this.state);
  }

  /** Tell of another notebook, or of none: at once what was known last, then what is. */
  setNotebook(notebook: INotebook | null): void {
    const app = notebook && (this.apps.get(notebook) ?? this.follow(notebook));
    if (app === this.inFront || this.disposed) {
      return;
    }
    this.inFront = app;
    this.emit();
    void app?.refresh();
    void app?.askKernel();
    void app?.work.look();
  }

  async refresh(): Promise<void> {
    void this.inFront?.askKernel();
    await this.inFront?.refresh();
  }

  async unlock(): Promise<void> {
    await this.inFront?.unlock();
  }

  async actAs(user: string): Promise<void> {
    await this.inFront?.actAs(user);
  }

  async connect(name: IConnectionName): Promise<void> {
    await this.inFront?.connect(name);
  }

  async approve(name: IConnectionName): Promise<void> {
    await this.inFront?.approve(name);
  }

  async cancel(name: IConnectionName): Promise<void> {
    await this.inFront?.cancel(name);
  }

  async disconnect(name: IConnectionName): Promise<void> {
    await this.inFront?.disconnect(name);
  }

  async replaceClientSecret(name: IConnectionName): Promise<void> {
    await this.inFront?.replaceClientSecret(name);
  }

  async forgetClientSecret(name: IConnectionName): Promise<void> {
    await this.inFront?.forgetClientSecret(name);
  }

  async test(name: IConnectionName): Promise<void> {
    await this.inFront?.test(name);
  }

  async renameKey(name: IConnectionName, newKey: string): Promise<void> {
    await this.inFront?.renameKey(name, newKey);
  }

  async remove(name: IConnectionName, disconnect: boolean): Promise<string> {
    return (await this.inFront?.remove(name, disconnect)) ?? '';
  }

  async moveStored(
    name: IConnectionName,
    fromKey: string | null
  ): Promise<void> {
    await this.inFront?.moveStored(name, fromKey);
  }

  dismiss(name: IConnectionName): void {
    this.inFront?.dismiss(name);
  }

  /** Without any, a definition can still be written by hand. */
  async presets(): Promise<IPreset[]> {
    return this.options.api.presets().catch(() => []);
  }

  private follow(notebook: INotebook): NotebookApp {
    const app = new NotebookApp(notebook, this.options, () => {
      if (app === this.inFront) {
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
    if (app === this.inFront) {
      this.inFront = null;
      this.emit();
    }
  }

  private emit(): void {
    this.shownRows = null;
    if (!this.disposed) {
      this.changed.emit();
    }
  }

  private onClosed(notebook: unknown): void {
    this.forget(notebook as INotebook);
  }

  private onNews(_: unknown, news: News): void {
    // A prompt is over as well where somebody has connected elsewhere.
    void this.inFront?.work.look();
    if (news !== 'prompts') {
      void this.inFront?.refresh();
      // Cells of notebooks behind it wait for connections too.
      [...this.apps.values()].forEach(app => void app.askKernel());
    }
  }
}
