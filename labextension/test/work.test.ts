import { expect, test } from '@jest/globals';

import { NoReply } from '../src/control';
import type { IPrompt, PromptState, RequestType } from '../src/protocol';
import { ScriptedKernel } from './kernel';
import {
  Deferred,
  FakeNotebook,
  MAIL,
  connection,
  kernelState,
  listed,
  settled,
  settledWorld,
  stateOf,
  typesOf
} from './world';

type Replies = Partial<Record<RequestType, unknown[]>>;

const APP = { id: 'app', workspace: 'workspace' };
const OPENED = { status: 'ok', ...listed('prompt-1') };

function prompts(state: PromptState, message = '') {
  return { status: 'ok', prompts: [listed('prompt-1', { state, message })] };
}

/** A world whose kernel has loaded attio_nb, and replies as told. */
async function inKernel(replies: Replies) {
  const all = await settledWorld();
  const kernel = all.side.load(replies);
  return { ...all, kernel };
}

/** The same, once a prompt has been opened in the panel. */
async function connecting(replies: Replies = {}) {
  const all = await inKernel({ attio_connect_request: [OPENED], ...replies });
  await all.model.connect(MAIL);
  return all;
}

test('a prompt that the kernel opens appears in its row', async () => {
  const { kernel, model } = await inKernel({ attio_connect_request: [OPENED] });

  const done = model.connect(MAIL);
  expect(model.rows[0]).toMatchObject({ doing: 'connecting', prompt: null });
  await done;

  expect(kernel.asked).toStrictEqual([
    ['attio_connect_request', { ...MAIL, app: APP, acting: 'alice' }]
  ]);
  expect(model.rows[0].doing).toBe('connecting');
  expect(model.rows[0].prompt?.prompt.prompt_id).toBe('prompt-1');
});

test('attio_nb is loaded into a kernel that can, to connect there', async () => {
  const { model, side } = await settledWorld();
  const kernel = side.prepare({ attio_connect_request: [OPENED] });

  await model.connect(MAIL);

  expect(typesOf(kernel)).toStrictEqual(['attio_connect_request']);
});

test('without a kernel the server opens the prompt', async () => {
  const { model, news, server } = await settledWorld();
  server.carrier = new ScriptedKernel({
    attio_connect_request: [OPENED],
    attio_prompts_request: [prompts('connected')]
  });

  await model.connect(MAIL);
  expect(model.rows[0].prompt?.prompt.prompt_id).toBe('prompt-1');

  news.emit('prompts');
  await settled();
  expect(model.rows[0].note?.kind).toBe('done');
});

test('attio_nb is not loaded to disconnect or to test', async () => {
  const { model, server, side } = await settledWorld();
  const kernel = side.prepare({});
  server.carrier = new ScriptedKernel({
    attio_test_request: [{ status: 'ok', ok: true, message: 'It works.' }]
  });

  await model.test(MAIL);

  expect(kernel.asked).toStrictEqual([]);
  expect(typesOf(server.carrier)).toStrictEqual(['attio_test_request']);
});

test('nothing is opened twice', async () => {
  const { kernel, model } = await connecting();

  await model.connect(MAIL);
  await model.disconnect(MAIL);

  expect(typesOf(kernel)).toStrictEqual(['attio_connect_request']);
});

test('why no prompt can be opened is said in the row', async () => {
  const message = 'Only an admin may connect it. Ask alice.';
  const { model } = await inKernel({
    attio_connect_request: [{ status: 'error', message }]
  });

  await model.connect(MAIL);

  expect(model.rows[0]).toMatchObject({
    doing: '',
    prompt: null,
    note: { kind: 'failed', text: message }
  });
});

test('an opened prompt follows its kernel', async () => {
  const { model, side } = await connecting({
    attio_prompts_request: [
      { status: 'ok', prompts: [listed('prompt-1', { revision: 3 })] }
    ]
  });

  side.changed.emit();
  await settled();

  expect(model.rows[0].prompt?.prompt.revision).toBe(3);
});

test('an answer of the person is followed by a look at what came of it', async () => {
  const { kernel, model } = await connecting({
    attio_answer_request: [{ status: 'ok' }],
    attio_prompts_request: [prompts('saving')]
  });

  await model.rows[0].prompt?.ask('attio_answer_request', {
    prompt_id: 'prompt-1',
    action: 'again'
  });
  await settled();

  expect(typesOf(kernel).at(-1)).toBe('attio_prompts_request');
  expect(model.rows[0].prompt?.prompt.state).toBe('saving');
});

