/** The kernel of one notebook, as far as connections go. */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { Ask } from './protocol';
import { KernelRun, PATIENCE } from './run';
import type { IKernelState } from './state';
import type { KernelFace } from './tokens';
import type { KernelEnd } from './words';
import { ENDS } from './words';

/** What a kernel sends when something has changed that `attio_session` tells of. */
const CHANGED = 'attio_changed';

/** What it sends, again and again, while a cell waits for a person. */
const WAITING = 'attio_waiting';

/** Who carries out what is done to a connection. */
export interface ICarrier {
  readonly ask: Ask;
  /** How it came to its end, and with it all that it was asked for; '' before. */
  readonly ended: KernelEnd | '';
}

/** A kernel by itself cannot tell whether its connections are elsewhere, or of another app. */
export type KernelLife = Exclude<KernelFace, 'elsewhere' | 'astray'>;

/** What the model needs of a kernel. */
export interface IKernelSide extends IDisposable {
  /** Emitted after `life` has changed, and whenever the kernel has said something. */
  readonly changed: ISignal<IKernelSide, void>;
  readonly life: KernelLife;
  /** What it says of itself; null where it has not loaded attio_nb. */
  readonly state: IKernelState | null;
  /** Say that the notebook belongs to an app, so that attio_nb may well be loaded. */
  expectApp(): void;
  /** Ask the kernel again what it says of itself. */
  refresh(): Promise<void>;
  /**
   * Return who carries out what is done here, or null where the kernel cannot.
   *
   * @param mayLoad - whether attio_nb is to be loaded where it is not yet
   */
  carrier(mayLoad: boolean): Promise<ICarrier | null>;
}

/** What there is to know of a notebook's kernel without asking it. */
export type IKernelContext = Pick<
  ISessionContext,
  | 'session'
  | 'kernelDisplayStatus'
  | 'kernelChanged'
  | 'statusChanged'
  | 'connectionStatusChanged'
  | 'iopubMessage'
>;

/** Follows whatever kernel a notebook has, through restarts and changes. */
export class KernelSide implements IKernelSide {
  readonly changed = new Signal<this, void>(this);
  private run: KernelRun | null = null;
  private expectsApp = false;
  private lost = false;
  /** Whether this kernel was there to be asked before. */
  private wasUp = false;
  private told: KernelLife | null = null;
  private disposed = false;

