/**
 * Requests on the kernel's control channel.
 *
 * It is the one channel that a kernel reads while a cell is running, on every
 * ipykernel from 6.31 on.
 */
import type { Kernel } from '@jupyterlab/services';
import { KernelMessage } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import { messageOf } from './api';
import type { Ask, IRequests, Reply, RequestType } from './protocol';

/** How long a kernel that is alive may take to reply, in milliseconds. */
const QUICK = 10_000;

/** The same where it may have to wait for a keyring, a provider or a service. */
const SLOW = 120_000;

const SLOW_TYPES: ReadonlySet<RequestType> = new Set<RequestType>([
  'attio_connect_request',
  'attio_approve_request',
  'attio_disconnect_request',
  'attio_forget_client_secret_request',
  'attio_rename_key_request',
  'attio_remove_request',
  'attio_move_stored_request',
  'attio_test_request',
  'attio_act_as_request'
]);

/**
 * A kernel did not reply: not in time, or it stopped before it could.
 *
 * Its message is for developers; `explain` has what to tell a person.
 */
export class NoReply extends Error {
  constructor(readonly reason: 'late' | 'stopped') {
    super(
      reason === 'late'
        ? 'The kernel did not reply in time.'
        : 'The kernel stopped before it replied.'
    );
  }
}

/** Say why a request has failed, to a person. */
export function explain(error: unknown, trans: TranslationBundle): string {
  if (!(error instanceof NoReply)) {
    return messageOf(error);
  }
  return error.reason === 'late'
    ? trans.__('The kernel did not answer in time. Try again.')
    : trans.__('The kernel stopped before it was done. Try again.');
}

/** Return a function that asks this kernel, each time waiting for its reply. */
export function askOver(kernel: Kernel.IKernelConnection): Ask {
  return (type, content) => request(kernel, type, content);
}

async function request<T extends RequestType>(
  kernel: Kernel.IKernelConnection,
  type: T,
  content: IRequests[T]
): Promise<Reply<T>> {
  const future = send(kernel, controlMessage(kernel, type, content));
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise<Reply<T>>((resolve, reject) => {
      future.onReply = reply => resolve(reply.content as unknown as Reply<T>);
      // It is given up when the kernel restarts, dies or is shut down.
      future.done.catch(() => reject(new NoReply('stopped')));
      timer = setTimeout(
        () => reject(new NoReply('late')),
        SLOW_TYPES.has(type) ? SLOW : QUICK
      );
    });
  } finally {
    clearTimeout(timer);
    future.dispose();
  }
}

function send(
  kernel: Kernel.IKernelConnection,
  message: KernelMessage.IControlMessage
): Kernel.IControlFuture {
  try {
    return kernel.sendControlMessage(message, true, false);
  } catch {
    // A connection whose kernel is dead takes no message.
    throw new NoReply('stopped');
  }
}

/** The message types that JupyterLab declares do not include ours. */
function controlMessage<T extends RequestType>(
  kernel: Kernel.IKernelConnection,
  type: T,
  content: IRequests[T]
): KernelMessage.IControlMessage {
  return KernelMessage.createMessage<KernelMessage.IDebugRequestMsg>({
    msgType: type as unknown as 'debug_request',
    channel: 'control',
    username: kernel.username,
    session: kernel.clientId,
    content: content as unknown as KernelMessage.IDebugRequestMsg['content']
  });
}
