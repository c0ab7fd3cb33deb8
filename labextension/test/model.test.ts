import { expect, test } from '@jest/globals';

import { NoServerExtension } from '../src/api';
import { ScriptedKernel } from './kernel';
import {
  Deferred,
  FakeNotebook,
  MAIL,
  connection,
  kernelState,
  settled,
  settledWorld,
  stateOf,
  typesOf,
  world
} from './world';

const BOB = { id: 'bob', role: 'member' } as const;
const NEW = { app: { id: 'sequences', workspace: '' }, editing: null };
const NOBODY_HOME = 'The Jupyter server cannot be reached.';
const LOCKED = stateOf({
  problems: [
    { kind: 'vault-locked', message: 'Unlock it.', line: null, path: null }
  ]
});

/** A state that can be told from others. */
function named(name: string) {
  const { app } = stateOf();
  return stateOf({ app: app && { ...app, name } });
}

test('without a notebook nothing is asked', async () => {
  const { model, server } = world();

  await model.refresh();
  model.setNotebook(null);

  expect(model.face).toBe('no-notebook');
  expect(model.path).toBe(null);
  expect(model.rows).toStrictEqual([]);
  expect(model.attention).toBe(0);
  expect(server.questions).toStrictEqual([]);
});

test('what the server says of the notebook in front is shown', async () => {
  const { model, notebook, server } = world();

  model.setNotebook(notebook);
  expect(model.face).toBe('loading');
  await settled();

  expect(server.questions).toStrictEqual([['notebook.ipynb', '', false]]);
  expect(model.face).toBe('connections');
  expect(model.acting?.id).toBe('alice');
  expect(model.rows.map(({ id }) => id)).toStrictEqual(['user:mail']);
});

test('every change is told of', async () => {
  const { model, notebook } = world();
  const faces: string[] = [];
  model.changed.connect(({ face }) => {
    faces.push(face);
  });

  model.setNotebook(notebook);
  await settled();

  expect(faces).toStrictEqual(['loading', 'connections']);
});

test('an app without connections is told from a folder without an app', async () => {
  const { model, server } = await settledWorld();

  server.say(stateOf({ connections: [] }));
  await model.refresh();
  expect(model.face).toBe('empty');

  server.say(stateOf({ app: null, connections: [] }));
  await model.refresh();
  expect(model.face).toBe('no-app');
});

test('an app file that was never read is no folder without an app', async () => {
  const { model, notebook, server } = world();
  const problem = {
    kind: 'app-file',
    message: 'Line 3: no.',
    line: 3,
    path: 'attio-app.toml'
  } as const;
  server.say(stateOf({ app: null, connections: [], problems: [problem] }));

  model.setNotebook(notebook);
  await settled();

  expect(model.face).toBe('connections');
  expect(model.rows).toStrictEqual([]);
  expect(model.attention).toBe(1);
});

test('a server without the extension is known from one that fails', async () => {
  const { model, notebook, news, server } = world();
  server.say(new NoServerExtension('It is off.'));

  model.setNotebook(notebook);
  await settled();
  expect(model.face).toBe('no-server');

  server.say(new Error(NOBODY_HOME));
  news.emit('state');
  await settled();
  expect(model.face).toBe('failed');
  expect(model.failure).toBe(NOBODY_HOME);
});

test('a server that comes back with the extension is asked again', async () => {
  const { model, news, server } = await settledWorld();
  server.say(new NoServerExtension('It is off.'));
  await model.refresh();
  expect(model.face).toBe('no-server');

  server.say(named('Back'));
  news.emit('anything');
  await settled();

  expect(model.face).toBe('connections');
  expect(model.failure).toBe('');
  expect(model.state?.app?.name).toBe('Back');
});

test('a server that cannot be reached takes away nothing that was known', async () => {
  const { model, server } = await settledWorld();
  server.say(new Error(NOBODY_HOME));

  await model.refresh();

  expect(model.face).toBe('connections');
  expect(model.rows.length).toBe(1);
  expect(model.failure).toBe(NOBODY_HOME);
});

test('a broken app file leaves what it said last, with what is wrong', async () => {
  const { model, server } = await settledWorld();
  const problems = [
    {
      kind: 'app-file' as const,
      message: 'Line 3: no.',
      line: 3,
      path: 'attio-app.toml'
    }
  ];
  server.say(stateOf({ app: null, connections: [], problems }));

  await model.refresh();

  expect(model.face).toBe('connections');
  expect(model.rows.length).toBe(1);
  expect(model.state?.app?.name).toBe('App');
  expect(model.state?.problems).toStrictEqual(problems);
});