  constructor(private readonly context: IKernelContext) {
    context.kernelChanged.connect(this.onKernel, this);
    context.statusChanged.connect(this.onStatus, this);
    context.connectionStatusChanged.connect(this.onConnection, this);
    context.iopubMessage.connect(this.onMessage, this);
    this.begin();
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  get state(): IKernelState | null {
    return this.run?.state ?? null;
  }

  get life(): KernelLife {
    const { run } = this;
    const status = this.context.kernelDisplayStatus;
    if (run?.isPython === false) {
      return 'no-python';
    }
    if (!run && status === 'unknown') {
      return 'none';
    }
    switch (status) {
      case 'dead':
      case 'terminating':
      case 'disconnected':
        return 'gone';
      case 'connecting':
        return this.wasUp ? 'gone' : 'starting';
      case 'idle':
      case 'busy':
        return run?.isPython ? this.loaded(run) : 'starting';
      default:
        return 'starting';
    }
  }

  dispose(): void {
    this.disposed = true;
    const { context } = this;
    context.kernelChanged.disconnect(this.onKernel, this);
    context.statusChanged.disconnect(this.onStatus, this);
    context.connectionStatusChanged.disconnect(this.onConnection, this);
    context.iopubMessage.disconnect(this.onMessage, this);
    Signal.clearData(this);
  }

  expectApp(): void {
    this.expectsApp = true;
    this.askIfExpected();
  }

  async refresh(): Promise<void> {
    await this.run?.inquire();
  }

  async carrier(mayLoad: boolean): Promise<ICarrier | null> {
    if (mayLoad && !this.isDecided) {
      await this.decided();
    }
    const { life, run } = this;
    if (life === 'idle' || life === 'busy') {
      return run;
    }
    return mayLoad && this.canLoad && (await run?.load()) ? run : null;
  }

  /** How a kernel stands that can be asked. */
  private loaded(run: KernelRun): KernelLife {
    if (run.state) {
      return this.works;
    }
    return run.cannotLoad ? 'unloadable' : 'unloaded';
  }

  private get canLoad(): boolean {
    return this.life === 'unloaded' && this.works === 'idle';
  }

  /**
   * Whether a cell runs.
   *
   * A kernel's status tells of every message that it is busy with: it blinks
   * while a page is answered, and says idle while a cell waits for a person.
   */
  private get works(): 'idle' | 'busy' {
    const isBusy = this.context.kernelDisplayStatus === 'busy';
    return (this.run?.isExecuting ?? isBusy) ? 'busy' : 'idle';
  }

  /** Whether it would make no difference to wait a little. */
  private get isDecided(): boolean {
    return this.canLoad || !['starting', 'unloaded'].includes(this.life);
  }

  /** Wait a little for a kernel that is about to have started, or to have run a cell. */
  private decided(): Promise<void> {
    const { statusChanged } = this.context;
    return new Promise(resolve => {
      const look = () => {
        if (this.isDecided) {
          end();
        }
      };
      const end = () => {
        clearTimeout(timer);
        statusChanged.disconnect(look);
        this.changed.disconnect(look);
        resolve();
      };
      const timer = setTimeout(end, PATIENCE);
      statusChanged.connect(look);
      this.changed.connect(look);
    });
  }

  /** Take up a kernel that nothing is known of yet. */
  private begin(): void {
    const kernel = this.context.session?.kernel;
    this.run = kernel ? new KernelRun(kernel, () => this.tell()) : null;
    this.wasUp = isUp(this.context.kernelDisplayStatus);
    this.tell();
  }

  /** Tell of it if the kernel has come to stand differently. */
  private update(): void {
    if (!this.disposed && this.life !== this.told) {
      this.tell();
    }
  }

  private tell(): void {
    if (this.disposed) {
      return;
    }
    this.told = this.life;
    this.askIfExpected();
    this.changed.emit();
  }

  /** A kernel without attio_nb logs an error for what it is asked: once will do. */
  private askIfExpected(): void {
    if (this.expectsApp && this.life === 'unloaded' && !this.run?.wasAsked) {
      void this.run?.inquire();
    }
  }

  private onKernel(): void {
    this.run?.end('shut-down');
    this.begin();
  }

  private onStatus(_: unknown, status: Kernel.Status): void {
    const how = ENDS[status];
    if (how) {
      this.run?.end(how);
    }
    if (how === 'restarted') {
      this.begin();
    } else {
      this.wasUp ||= isUp(status);
      this.update();
    }
    // It had no time to reply before.
    if (status === 'idle' && this.state && this.run?.isLate) {
      void this.refresh();
    }
  }

  /** What the kernel sent while it could not be reached is lost. */
  private onConnection(_: unknown, status: Kernel.ConnectionStatus): void {
    if (status !== 'connected') {
      this.lost = true;
    } else if (this.lost) {
      this.lost = false;
      if (this.run) {
        this.run.isExecuting = null;
      }
      if (this.state) {
        void this.refresh();
      }
    }
    this.update();
  }

  private onMessage(_: unknown, message: KernelMessage.IMessage): void {
    const execution = executionOf(message);
    if (this.run && execution !== null) {
      this.run.isExecuting = execution;
      this.update();
    }
    const type = message.header.msg_type as string;
    // Who knows the kernel's prompts was told of this one too.
    const isNews = type === CHANGED || (type === WAITING && !this.state);
    if (!isNews) {
      return;
    }
    if ((message.content as { loaded?: boolean }).loaded === false) {
      this.run?.unload();
    } else {
      void this.refresh();
    }
  }
}

function isUp(status: ISessionContext.KernelDisplayStatus): boolean {
  return status === 'idle' || status === 'busy';
}

/** Whether a message says that a cell has begun or ended; null where it says neither. */
function executionOf(message: KernelMessage.IMessage): boolean | null {
  const { header, parent_header: parent, content } = message;
  const isAboutCell =
    header.msg_type === 'status' &&
    'msg_type' in parent &&
    parent.msg_type === 'execute_request';
  return isAboutCell
    ? (content as KernelMessage.IStatusMsg['content']).execution_state ===
        'busy'
    : null;
}