test('once connected, the prompt is gone, a note says so, and the state is new', async () => {
  const { model, server, side } = await connecting({
    attio_prompts_request: [prompts('connected', 'Connected to Mail.')]
  });
  const asked = server.questions.length;

  side.changed.emit();
  await settled();

  expect(model.rows[0]).toMatchObject({
    doing: '',
    prompt: null,
    note: { kind: 'done', text: 'Connected to Mail.' }
  });
  expect(server.questions.length).toBe(asked + 1);
});

for (const [state, note] of [
  ['cancelled', null],
  ['over', { kind: 'failed', text: 'This prompt is over. Connect again.' }]
] as const) {
  test(`a prompt that is ${state} leaves ${note ? 'a note' : 'nothing'}`, async () => {
    const { model, side } = await connecting({
      attio_prompts_request: [prompts(state)]
    });

    side.changed.emit();
    await settled();

    expect(model.rows[0]).toMatchObject({ doing: '', prompt: null, note });
  });
}

test('a prompt that its kernel knows no more is over', async () => {
  const { model, side } = await connecting({
    attio_prompts_request: [{ status: 'ok', prompts: [] }]
  });

  side.changed.emit();
  await settled();

  expect(model.rows[0].prompt).toBe(null);
  expect(model.rows[0].note?.kind).toBe('failed');
});

test('a kernel that does not reply for once takes no prompt away', async () => {
  const { model, side } = await connecting();

  side.changed.emit();
  await settled();

  expect(model.rows[0].prompt?.prompt.prompt_id).toBe('prompt-1');
});

for (const [how, words] of [
  ['restarted', /kernel was restarted.*Connect again/],
  ['stopped', /kernel has stopped.*Connect again/]
] as const) {
  test(`a kernel that is ${how} ends the prompt, and says so`, async () => {
    const { model, side } = await connecting();

    side.end(how);
    await settled();

    expect(model.rows[0]).toMatchObject({ doing: '', prompt: null });
    expect(model.rows[0].note?.text).toMatch(words);
  });
}

test('after a kernel has died one can connect again', async () => {
  const { model, server, side } = await connecting();
  server.carrier = new ScriptedKernel({
    attio_connect_request: [{ ...OPENED, prompt_id: 'prompt-2' }]
  });
  side.end('stopped');

  await model.connect(MAIL);

  expect(model.rows[0].prompt?.prompt.prompt_id).toBe('prompt-2');
  expect(model.rows[0].note).toBe(null);
});

test('a kernel that dies before the prompt is open says so', async () => {
  const reply = new Deferred<unknown>();
  const { model } = await inKernel({ attio_connect_request: [reply.promise] });

  const done = model.connect(MAIL);
  await settled();
  reply.reject(new NoReply('stopped'));
  await done;

  expect(model.rows[0].doing).toBe('');
  expect(model.rows[0].note?.text).toMatch(/stopped before it was done/);
});

test('a kernel that dies in the background has ended the prompt', async () => {
  const { model, notebook, side } = await connecting();
  model.setNotebook(new FakeNotebook('other.ipynb'));

  side.end('restarted');
  model.setNotebook(notebook);

  expect(model.rows[0].prompt).toBe(null);
  expect(model.rows[0].note?.text).toMatch(/kernel was restarted/);
});

test('a prompt stays with its notebook, and is looked at on the way back', async () => {
  const { model, notebook } = await connecting({
    attio_prompts_request: [prompts('connected')]
  });
  model.setNotebook(new FakeNotebook('other.ipynb'));
  await settled();
  expect(model.rows[0].prompt).toBe(null);

  model.setNotebook(notebook);
  expect(model.rows[0].prompt?.prompt.prompt_id).toBe('prompt-1');
  await settled();
  expect(model.rows[0].note?.kind).toBe('done');
});

test('a prompt that opens after the notebook was left does not show elsewhere', async () => {
  const reply = new Deferred<unknown>();
  const { model, notebook } = await inKernel({
    attio_connect_request: [reply.promise]
  });
  const done = model.connect(MAIL);
  model.setNotebook(new FakeNotebook('other.ipynb'));
  await settled();

  reply.resolve(OPENED);
  await done;
  expect(model.rows[0].doing).toBe('');

  model.setNotebook(notebook);
  expect(model.rows[0].prompt?.prompt.prompt_id).toBe('prompt-1');
});

