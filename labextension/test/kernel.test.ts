import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';

import { KernelSide } from '../src/kernel';
import { LOAD_CODE } from '../src/loading';
import { FakeKernel, FakeSession } from './session';
import { kernelState, settled } from './world';

const ASK = 'attio_session_request';
const BOB = { id: 'bob', role: 'member' } as const;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
});

afterEach(() => {
  jest.useRealTimers();
});

/** The side of a kernel that runs, once its language is known. */
async function beside(kernel: FakeKernel, status: 'idle' | 'busy' = 'idle') {
  const session = new FakeSession(kernel, status);
  const side = new KernelSide(session.context());
  await settled();
  return { kernel, session, side };
}

/** The same, where attio_nb has been loaded. */
async function loaded(state = kernelState()) {
  const all = await beside(new FakeKernel());
  all.session.publish('attio_changed');
  await answer(all.kernel, state);
  return all;
}

async function answer(kernel: FakeKernel, state = kernelState()) {
  kernel.last(ASK).reply({ status: 'ok', ...state });
  await settled();
}

test('a notebook without a kernel has none', () => {
  const side = new KernelSide(new FakeSession(null, 'unknown').context());

  expect(side.life).toBe('none');
  expect(side.state).toBe(null);
});

for (const [status, life] of [
  ['initializing', 'starting'],
  ['starting', 'starting'],
  ['restarting', 'starting'],
  ['autorestarting', 'starting'],
  ['connecting', 'gone'],
  ['unknown', 'starting'],
  ['idle', 'unloaded'],
  ['busy', 'unloaded'],
  ['dead', 'gone'],
  ['terminating', 'gone'],
  ['disconnected', 'gone']
] as const) {
  test(`a kernel that is ${status} is ${life}`, async () => {
    const { session, side } = await beside(new FakeKernel());

    session.turn(status);

    expect(side.life).toBe(life);
  });
}

test('a kernel that nobody has reached yet is starting', async () => {
  const session = new FakeSession(new FakeKernel(), 'connecting');
  const side = new KernelSide(session.context());
  await settled();

  expect(side.life).toBe('starting');
});

test('a kernel that runs another language is said to', async () => {
  const { side } = await beside(new FakeKernel('kernel-1', 'R'));

  side.expectApp();

  expect(side.life).toBe('no-python');
});

test('a kernel without a description says itself what it runs', async () => {
  const { side } = await beside(new FakeKernel('kernel-1', ''));

  expect(side.life).toBe('unloaded');
});

test('a kernel that may not have loaded attio_nb is not asked', async () => {
  const { kernel, session } = await beside(new FakeKernel());

  session.publish('stream');
  session.turn('busy');
  session.turn('idle');
  session.reconnect();

  expect(kernel.sent).toStrictEqual([]);
});

test('where there is an app, a kernel is asked once for each start', async () => {
  const { kernel, session, side } = await beside(new FakeKernel());

  side.expectApp();
  side.expectApp();
  session.turn('busy');
  session.turn('idle');
  expect(kernel.sent.length).toBe(1);

  session.turn('restarting');
  session.turn('idle');
  await settled();
  expect(kernel.sent.length).toBe(2);
});

test('a kernel that is still starting is asked when it has started', async () => {
  const { kernel, session, side } = await beside(new FakeKernel());
  session.turn('starting');
  side.expectApp();
  expect(kernel.sent).toStrictEqual([]);

  session.turn('idle');

  expect(kernel.sent.length).toBe(1);
});

test('a kernel that says something of itself has loaded attio_nb', async () => {
  const { session, side } = await loaded(kernelState({ acting: BOB }));

  expect(side.life).toBe('idle');
  expect(side.state?.acting).toEqual(BOB);

  session.turn('busy');
  expect(side.life).toBe('busy');
});

test('each change in the kernel is asked for and told of', async () => {
  const { kernel, session, side } = await loaded();
  let told = 0;
  side.changed.connect(() => (told += 1));

  session.publish('attio_changed');
  await answer(kernel);

  expect(kernel.sent.length).toBe(2);
  expect(told).toBe(1);
});

test('a kernel that stands as before is not told of', async () => {
  const { session, side } = await loaded();
  let told = 0;
  side.changed.connect(() => (told += 1));

  session.turn('idle');
  session.reconnect();

  expect(told).toBe(0);
});

