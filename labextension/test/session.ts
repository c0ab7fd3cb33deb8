/** A kernel as JupyterLab has it, in a notebook's session, as far as ours go. */
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

import type { IKernelContext } from '../src/kernel';
import { Deferred } from './world';

type Status = IKernelContext['kernelDisplayStatus'];

/** One message that a kernel was sent. */
export class Sent {
  onReply: (reply: { content: unknown }) => void = () => undefined;
  onIOPub: () => void = () => undefined;
  isDisposed = false;
  private readonly end = new Deferred<{ content: unknown }>();
  readonly done = this.end.promise;

  constructor(
    readonly type: string,
    readonly content: unknown
  ) {
    this.done.catch(() => undefined);
  }

  reply(content: object): void {
    this.onReply({ content });
    this.end.resolve({ content });
  }

  /** Be given up, as all messages are when the kernel restarts or ends. */
  dispose(): void {
    this.isDisposed = true;
    this.end.reject(new Error('Canceled future'));
  }
}

/** A kernel that notes what it is sent, and replies when the test says so. */
export class FakeKernel {
  readonly username = 'alice';
  readonly clientId = 'page-1';
  readonly sent: Sent[] = [];
  readonly spec: Promise<{ language: string } | undefined>;
  readonly info = Promise.resolve({ language_info: { name: 'python' } });
  isDead = false;

  constructor(
    readonly id = 'kernel-1',
    language: string | undefined = 'python'
  ) {
    this.spec = Promise.resolve(language ? { language } : undefined);
  }

  sendControlMessage({ header, content }: KernelMessage.IControlMessage) {
    return this.send(header.msg_type, content);
  }

  requestExecute(content: unknown) {
    return this.send('execute_request', content);
  }

  /** The last message, which is of this type. */
  last(type: string): Sent {
    const last = this.sent.at(-1);
    if (last?.type !== type) {
      throw new Error(`The last message is ${last?.type}, not ${type}`);
    }
    return last;
  }

  connection(): Kernel.IKernelConnection {
    return this as unknown as Kernel.IKernelConnection;
  }

  private send(type: string, content: unknown): Sent {
    if (this.isDead) {
      throw new Error('Kernel is dead');
    }
    const sent = new Sent(type, content);
    this.sent.push(sent);
    return sent;
  }
}

/** The session of a notebook. */
export class FakeSession {
  readonly kernelChanged = new Signal<this, unknown>(this);
  readonly statusChanged = new Signal<this, Status>(this);
  readonly connectionStatusChanged = new Signal<this, string>(this);
  readonly iopubMessage = new Signal<this, unknown>(this);
  session: { kernel: FakeKernel | null } | null;

  constructor(
    kernel: FakeKernel | null,
    public kernelDisplayStatus: Status
  ) {
    this.session = kernel && { kernel };
  }

  context(): IKernelContext {
    return this as unknown as IKernelContext;
  }

  /** Have the kernel stand differently. */
  turn(status: Status): void {
    this.kernelDisplayStatus = status;
    this.statusChanged.emit(status);
  }

  /** Have another kernel, or none. */
  change(kernel: FakeKernel | null, status: Status): void {
    this.session = kernel && { kernel };
    this.kernelDisplayStatus = status;
    this.kernelChanged.emit(undefined);
  }

  /** Lose the kernel for a while. */
  reconnect(): void {
    this.connectionStatusChanged.emit('connecting');
    this.connectionStatusChanged.emit('connected');
  }

  /** Have the kernel send a message to every page. */
  publish(msg_type: string, content = {}, parent = ''): void {
    const parent_header = parent ? { msg_type: parent } : {};
    this.iopubMessage.emit({ header: { msg_type }, parent_header, content });
  }

  /** Have the kernel say that it is busy with a message, or was. */
  tell(execution_state: 'idle' | 'busy', parent: string): void {
    this.publish('status', { execution_state }, parent);
    this.turn(execution_state);
  }
}