test('to cancel closes the prompt at once, and tells the kernel', async () => {
  const { kernel, model } = await connecting({
    attio_answer_request: [{ status: 'ok' }]
  });

  const done = model.cancel(MAIL);
  expect(model.rows[0]).toMatchObject({ doing: '', prompt: null, note: null });
  await done;

  expect(kernel.asked.at(-1)).toStrictEqual([
    'attio_answer_request',
    { prompt_id: 'prompt-1', action: 'cancel' }
  ]);
});

test('to cancel what is not open yet closes it when it is', async () => {
  const reply = new Deferred<unknown>();
  const { kernel, model } = await inKernel({
    attio_connect_request: [reply.promise],
    attio_answer_request: [{ status: 'ok' }]
  });
  const done = model.connect(MAIL);
  await settled();

  await model.cancel(MAIL);
  reply.resolve(OPENED);
  await done;

  expect(typesOf(kernel).at(-1)).toBe('attio_answer_request');
  expect(model.rows[0]).toMatchObject({ doing: '', prompt: null, note: null });
});

test('what a cancelled prompt says in the end is not heard', async () => {
  const reply = new Deferred<unknown>();
  const { model, side } = await connecting({
    attio_prompts_request: [reply.promise]
  });
  side.changed.emit();

  await model.cancel(MAIL);
  reply.resolve(prompts('connected'));
  await settled();

  expect(model.rows[0]).toMatchObject({ doing: '', prompt: null, note: null });
});

test('a prompt that was opened anew is not closed by what the older one says', async () => {
  const older = new Deferred<unknown>();
  const { model, side } = await connecting({
    attio_connect_request: [OPENED, { ...OPENED, prompt_id: 'prompt-2' }],
    attio_prompts_request: [older.promise]
  });
  side.changed.emit();
  await model.cancel(MAIL);
  await model.connect(MAIL);

  older.resolve(prompts('cancelled'));
  await settled();

  expect(model.rows[0].prompt?.prompt.prompt_id).toBe('prompt-2');
});

test('a prompt that another window has replaced is over here', async () => {
  const message = 'Another prompt has taken its place.';
  const { model, news } = await connecting({
    attio_prompts_request: [prompts('over', message)]
  });

  news.emit('prompts');
  await settled();

  expect(model.rows[0].note).toStrictEqual({ kind: 'failed', text: message });
});

test('what a service keeps after a disconnect is said in its own words', async () => {
  const message = 'The provider could not be told.';
  const { model, server } = await inKernel({
    attio_disconnect_request: [
      { status: 'ok', was_connected: true, message },
      { status: 'ok', was_connected: true, message: '' },
      { status: 'ok', was_connected: false, message: '' }
    ]
  });
  const texts = [];
  for (let count = 0; count < 3; count += 1) {
    await model.disconnect(MAIL);
    texts.push(model.rows[0].note?.text);
  }
  await settled();

  expect(texts).toStrictEqual([
    message,
    'Disconnected.',
    'It was not connected.'
  ]);
  expect(server.questions.length).toBeGreaterThan(1);
});

test('a test says what came of it', async () => {
  const { model } = await inKernel({
    attio_test_request: [
      { status: 'ok', ok: true, message: 'It answered 200.' },
      { status: 'ok', ok: false, message: 'It answered 401.' }
    ]
  });

  await model.test(MAIL);
  expect(model.rows[0].note).toStrictEqual({
    kind: 'done',
    text: 'It answered 200.'
  });

  await model.test(MAIL);
  expect(model.rows[0].note).toStrictEqual({
    kind: 'warning',
    text: 'It answered 401.'
  });
});

test('while one connection is tested another can be disconnected', async () => {
  const other = { owner: 'workspace', key: null } as const;
  const reply = new Deferred<unknown>();
  const { model, server } = await inKernel({
    attio_test_request: [reply.promise],
    attio_disconnect_request: [
      { status: 'ok', was_connected: true, message: '' }
    ]
  });
  const [mail] = stateOf().connections;
  server.say(stateOf({ connections: [mail, { ...mail, ...other }] }));
  await model.refresh();

  const testing = model.test(MAIL);
  await model.disconnect(other);
  expect(model.rows.map(({ doing }) => doing)).toStrictEqual(['testing', '']);

  reply.resolve({ status: 'ok', ok: true, message: 'It works.' });
  await testing;
  expect(model.rows.map(({ note }) => note?.text)).toStrictEqual([
    'It works.',
    'Disconnected.'
  ]);
});

