import { afterEach, expect, test } from '@jest/globals';
import { ServerConnection } from '@jupyterlab/services';

import type { News } from '../src/events';
import { CHANGED, ServerEvents } from '../src/events';

const listening: ServerEvents[] = [];

afterEach(() => {
  listening.splice(0).forEach(events => events.dispose());
});

/** A socket that a test opens and speaks through. */
class FakeSocket extends EventTarget {
  static readonly all: FakeSocket[] = [];
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  isClosed = false;

  constructor(readonly url: string) {
    super();
    FakeSocket.all.push(this);
  }

  open(): void {
    this.dispatchEvent(new Event('open'));
  }

  say(event: object): void {
    this.onmessage?.({ data: JSON.stringify(event) });
  }

  close(): void {
    this.isClosed = true;
    this.onclose?.();
    this.dispatchEvent(new Event('close'));
  }
}

/** Wait for the socket of this number, counted from 0. */
async function socket(number: number): Promise<FakeSocket> {
  while (FakeSocket.all.length <= number) {
    await new Promise(resolve => setTimeout(resolve, 5));
  }
  return FakeSocket.all[number];
}

async function listen() {
  FakeSocket.all.length = 0;
  const events = new ServerEvents(
    ServerConnection.makeSettings({
      wsUrl: 'wss://lab.example/user/alice/',
      WebSocket: FakeSocket as unknown as typeof WebSocket
    })
  );
  listening.push(events);
  events.listen();
  const heard: News[] = [];
  events.heard.connect((_, news) => {
    heard.push(news);
  });
  return { events, heard, first: await socket(0) };
}

test('it is the event service of Jupyter that is listened to', async () => {
  const { first } = await listen();

  expect(first.url).toMatch(
    /^wss:\/\/lab\.example\/user\/alice\/api\/events\/subscribe/
  );
});

test('listening twice takes one socket', async () => {
  const { events, first } = await listen();

  events.listen();
  first.say({ schema_id: CHANGED, what: 'state' });

  expect(FakeSocket.all).toStrictEqual([first]);
});

test('our events are heard, those of others are not', async () => {
  const { first, heard } = await listen();

  first.say({ schema_id: CHANGED, what: 'state' });
  first.say({ schema_id: 'https://events.jupyter.org/other', what: 'state' });
  first.say({ schema_id: CHANGED, what: 'prompts' });

  expect(heard).toStrictEqual(['state', 'prompts']);
});

test('a server that was lost and found again may have anything to tell', async () => {
  const { first, heard } = await listen();
  first.open();
  expect(heard).toStrictEqual(['anything']);

  first.close();
  expect(heard).toStrictEqual(['anything', 'state']);
  const second = await socket(1);
  second.open();

  expect(heard).toStrictEqual(['anything', 'state', 'anything']);
});

test('who is disposed of has closed the socket', async () => {
  const { events, first, heard } = await listen();

  events.dispose();
  first.say({ schema_id: CHANGED, what: 'state' });

  expect(events.isDisposed).toBe(true);
  expect(first.isClosed).toBe(true);
  expect(heard).toStrictEqual([]);
});