test('an app file that was taken away is not remembered', async () => {
  const { model, server } = await settledWorld();
  server.say(stateOf({ app: null, connections: [] }));

  await model.refresh();

  expect(model.face).toBe('no-app');
  expect(model.rows).toStrictEqual([]);
});

test('many changes at once are one question after the one that is out', async () => {
  const { news, server } = await settledWorld();
  const out = new Deferred<ReturnType<typeof stateOf>>();
  server.say(out, stateOf());

  for (let count = 0; count < 5; count += 1) {
    news.emit('state');
  }
  await settled();
  expect(server.questions.length).toBe(2);

  out.resolve(stateOf());
  await settled();
  expect(server.questions.length).toBe(3);
});

test('news of prompts alone does not ask for the state', async () => {
  const { news, server } = await settledWorld();

  news.emit('prompts');
  await settled();

  expect(server.questions.length).toBe(1);
});

test('every kernel notices what was connected elsewhere, and when one comes back', async () => {
  const { model, news, notebook, side } = await settledWorld();
  side.load();
  const front = new FakeNotebook('other.ipynb');
  model.setNotebook(front);
  let asked = 0;
  side.changed.connect(() => (asked += 1));

  news.emit('state');
  expect(asked).toBe(1);
  news.emit('prompts');
  expect(asked).toBe(1);
  model.setNotebook(notebook);
  expect(asked).toBe(2);
  await model.refresh();
  expect(asked).toBe(3);
});

test('a notebook shows at once what was known of it, and then what is', async () => {
  const { model, notebook, server } = await settledWorld();
  const other = new FakeNotebook('other/notebook.ipynb');
  server.say(named('Other'));
  model.setNotebook(other);
  await settled();
  expect(model.state?.app?.name).toBe('Other');

  server.say(named('Newer'));
  model.setNotebook(notebook);
  expect(model.path).toBe('notebook.ipynb');
  expect(model.state?.app?.name).toBe('App');

  await settled();
  expect(model.state?.app?.name).toBe('Newer');
});

test('an answer about the notebook before does not show in the one in front', async () => {
  const { model, notebook, server } = world();
  const slow = new Deferred<ReturnType<typeof stateOf>>();
  server.say(slow, named('Other'));
  model.setNotebook(notebook);
  model.setNotebook(new FakeNotebook('other/notebook.ipynb'));
  await settled();

  slow.resolve(named('Slow'));
  await settled();

  expect(model.state?.app?.name).toBe('Other');
});

test('a notebook that is renamed is asked for by its new name', async () => {
  const { model, notebook, server } = await settledWorld();
  const slow = new Deferred<ReturnType<typeof stateOf>>();
  server.say(slow, named('Moved'));
  void model.refresh();

  notebook.rename('moved/notebook.ipynb');
  expect(model.path).toBe('moved/notebook.ipynb');
  slow.resolve(named('Before'));
  await settled();

  expect(server.questions.at(-1)?.[0]).toBe('moved/notebook.ipynb');
  expect(model.state?.app?.name).toBe('Moved');
});

test('a notebook that is closed is let go of', async () => {
  const { model, notebook, side } = await settledWorld();

  notebook.disposed.emit();

  expect(model.face).toBe('no-notebook');
  expect(side.isDisposed).toBe(true);
});

test('a model that is disposed of listens to nothing any more', async () => {
  const { model, news, notebook, server, side } = await settledWorld();
  let told = 0;
  model.changed.connect(() => (told += 1));

  model.dispose();
  news.emit('state');
  side.tell('idle', kernelState({ acting: BOB }));
  notebook.rename('other.ipynb');
  model.setNotebook(new FakeNotebook('other.ipynb'));
  await settled();

  expect(side.isDisposed).toBe(true);
  expect(server.questions.length).toBe(1);
  expect(told).toBe(0);
});

test('a kernel is expected to have loaded attio_nb where there is an app', async () => {
  expect((await settledWorld()).side.expectsApp).toBe(true);

  const { model, notebook, server, side } = world();
  server.say(stateOf({ app: null, connections: [] }));
  model.setNotebook(notebook);
  await settled();
  expect(side.expectsApp).toBe(false);
});