test('a kernel that takes too long is said to', async () => {
  const reply = new Deferred<unknown>();
  const { model } = await inKernel({ attio_test_request: [reply.promise] });

  const done = model.test(MAIL);
  await settled();
  reply.reject(new NoReply('late'));
  await done;

  expect(model.rows[0].note?.text).toMatch(/did not answer in time/);
});

test('a note can be dismissed, what is being done cannot', async () => {
  const { model, side } = await connecting({
    attio_prompts_request: [prompts('over')]
  });

  model.dismiss(MAIL);
  expect(model.rows[0].doing).toBe('connecting');

  side.changed.emit();
  await settled();
  expect(model.rows[0].note).not.toBe(null);
  model.dismiss(MAIL);
  expect(model.rows[0].note).toBe(null);
});

const BOB = { id: 'bob', role: 'member' } as const;

test('what is done for one member does not show for another', async () => {
  const { model, server, side } = await connecting();
  server.say(stateOf({ acting: BOB }), stateOf());

  side.tell('idle', kernelState({ acting: BOB }));
  await settled();
  expect(model.rows[0]).toMatchObject({ doing: '', prompt: null });

  side.tell('idle', kernelState());
  await settled();
  expect(model.rows[0].prompt?.prompt.prompt_id).toBe('prompt-1');
});

test('one member can connect while another is asked', async () => {
  const { kernel, model, server, side } = await connecting({
    attio_connect_request: [OPENED, { ...OPENED, prompt_id: 'prompt-2' }]
  });
  server.say(stateOf({ acting: BOB }));
  side.tell('idle', kernelState({ acting: BOB }));
  await settled();

  await model.connect(MAIL);

  expect(kernel.asked.at(-1)).toStrictEqual([
    'attio_connect_request',
    { ...MAIL, app: APP, acting: 'bob' }
  ]);
  expect(model.rows[0].prompt?.prompt.prompt_id).toBe('prompt-2');
});

test('a prompt is of the member who acts in the kernel that was loaded for it', async () => {
  const { model, server, side } = await settledWorld();
  server.say(stateOf({ acting: BOB }));
  side.prepare(
    { attio_connect_request: [OPENED] },
    kernelState({ acting: BOB })
  );

  await model.connect(MAIL);

  expect(model.rows[0].prompt?.prompt.prompt_id).toBe('prompt-1');
});

test('a note goes once its connection stands differently', async () => {
  const connected = connection({ standing: 'connected', created_at: 1 });
  const { model, server } = await inKernel({
    attio_test_request: [{ status: 'ok', ok: true, message: 'It works.' }]
  });
  server.say(stateOf({ connections: [connected] }));
  await model.test(MAIL);
  await settled();

  await model.refresh();
  expect(model.rows[0].note?.text).toBe('It works.');

  server.say(stateOf());
  await model.refresh();
  expect(model.rows[0].note).toBe(null);
});

test('what a prompt holds is let go of with it, and not before', async () => {
  const { model, notebook } = await connecting({
    attio_answer_request: [{ status: 'ok' }]
  });
  const closed = model.rows[0].prompt?.closed;

  model.setNotebook(new FakeNotebook('other/notebook.ipynb'));
  model.setNotebook(notebook);
  expect(model.rows[0].prompt?.closed).toBe(closed);
  expect(closed?.aborted).toBe(false);

  await model.cancel(MAIL);
  expect(closed?.aborted).toBe(true);
});

test('a prompt is closed that asks for what the app file does not want any more', async () => {
  const { kernel, model, server } = await connecting({
    attio_answer_request: [{ status: 'ok' }]
  });
  server.say(stateOf({ connections: [connection({ type: 'oauth2' })] }));

  await model.refresh();

  expect(kernel.asked.at(-1)).toStrictEqual([
    'attio_answer_request',
    { prompt_id: 'prompt-1', action: 'cancel' }
  ]);
  expect(model.rows[0]).toMatchObject({
    prompt: null,
    note: { kind: 'failed', text: expect.stringContaining('Connect again.') }
  });
});