test('what was asked before the last answer counts no more', async () => {
  const { kernel, session, side } = await loaded();
  session.publish('attio_changed');
  const older = kernel.last(ASK);
  session.publish('attio_changed');
  await answer(kernel, kernelState({ acting: BOB }));

  older.reply({ status: 'ok', ...kernelState() });
  await settled();

  expect(side.state?.acting).toEqual(BOB);
});

test('a kernel that cannot say who acts has loaded attio_nb all the same', async () => {
  const { kernel, session, side } = await beside(new FakeKernel());
  session.publish('attio_changed');

  kernel.last(ASK).reply({ status: 'error', message: 'Line 3: no.' });
  await settled();

  expect(side.life).toBe('idle');
  expect(side.state).toMatchObject({ acting: null, problem: 'Line 3: no.' });
});

test('a kernel without time to reply has forgotten nothing, and is asked once it has', async () => {
  const { kernel, session, side } = await loaded(kernelState({ acting: BOB }));

  session.turn('busy');
  session.publish('attio_changed');
  await jest.advanceTimersByTimeAsync(10_000);
  expect(side.life).toBe('busy');
  expect(side.state?.acting).toStrictEqual(BOB);
  expect(kernel.sent.length).toBe(2);

  session.turn('idle');
  session.turn('busy');
  session.turn('idle');
  expect(kernel.sent.length).toBe(3);
  await answer(kernel);
  expect(side.state?.acting?.id).toBe('alice');
});

test('a kernel that was out of reach is asked what it has sent meanwhile', async () => {
  const { kernel, session } = await loaded();

  session.reconnect();

  expect(kernel.sent.length).toBe(2);
});

test('a kernel that was out of reach may have ended its cell meanwhile', async () => {
  const { session, side } = await loaded();
  session.tell('busy', 'execute_request');

  session.turn('idle');
  session.reconnect();

  expect(side.life).toBe('idle');
});

for (const status of ['restarting', 'autorestarting'] as const) {
  test(`a kernel that is ${status} has forgotten everything`, async () => {
    const { session, side } = await loaded();
    const carrier = await side.carrier(false);

    session.turn(status);
    expect(carrier?.ended).toBe('restarted');
    expect(side.state).toBe(null);

    session.turn('idle');
    await settled();
    expect(side.life).toBe('unloaded');
  });
}

test('what a kernel says after it was restarted is not of the run before', async () => {
  const { kernel, session, side } = await loaded();
  session.publish('attio_changed');
  const before = kernel.last(ASK);

  session.turn('restarting');
  session.turn('idle');
  before.reply({ status: 'ok', ...kernelState() });
  await settled();

  expect(side.state).toBe(null);
});

test('a kernel that has died carries out nothing', async () => {
  const { session, side } = await loaded();
  const carrier = await side.carrier(true);

  session.turn('dead');

  expect(carrier?.ended).toBe('stopped');
  expect(side.life).toBe('gone');
  expect(await side.carrier(true)).toBe(null);
});

test('another kernel takes the place of the one before', async () => {
  const { session, side } = await loaded();
  const carrier = await side.carrier(true);
  const other = new FakeKernel('kernel-2');

  session.change(other, 'idle');
  await settled();
  expect(carrier?.ended).toBe('shut-down');
  expect(side.life).toBe('unloaded');

  session.publish('attio_changed');
  await answer(other);
  expect(side.life).toBe('idle');

  session.change(null, 'unknown');
  expect(side.life).toBe('none');
});

test('attio_nb is loaded without leaving a trace in the notebook', async () => {
  const { kernel, side } = await beside(new FakeKernel());

  const carrier = side.carrier(true);
  const load = kernel.last('execute_request');
  load.reply({ status: 'ok' });
  await settled();
  await answer(kernel);

  expect(load.content).toMatchObject({
    code: LOAD_CODE,
    silent: true,
    store_history: false,
    allow_stdin: false
  });
  expect((await carrier)?.ask).toBeDefined();
  expect(side.life).toBe('idle');
});

test('a question that was never answered does not hold up the loading', async () => {
  const { kernel, side } = await beside(new FakeKernel());
  side.expectApp();

  const carrier = side.carrier(true);
  kernel.last('execute_request').reply({ status: 'ok' });
  await settled();
  await answer(kernel);

  expect(await carrier).not.toBe(null);
});

test('a kernel that lacks attio_nb carries out nothing', async () => {
  const { kernel, side } = await beside(new FakeKernel());

  const carrier = side.carrier(true);
  kernel.last('execute_request').reply({ status: 'error' });

  expect(await carrier).toBe(null);
  expect(side.life).toBe('unloadable');
  expect(await side.carrier(true)).toBe(null);
  expect(kernel.sent.length).toBe(1);
});