test('the word of the kernel on who acts counts', async () => {
  const { model, server, side } = await settledWorld();
  server.say(stateOf({ acting: BOB }));

  side.load({}, kernelState({ acting: BOB, from_next_cell: true }));
  await settled();

  expect(model.acting).toStrictEqual(BOB);
  expect(model.fromNextCell).toBe(true);
  expect(server.questions.at(-1)?.[1]).toBe('bob');
});

test('a kernel in which the same member acts is no reason to ask again', async () => {
  const { server, side } = await settledWorld();

  side.load();
  side.tell('busy', kernelState());
  await settled();

  expect(server.questions.length).toBe(1);
});

test('an answer about who acted before is not shown', async () => {
  const { model, server, side } = await settledWorld();
  const slow = new Deferred<ReturnType<typeof stateOf>>();
  server.say(slow, stateOf({ acting: BOB, connections: [] }));
  void model.refresh();

  side.load({}, kernelState({ acting: BOB }));
  slow.resolve(stateOf({ connections: [connection(), connection()] }));
  await settled();

  expect(model.state?.acting).toStrictEqual(BOB);
  expect(model.rows).toStrictEqual([]);
});

test('why a kernel does not know who acts is a problem', async () => {
  const { model, side } = await settledWorld();
  const problem = 'carol is no member of this app.';

  side.load({}, kernelState({ acting: null, problem }));
  await settled();

  expect(model.acting).toBe(null);
  expect(model.state?.problems.map(({ message }) => message)).toStrictEqual([
    problem
  ]);
});

test('a user whom the app file does not list chooses a member', async () => {
  const { model, server } = await settledWorld();
  server.say(stateOf({ acting: null, unlisted_user: 'root' }));
  await model.refresh();
  expect(model.unlistedUser).toBe('root');

  server.say(stateOf({ acting: BOB }));
  await model.actAs('bob');
  expect(model.unlistedUser).toBe('');
  expect(model.acting).toStrictEqual(BOB);
});

test('what counts is whether the kernel has a member who acts', async () => {
  const { model, server, side } = await settledWorld();
  server.say(stateOf({ acting: null, unlisted_user: 'root' }));
  await model.refresh();

  side.load({}, kernelState({ acting: null, unlisted_user: 'carol' }));
  await settled();
  expect(model.unlistedUser).toBe('carol');

  side.tell('idle', kernelState({ acting: BOB }));
  await settled();
  expect(model.unlistedUser).toBe('');
});

test('a member whom the app file lists no more does not go on acting', async () => {
  const { model, side } = await settledWorld();
  side.load({}, kernelState({ acting: BOB }));
  await settled();

  side.tell('idle', kernelState({ acting: null, unlisted_user: 'bob' }));
  await settled();

  expect(model.acting).toBe(null);
  expect(model.unlistedUser).toBe('bob');
});

test('who acted goes on acting while a kernel cannot say', async () => {
  const { model, server, side } = await settledWorld();
  server.say(stateOf({ acting: BOB }));
  side.load({}, kernelState({ acting: BOB }));
  await settled();

  side.tell('idle', kernelState({ acting: null, problem: 'Line 3: no.' }));
  await model.refresh();

  expect(model.acting).toStrictEqual(BOB);
  expect(server.questions.at(-1)?.[1]).toBe('bob');
});

test('without a kernel the choice is the page’s, for this notebook alone', async () => {
  const { model, notebook, server } = await settledWorld();
  server.say(stateOf({ acting: BOB }));

  await model.actAs('bob');
  expect(server.questions.at(-1)).toStrictEqual([
    'notebook.ipynb',
    'bob',
    false
  ]);
  expect(model.acting).toStrictEqual(BOB);

  model.setNotebook(new FakeNotebook('other.ipynb'));
  expect(server.questions.at(-1)).toStrictEqual(['other.ipynb', '', false]);
  model.setNotebook(notebook);
  await settled();
  expect(server.questions.at(-1)?.[1]).toBe('bob');
});

test('a kernel is told on whose behalf its cells are to run', async () => {
  const { model, server, side } = await settledWorld();
  const kernel = side.load({ attio_act_as_request: [{ status: 'ok' }] });
  side.next = kernelState({ acting: BOB });
  server.say(stateOf({ acting: BOB }));

  await model.actAs('bob');

  expect(kernel.asked).toStrictEqual([
    ['attio_act_as_request', { user: 'bob' }]
  ]);
  expect(model.acting).toStrictEqual(BOB);
  expect(server.questions.at(-1)?.[1]).toBe('bob');
});