test('what was shown when the person was asked is disconnected, whoever acts by now', async () => {
  const { kernel, model, side } = await inKernel({
    attio_disconnect_request: [{ status: 'ok', was_connected: true }]
  });
  const { front } = model;
  const shown = front?.shown;
  const bob = { id: 'bob', role: 'member' } as const;

  side.tell('idle', kernelState({ acting: bob }));
  await settled();
  await front?.disconnect(MAIL, shown);

  expect(shown?.member).toBe('alice');
  const meant = { ...MAIL, acting: 'alice', app: APP };
  expect(kernel.asked).toStrictEqual([['attio_disconnect_request', meant]]);
});

test('a client secret is replaced in a prompt that asks for it first', async () => {
  const message = 'This connection has no client secret.';
  const { kernel, model } = await inKernel({
    attio_connect_request: [{ status: 'error', message }]
  });

  await model.replaceClientSecret(MAIL);

  const meant = { ...MAIL, acting: 'alice', app: APP, client_secret: true };
  expect(kernel.asked).toStrictEqual([['attio_connect_request', meant]]);
  expect(model.rows[0].note).toStrictEqual({ kind: 'failed', text: message });
});

test.each([
  [true, 'The client secret was deleted. Connecting asks for it again.'],
  [false, 'No client secret was stored.']
])('a client secret is forgotten (%s)', async (was_stored, text) => {
  const { kernel, model } = await inKernel({
    attio_forget_client_secret_request: [{ status: 'ok', was_stored }]
  });

  await model.forgetClientSecret(MAIL);

  const meant = { ...MAIL, acting: 'alice', app: APP };
  expect(kernel.asked).toStrictEqual([
    ['attio_forget_client_secret_request', meant]
  ]);
  expect(model.rows[0].note).toStrictEqual({ kind: 'done', text });
});

test('a key is renamed, and what is said of it stands in the row of the new key', async () => {
  const { server, kernel, model } = await inKernel({
    attio_rename_key_request: [
      { status: 'ok', key: 'post', moved: 1, message: 'Renamed.' }
    ]
  });
  server.say(stateOf({ connections: [connection({ key: 'post' })] }));

  await model.renameKey(MAIL, 'post');
  await settled();

  const meant = { ...MAIL, acting: 'alice', app: APP, new_key: 'post' };
  expect(kernel.asked).toStrictEqual([['attio_rename_key_request', meant]]);
  expect(model.rows.map(({ id, note }) => [id, note])).toStrictEqual([
    ['user:post', { kind: 'done', text: 'Renamed.' }]
  ]);
});

test.each([true, false])(
  'a connection is removed, with or without what is stored (%s)',
  async disconnect => {
    const message = 'Removed from attio-app.toml.';
    const { server, kernel, model } = await inKernel({
      attio_remove_request: [{ status: 'ok', was_connected: true, message }]
    });
    server.say(stateOf({ connections: [] }));

    expect(await model.remove(MAIL, disconnect)).toBe(message);
    await settled();

    const meant = { ...MAIL, acting: 'alice', app: APP, disconnect };
    expect(kernel.asked).toStrictEqual([['attio_remove_request', meant]]);
    expect(model.rows).toStrictEqual([]);
  }
);

test('why a connection is not removed or renamed stands in its row', async () => {
  const message = 'The app file cannot be written.';
  const refusal = { status: 'error', message } as const;
  const { model } = await inKernel({
    attio_remove_request: [refusal],
    attio_rename_key_request: [refusal],
    attio_move_stored_request: [refusal]
  });
  const note = { kind: 'failed', text: message };

  expect(await model.remove(MAIL, true)).toBe('');
  expect(model.rows[0].note).toStrictEqual(note);
  await model.renameKey(MAIL, 'post');
  expect(model.rows[0].note).toStrictEqual(note);
  await model.moveStored(MAIL, 'post');
  expect(model.rows[0].note).toStrictEqual(note);
});

test('what is begun in one notebook is done there, whatever comes to the front', async () => {
  const { kernel, model } = await inKernel({
    attio_disconnect_request: [{ status: 'ok', was_connected: true }]
  });
  const { front } = model;
  const other = new FakeNotebook('other/notebook.ipynb');
  const beside = other.side.load();

  model.setNotebook(other);
  await front?.disconnect(MAIL);

  expect(typesOf(kernel)).toStrictEqual(['attio_disconnect_request']);
  expect(typesOf(beside)).toStrictEqual([]);
});

