/**
 * Requests on the kernel's control channel.
 *
 * It is the one channel that a kernel reads while a cell is running, on every
 * ipykernel from 6.31 on.
 */
import type { Kernel } from '@jupyterlab/services';
import { KernelMessage } from '@jupyterlab/services';

import type { Ask, IRequests, Reply, RequestType } from './protocol';

/** How long a kernel that is alive may take to reply, in milliseconds. */
const REPLY_TIMEOUT = 10_000;

/** Return a function that asks this kernel, each time waiting for its reply. */
export function askOver(
  kernel: Kernel.IKernelConnection,
  timeout = REPLY_TIMEOUT
): Ask {
  return (type, content) => request(kernel, type, content, timeout);
}

async function request<T extends RequestType>(
  kernel: Kernel.IKernelConnection,
  type: T,
  content: IRequests[T],
  timeout: number
): Promise<Reply<T>> {
  const future = kernel.sendControlMessage(
    controlMessage(kernel, type, content),
    true,
    false
  );
  let timer = 0;
  try {
    return await new Promise<Reply<T>>((resolve, reject) => {
      future.onReply = reply => resolve(reply.content as unknown as Reply<T>);
      timer = window.setTimeout(
        () => reject(new Error(`No reply to ${type}`)),
        timeout
      );
    });
  } finally {
    window.clearTimeout(timer);
    future.dispose();
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