test('a kernel that refuses a member says why, until another is chosen', async () => {
  const { model, side } = await settledWorld();
  const message = 'carol is no member of this app.';
  side.load({
    attio_act_as_request: [{ status: 'error', message }, { status: 'ok' }]
  });

  await model.actAs('carol');
  expect(model.failure).toBe(message);
  expect(model.acting?.id).toBe('alice');

  await model.actAs('alice');
  expect(model.failure).toBe('');
});

test('what was chosen before a kernel could be told is told to it first', async () => {
  const { model, side } = await settledWorld();
  await model.actAs('bob');
  const kernel = side.prepare({ attio_act_as_request: [{ status: 'ok' }] });
  side.next = kernelState({ acting: BOB });

  await model.connect(MAIL);

  expect(typesOf(kernel)).toStrictEqual([
    'attio_act_as_request',
    'attio_connect_request'
  ]);
  expect(kernel.asked[1][1]).toMatchObject({ acting: 'bob' });
});

test('who was chosen acts in the kernel too once a cell has loaded attio_nb', async () => {
  const { model, side } = await settledWorld();
  await model.actAs('bob');
  const kernel = side.prepare({ attio_act_as_request: [{ status: 'ok' }] });
  side.next = kernelState({ acting: BOB });

  side.tell('busy', kernelState());
  await settled();

  expect(kernel.asked).toStrictEqual([
    ['attio_act_as_request', { user: 'bob' }]
  ]);
  expect(model.acting).toStrictEqual(BOB);
});

test('who was chosen stays in sight while a kernel that was loaded hears of it', async () => {
  const { model, server, side } = await settledWorld();
  const heard = new Deferred<{ status: 'ok' }>();
  side.prepare({ attio_act_as_request: [heard.promise] });
  server.say(stateOf({ acting: BOB }));
  const seen: unknown[] = [];

  const chosen = model.actAs('bob');
  await settled();
  expect(side.state?.acting?.id).toBe('alice');
  model.changed.connect(() => seen.push(model.acting?.id));
  await model.refresh();
  side.next = kernelState({ acting: BOB });
  heard.resolve({ status: 'ok' });
  await chosen;

  expect(new Set(seen)).toStrictEqual(new Set(['bob']));
  expect(server.questions.at(-1)?.[1]).toBe('bob');
});

test('two choices reach a kernel one after the other', async () => {
  const { model, side } = await settledWorld();
  const first = new Deferred<{ status: 'ok' }>();
  const kernel = side.load({
    attio_act_as_request: [first.promise, { status: 'ok' }]
  });

  const bob = model.actAs('bob');
  await settled();
  const alice = model.actAs('alice');
  await settled();
  expect(typesOf(kernel)).toHaveLength(1);
  first.resolve({ status: 'ok' });
  await Promise.all([bob, alice]);

  expect(kernel.asked.at(-1)).toStrictEqual([
    'attio_act_as_request',
    { user: 'alice' }
  ]);
  expect(model.acting?.id).toBe('alice');
});

test('a kernel that keeps its connections elsewhere is told from the others', async () => {
  const { model, side } = await settledWorld();

  side.load({}, kernelState({ vault: 'vault-2' }));

  expect(model.kernel).toBe('elsewhere');
  expect(model.rows[0].connection.standing).toBe('unknown');
});

const ASTRAY = { app: { id: 'other', workspace: 'workspace' } };

test('a kernel whose cells act on another app has no word in this one', async () => {
  const { model, server, side } = await settledWorld();
  const kernel = side.load({}, kernelState({ ...ASTRAY, acting: BOB }));
  server.carrier = new ScriptedKernel({
    attio_test_request: [{ status: 'ok', ok: true, message: 'It is good.' }]
  });

  await model.test(MAIL);

  expect(model.kernel).toBe('astray');
  expect(model.acting?.id).toBe('alice');
  expect(kernel.asked).toStrictEqual([]);
  expect(typesOf(server.carrier)).toStrictEqual(['attio_test_request']);
});

test('a kernel that turns out to have another app when it is loaded does nothing', async () => {
  const { model, server, side } = await settledWorld();
  const kernel = side.prepare({}, kernelState(ASTRAY));
  server.carrier = new ScriptedKernel({
    attio_connect_request: [{ status: 'error', message: 'No.' }]
  });

  await model.connect(MAIL);

  expect(kernel.asked).toStrictEqual([]);
  expect(typesOf(server.carrier)).toStrictEqual(['attio_connect_request']);
});