for (const [how, leave] of [
  ['closed', notebook => notebook.disposed.emit()],
  ['moved to another folder', notebook => notebook.rename('b/notebook.ipynb')]
] as [string, (notebook: FakeNotebook) => void][]) {
  test(`the prompts of a notebook that is ${how} are closed`, async () => {
    const { kernel, model, notebook } = await connecting({
      attio_answer_request: [{ status: 'ok' }]
    });

    leave(notebook);
    await settled();

    expect(kernel.asked.at(-1)).toStrictEqual([
      'attio_answer_request',
      { prompt_id: 'prompt-1', action: 'cancel' }
    ]);
    expect(model.rows.map(({ doing }) => doing)).not.toContain('connecting');
  });
}

test('a prompt that comes once its notebook is closed is closed as well', async () => {
  const reply = new Deferred<typeof OPENED>();
  const { kernel, model, notebook } = await inKernel({
    attio_connect_request: [reply.promise],
    attio_answer_request: [{ status: 'ok' }]
  });

  const done = model.connect(MAIL);
  await settled();
  notebook.disposed.emit();
  reply.resolve(OPENED);
  await done;

  expect(typesOf(kernel)).toStrictEqual([
    'attio_connect_request',
    'attio_answer_request'
  ]);
});

test('a prompt for an app that has another name by now is closed', async () => {
  const { kernel, model, server } = await connecting({
    attio_answer_request: [{ status: 'ok' }]
  });
  const { app } = stateOf();
  server.say(stateOf({ app: app && { ...app, id: 'renamed' } }));

  await model.refresh();

  expect(typesOf(kernel).at(-1)).toBe('attio_answer_request');
  expect(model.rows[0].doing).toBe('');
});

const ADDRESSES = ['evil.example', 'https://evil.example/me (Test)'];
const REVIEWED = {
  status: 'ok',
  ...listed('prompt-1', { kind: 'approval', new_addresses: ADDRESSES })
};

function changed(new_addresses = ADDRESSES) {
  const found = connection({ standing: 'changed', new_addresses });
  return stateOf({ connections: [found] });
}

test('a prompt about new addresses opens in its row', async () => {
  const { kernel, model } = await inKernel({
    attio_approve_request: [REVIEWED]
  });

  await model.approve(MAIL);

  expect(kernel.asked).toStrictEqual([
    ['attio_approve_request', { ...MAIL, app: APP, acting: 'alice' }]
  ]);
  expect(model.rows[0].doing).toBe('connecting');
  expect(model.rows[0].prompt?.prompt.new_addresses).toStrictEqual(ADDRESSES);
});

test('without a kernel the server asks about new addresses', async () => {
  const { model, server } = await settledWorld();
  server.carrier = new ScriptedKernel({ attio_approve_request: [REVIEWED] });

  await model.approve(MAIL);

  expect(model.rows[0].prompt?.prompt.kind).toBe('approval');
});

test('a prompt about addresses that are not the ones of the app file is closed', async () => {
  const { kernel, model, server } = await inKernel({
    attio_approve_request: [REVIEWED],
    attio_answer_request: [{ status: 'ok' }]
  });
  server.say(changed());
  await model.approve(MAIL);
  await model.refresh();
  expect(model.rows[0].prompt).not.toBe(null);

  server.say(changed([...ADDRESSES, 'other.example']));
  await model.refresh();

  expect(model.rows[0].prompt).toBe(null);
  expect(model.rows[0].note?.text).toContain('Review it again');
  expect(typesOf(kernel)).toContain('attio_answer_request');
});

test.each(['secret', 'oauth2'] as const)(
  'a prompt of an unknown kind stays in the row of type %s',
  async type => {
    const kind = 'consent' as IPrompt['kind'];
    const { model, server } = await inKernel({
      attio_connect_request: [{ ...OPENED, kind }]
    });
    await model.connect(MAIL);

    server.say(stateOf({ connections: [connection({ type })] }));
    await model.refresh();

    expect(model.rows[0].prompt).not.toBe(null);
  }
);

test('a prompt about new addresses stays until it is answered', async () => {
  const { model, server } = await inKernel({
    attio_approve_request: [REVIEWED]
  });
  await model.approve(MAIL);

  server.say(stateOf({ connections: [connection({ standing: 'connected' })] }));
  await model.refresh();

  expect(model.rows[0].prompt).not.toBe(null);
});