test('a kernel that loads attio_nb after all has it', async () => {
  const { kernel, session, side } = await beside(new FakeKernel());
  const carrier = side.carrier(true);
  kernel.last('execute_request').reply({ status: 'error' });
  await carrier;

  session.publish('attio_changed');
  await answer(kernel);

  expect(side.life).toBe('idle');
});

test('a kernel that is restarted while it loads carries out nothing', async () => {
  const { kernel, side } = await beside(new FakeKernel());

  const carrier = side.carrier(true);
  kernel.last('execute_request').dispose();

  expect(await carrier).toBe(null);
});

test('attio_nb is not loaded into a kernel that stays busy', async () => {
  const { kernel, side } = await beside(new FakeKernel(), 'busy');

  const carrier = side.carrier(true);
  await jest.advanceTimersByTimeAsync(3000);

  expect(await carrier).toBe(null);
  expect(kernel.sent).toStrictEqual([]);
});

test('loading that a cell holds up, of which nobody had said so, is not waited for', async () => {
  const { kernel, side } = await beside(new FakeKernel());

  const carrier = side.carrier(true);
  await jest.advanceTimersByTimeAsync(3000);

  expect(await carrier).toBe(null);
  expect(side.life).toBe('unloaded');
  expect(kernel.sent).toHaveLength(1);
});

test('loading that takes its time is waited for', async () => {
  const { kernel, side } = await beside(new FakeKernel());

  const carrier = side.carrier(true);
  const load = kernel.last('execute_request');
  load.onIOPub();
  await jest.advanceTimersByTimeAsync(20_000);
  load.reply({ status: 'ok' });
  await settled();
  await answer(kernel);

  expect(await carrier).not.toBe(null);
  expect(jest.getTimerCount()).toBe(0);
});

for (const status of ['busy', 'starting'] as const) {
  test(`a kernel that is ${status} for a moment only is waited for`, async () => {
    const { kernel, session, side } = await beside(new FakeKernel());
    session.turn(status);

    const carrier = side.carrier(true);
    session.turn('idle');
    await settled();
    kernel.last('execute_request').reply({ status: 'ok' });
    await settled();
    await answer(kernel);

    expect(await carrier).not.toBe(null);
    expect(jest.getTimerCount()).toBe(0);
  });
}

test('a kernel that is out of reach carries out nothing', async () => {
  const { session, side } = await loaded();

  session.turn('connecting');

  expect(await side.carrier(false)).toBe(null);
});

test('a kernel that dies while it is waited for carries out nothing', async () => {
  const { session, side } = await beside(new FakeKernel(), 'busy');

  const carrier = side.carrier(true);
  session.turn('dead');

  expect(await carrier).toBe(null);
});

test('attio_nb is not loaded where that was not asked for', async () => {
  const { kernel, side } = await beside(new FakeKernel());

  expect(await side.carrier(false)).toBe(null);
  expect(kernel.sent).toStrictEqual([]);
});

test('a busy kernel that has loaded attio_nb carries out what it is asked', async () => {
  const { session, side } = await loaded();

  session.turn('busy');

  expect(await side.carrier(false)).not.toBe(null);
});

test('who is disposed of listens to nothing any more', async () => {
  const { kernel, session, side } = await loaded();
  let told = 0;
  side.changed.connect(() => (told += 1));

  side.dispose();
  session.publish('attio_changed');
  session.turn('dead');
  session.reconnect();
  session.change(new FakeKernel('kernel-2'), 'idle');
  await settled();

  expect(kernel.sent.length).toBe(1);
  expect(told).toBe(0);
});

test('a kernel is busy while a cell runs, whatever else it answers', async () => {
  const { session, side } = await loaded();

  session.tell('busy', 'execute_request');
  session.tell('busy', 'attio_prompts_request');
  session.tell('idle', 'attio_prompts_request');

  expect(side.life).toBe('busy');

  session.tell('idle', 'execute_request');
  session.tell('busy', 'attio_prompts_request');

  expect(side.life).toBe('idle');
});

test('a kernel that has unloaded attio_nb is asked no more', async () => {
  const { kernel, session, side } = await loaded();
  const { length } = kernel.sent;

  session.publish('attio_changed', { loaded: false });
  await settled();

  expect(side.life).toBe('unloaded');
  expect(kernel.sent).toHaveLength(length);
});
