/** Opening the form for a new connection where a cell asks for that. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel, KernelMessage } from '@jupyterlab/services';

import { askOver } from './control';
import type { Ask } from './protocol';

/** What a kernel sends for a `%connect --add` line that lacks something. */
const ADD = 'attio_add';

/** What stands in the fields of the form at first, by their names. */
export type GivenFields = Readonly<Record<string, string>>;

/** What is used of a page to open the form. */
export interface IAddForm {
  /** Whether the form can be opened for the notebook in front. */
  mayAdd: () => boolean;
  add: (given: GivenFields) => void;
  /** How a kernel is asked. */
  askOver?: (kernel: Kernel.IKernelConnection) => Ask;
}

/** Open the form whenever a cell of the notebook in front asks for it. */
export function followAddRequests(
  tracker: INotebookTracker,
  form: IAddForm
): void {
  const watch = (panel: NotebookPanel) => {
    panel.sessionContext.iopubMessage.connect((_, message) => {
      const kernel = panel.sessionContext.session?.kernel;
      if (kernel && tracker.currentWidget === panel) {
        void onMessage(message, kernel, form);
      }
    });
  };
  tracker.forEach(watch);
  tracker.widgetAdded.connect((_, panel) => watch(panel));
}

async function onMessage(
  message: KernelMessage.IMessage,
  kernel: Kernel.IKernelConnection,
  form: IAddForm
): Promise<void> {
  if ((message.header.msg_type as string) !== ADD || !form.mayAdd()) {
    return;
  }
  const { add_id: id, fields } = message.content as Record<string, unknown>;
  // Several pages may show the notebook: the kernel takes the first one.
  const reply = await (form.askOver ?? askOver)(kernel)('attio_add_request', {
    add_id: String(id)
  }).catch(() => null);
  if (reply?.status === 'ok') {
    form.add(given(fields));
  }
}

function given(fields: unknown): GivenFields {
  const entries = Object.entries(fields ?? {});
  return Object.fromEntries(
    entries.filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string'
    )
  );
}
