import { expect, jest, test } from '@jest/globals';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

import { followAddRequests } from '../src/addform';
import type { Ask } from '../src/protocol';
import { settled } from './world';

interface IPanel {
  sessionContext: {
    iopubMessage: Signal<object, KernelMessage.IMessage>;
    session: { kernel: Kernel.IKernelConnection } | null;
  };
}

/** A notebook, and how its kernel sends a message. */
function notebook() {
  const iopubMessage = new Signal<object, KernelMessage.IMessage>({});
  const session = { kernel: {} as Kernel.IKernelConnection };
  const panel: IPanel = { sessionContext: { iopubMessage, session } };
  const send = (content: object, type = 'attio_add') =>
    iopubMessage.emit({
      header: { msg_type: type },
      content
    } as unknown as KernelMessage.IMessage);
  return { panel, send };
}

/** A page with two notebooks, of which the first one is in front. */
function page(options: { mayAdd?: boolean; status?: 'ok' | 'error' } = {}) {
  const { mayAdd = true, status = 'ok' } = options;
  const [front, behind] = [notebook(), notebook()];
  const tracker = {
    currentWidget: front.panel,
    forEach: (watch: (panel: IPanel) => void) => watch(front.panel),
    widgetAdded: {
      connect: (watch: (_: null, panel: IPanel) => void) =>
        watch(null, behind.panel)
    }
  } as unknown as INotebookTracker;
  const ask = jest.fn(async (..._: unknown[]) => ({ status }));
  const add = jest.fn();
  followAddRequests(tracker, {
    mayAdd: () => mayAdd,
    add,
    askOver: () => ask as unknown as Ask
  });
  return { front, behind, ask, add };
}

const REQUEST = {
  add_id: 'a1',
  fields: { owner: 'user', kind: 'hubspot', key: 7, __proto__: null }
};

test('the form opens with what the line says, once the kernel agrees', async () => {
  const { front, ask, add } = page();

  front.send(REQUEST);
  expect(add).not.toHaveBeenCalled();
  await settled();

  expect(ask).toHaveBeenCalledWith('attio_add_request', { add_id: 'a1' });
  expect(add).toHaveBeenCalledWith({ owner: 'user', kind: 'hubspot' });
});

test('a page that comes second opens no form', async () => {
  const { front, add } = page({ status: 'error' });

  front.send(REQUEST);
  await settled();

  expect(add).not.toHaveBeenCalled();
});

test('a notebook that is not in front is left to ask in a line', async () => {
  const { behind, ask } = page();

  behind.send(REQUEST);
  await settled();

  expect(ask).not.toHaveBeenCalled();
});

test('where no form can be opened the kernel is told nothing', async () => {
  const { front, ask } = page({ mayAdd: false });

  front.send(REQUEST);
  await settled();

  expect(ask).not.toHaveBeenCalled();
});

test('other messages of the kernel are left alone', async () => {
  const { front, ask } = page();

  front.send(REQUEST, 'attio_changed');
  await settled();

  expect(ask).not.toHaveBeenCalled();
});