test('a kernel has its word again once the notebook is back at its app', async () => {
  const { model, notebook, server, side } = await settledWorld();
  side.load({}, kernelState({ acting: BOB }));
  const { app } = stateOf();
  server.say(stateOf({ app: app && { ...app, id: 'other' } }));
  notebook.rename('b/notebook.ipynb');
  await settled();
  side.tell('idle', kernelState({ acting: BOB }));
  expect(model.kernel).toBe('astray');
  expect(model.acting?.id).toBe('alice');

  server.say(stateOf());
  notebook.rename('notebook.ipynb');
  await settled();

  expect(model.kernel).toBe('idle');
  expect(model.acting).toStrictEqual(BOB);
});

test('a kernel without an app says that itself', async () => {
  const { model, side } = await settledWorld();

  side.load({}, kernelState({ app: null }));

  expect(model.kernel).toBe('idle');
});

test('of a notebook that was moved to another folder nothing is known yet', async () => {
  const { model, notebook, server } = await settledWorld();
  server.say(
    stateOf({
      app: null,
      connections: [],
      problems: [
        { kind: 'app-file', message: 'Line 1: no.', line: 1, path: 'b/a.toml' }
      ]
    })
  );

  notebook.rename('b/notebook.ipynb');
  expect(model.face).toBe('loading');
  await settled();

  expect(model.state?.app).toBe(null);
  expect(model.rows).toStrictEqual([]);
});

test('a keyring is unlocked only when that is asked for', async () => {
  const { model, server } = await settledWorld();

  await model.unlock();

  expect(server.questions.map(([, , unlock]) => unlock)).toStrictEqual([
    false,
    true,
    false
  ]);
});

test('a keyring that stays locked is a failure in words', async () => {
  const { model, server } = await settledWorld();
  server.say(new Error('The keyring stays locked.'), LOCKED);

  await model.unlock();

  expect(model.failure).toBe('The keyring stays locked.');
  expect(model.face).toBe('connections');
});

test('a definition is looked at for the notebook and the member who acts', async () => {
  const { model, server, side } = await settledWorld();
  side.load();
  const definition = { owner: 'user', key: 'new', type: 'secret' };

  await model.front!.check(definition, NEW);

  expect(server.proposals).toStrictEqual([
    { path: 'notebook.ipynb', acting: 'alice', definition, ...NEW }
  ]);
});

test('a definition that is saved shows at once', async () => {
  const { model, server } = await settledWorld();
  server.say(stateOf({ connections: [connection({ label: 'New' })] }));

  expect(await model.front!.save({}, NEW)).toBe('');

  expect(model.rows[0].connection.label).toBe('New');
});

test('what is wrong with a definition is said, and nothing else happens', async () => {
  const { model, server } = await settledWorld();
  server.saying.save = 'There is such a key already.';

  expect(await model.front!.save({}, NEW)).toBe('There is such a key already.');
  expect(server.questions.length).toBe(1);
});

test('forms get a sentence where the server cannot be reached', async () => {
  const { model, server } = await settledWorld();
  const error = new Error(NOBODY_HOME);
  server.saying = { presets: error, check: error, save: error };

  expect(await model.presets()).toStrictEqual([]);
  expect(await model.front!.save({}, NEW)).toBe(NOBODY_HOME);
  expect(await model.front!.check({}, NEW)).toStrictEqual({
    field: '',
    message: NOBODY_HOME,
    registration: null
  });
});

test('an unlocking that came to nothing is no trouble once it is unlocked', async () => {
  const { model, server } = await settledWorld();
  server.say(new Error('It did not answer in time.'), stateOf());

  await model.unlock();

  expect(model.failure).toBe('');
});

test('what is said of an unlocking goes with the next answer', async () => {
  const { model, server } = await settledWorld();
  server.say(new Error('It did not answer in time.'), LOCKED, stateOf());
  await model.unlock();
  expect(model.failure).toBe('It did not answer in time.');

  await model.refresh();

  expect(model.failure).toBe('');
});

test('a server that is gone when a keyring is to be unlocked may come back', async () => {
  const { model, server } = await settledWorld();
  server.say(new Error(NOBODY_HOME), new Error(NOBODY_HOME), stateOf());
  await model.unlock();
  expect(model.failure).toBe(NOBODY_HOME);

  await model.refresh();

  expect(model.failure).toBe('');
});
