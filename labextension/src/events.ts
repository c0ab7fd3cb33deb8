/** What the Jupyter server tells every page of, by Jupyter's own event service. */
import type { Event, ServerConnection } from '@jupyterlab/services';
import { EventManager } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

/** The schema of our events; attio_nb/jupyter/events.py names the same. */
export const CHANGED = 'urn:attio-nb:connections-changed';

/**
 * What there is news of: connections, prompts that the server holds, or anything,
 * since the page was not told of what happened before it could listen.
 */
export type News = 'state' | 'prompts' | 'anything';

/**
 * Listens to the server.
 *
 * JupyterLab's own listener does not say when it has lost the server and found
 * it again, so this has one to itself, whose socket does.
 */
export class ServerEvents implements IDisposable {
  /** Emitted whenever something is to be asked for again. */
  readonly heard = new Signal<this, News>(this);
  private manager: EventManager | null = null;
  private disposed = false;

  constructor(private readonly settings: ServerConnection.ISettings) {}

  /** Listen from now on. */
  listen(): void {
    if (this.manager || this.disposed) {
      return;
    }
    const { settings } = this;
    const opened = () => this.heard.emit('anything');
    // Whether the server is gone, or shuts the page out, is found out by asking.
    const closed = () => {
      if (!this.disposed) {
        this.heard.emit('state');
      }
    };
    this.manager = new EventManager({
      serverSettings: {
        ...settings,
        WebSocket: class extends settings.WebSocket {
          constructor(url: string | URL, protocols?: string | string[]) {
            super(url, protocols);
            this.addEventListener('open', opened);
            this.addEventListener('close', closed);
          }
        }
      }
    });
    this.manager.stream.connect(this.onEvent, this);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    this.disposed = true;
    this.manager?.stream.disconnect(this.onEvent, this);
    this.manager?.dispose();
    Signal.clearData(this);
  }

  private onEvent(_: unknown, event: Event.Emission): void {
    if (event.schema_id === CHANGED) {
      this.heard.emit(event.what === 'prompts' ? 'prompts' : 'state');
    }
  }
}
