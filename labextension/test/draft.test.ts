import { expect, test } from '@jest/globals';

import type { IDraftOptions } from '../src/draft';
import { Draft } from '../src/draft';
import type { Definition, IChecked, IConnection } from '../src/state';
import { ACME, KEYS, MAIL } from './presets';

const APP = { id: 'sequences', workspace: '' };
const RIGHT: IChecked = { field: '', message: '', registration: null };
const WRONG = { field: 'title', message: 'title is empty.' };

/** A server that answers when the test says so. */
class Definer {
  readonly checked: Definition[] = [];
  readonly saved: unknown[] = [];
  readonly answer: ((checked: IChecked) => void)[] = [];
  refusal: string | Error = '';

  check = (definition: Definition) => {
    this.checked.push(definition);
    return new Promise<IChecked>(resolve => this.answer.push(resolve));
  };

  save = async (definition: Definition, opened: object) => {
    this.saved.push({ definition, ...opened });
    if (this.refusal instanceof Error) {
      throw this.refusal;
    }
    return this.refusal;
  };
}

function begin(options: Partial<IDraftOptions> = {}) {
  const definer = new Definer();
  const draft = new Draft(definer, {
    app: APP,
    editing: null,
    connections: [],
    presets: [ACME, MAIL],
    owner: 'user',
    noAnswer: 'No answer.',
    pause: 0,
    ...options
  });
  return { definer, draft };
}

function type(draft: Draft, fields: Record<string, string>) {
  draft.change({ ...draft.fields, ...fields });
}

/** Wait until a pause of no length is over, and answers have come in. */
function pause() {
  return new Promise(resolve => setTimeout(resolve, 5));
}

test('what is typed in one go is looked at once', async () => {
  const { definer, draft } = begin();

  type(draft, { title: 'D' });
  type(draft, { title: 'De' });
  type(draft, { title: 'Deals' });
  await pause();

  expect(definer.checked.map(({ title }) => title)).toStrictEqual(['Deals']);
});

test('nothing can be saved before anybody has looked', async () => {
  const { definer, draft } = begin();
  expect(draft.maySave).toBe(false);

  const looked = draft.look();
  definer.answer[0](RIGHT);
  await looked;

  expect(draft.maySave).toBe(true);
});

test('an answer that comes after that to a later question is dropped', async () => {
  const { definer, draft } = begin();
  const first = draft.look();
  const second = draft.look();

  definer.answer[1](RIGHT);
  definer.answer[0]({ ...RIGHT, ...WRONG });
  await Promise.all([first, second]);

  expect(draft.problem.message).toBe('');
});

test('an answer about what stood there before is dropped', async () => {
  const { definer, draft } = begin({ pause: 60_000 });
  const looked = draft.look();

  type(draft, { title: 'Deals' });
  definer.answer[0]({ ...RIGHT, ...WRONG });
  await looked;

  expect(draft.problem.message).toBe('');
  draft.dispose();
});

test('what is wrong keeps it from being saved, at the field that it names', async () => {
  const { definer, draft } = begin();
  const looked = draft.look();
  definer.answer[0]({ ...RIGHT, ...WRONG });
  await looked;

  expect(draft.problem).toStrictEqual(WRONG);
  expect(draft.maySave).toBe(false);
});

test('a field that the person has not come to is not held against them', async () => {
  const { definer, draft } = begin();
  type(draft, { hosts: 'api.example.com' });
  await pause();
  definer.answer[0]({ ...RIGHT, ...WRONG });
  await pause();
  expect(draft.shownProblem.message).toBe('');
  expect(draft.maySave).toBe(false);

  type(draft, { title: ' ' });
  await pause();
  definer.answer[1]({ ...RIGHT, ...WRONG });
  await pause();
  expect(draft.shownProblem).toStrictEqual(WRONG);
});

test('who wants to save is shown what is missing', async () => {
  const { definer, draft } = begin();
  const looked = draft.look();
  definer.answer[0]({ ...RIGHT, ...WRONG });
  await looked;

  draft.insist();

  expect(draft.shownProblem).toStrictEqual(WRONG);
});

test('what could not be saved is still there, and can be saved again', async () => {
  const { definer, draft } = begin();
  type(draft, { title: 'Deals' });
  await pause();
  definer.answer[0](RIGHT);
  await pause();
  definer.refusal = 'The app file cannot be written.';

  expect(await draft.save()).toBe(false);
  expect(draft.shownProblem).toStrictEqual({
    field: '',
    message: definer.refusal
  });
  expect(draft.fields.title).toBe('Deals');
  expect(draft.maySave).toBe(true);

  definer.refusal = '';
  expect(await draft.save()).toBe(true);
  expect(draft.problem.message).toBe('');
});

test('what was wrong and has passed is no reason not to save', async () => {
  const { definer, draft } = begin();
  const looked = draft.look();
  definer.answer[0]({ ...RIGHT, field: '', message: 'It cannot be read.' });
  await looked;
  expect(draft.maySave).toBe(false);

  const saved = draft.submit();
  expect(draft.isSaving).toBe(true);
  definer.answer[1](RIGHT);

  expect(await saved).toBe(true);
  expect(definer.saved.length).toBe(1);
  expect(draft.problem.message).toBe('');
});

test('what is still wrong is shown to who wants to save', async () => {
  const { definer, draft } = begin();

  const saved = draft.submit();
  definer.answer[0]({ ...RIGHT, ...WRONG });

  expect(await saved).toBe(false);
  expect(definer.saved).toStrictEqual([]);
  expect(draft.shownProblem).toStrictEqual(WRONG);
  expect(draft.isSaving).toBe(false);
});

test('what was typed within the pause is looked at before it is saved', async () => {
  const { definer, draft } = begin({ pause: 60_000 });
  const looked = draft.look();
  definer.answer[0]({ ...RIGHT, ...WRONG });
  await looked;
  type(draft, { title: 'Deals' });

  const saved = draft.submit();
  definer.answer[1](RIGHT);

  expect(await saved).toBe(true);
  expect(definer.checked.at(-1)).toMatchObject({ title: 'Deals' });
});

test('what can be saved is saved without another look', async () => {
  const { definer, draft } = begin();
  const looked = draft.look();
  definer.answer[0](RIGHT);
  await looked;

  expect(await draft.submit()).toBe(true);

  expect(definer.checked.length).toBe(1);
});

test('who presses twice saves once', async () => {
  const { definer, draft } = begin();

  const saved = draft.submit();
  expect(await draft.submit()).toBe(false);
  definer.answer[0](RIGHT);

  expect(await saved).toBe(true);
  expect(definer.checked.length).toBe(1);
  expect(definer.saved.length).toBe(1);
});

test('nothing is saved that was given up or changed while it was looked at', async () => {
  for (const meanwhile of [
    (draft: Draft) => draft.dispose(),
    (draft: Draft) => type(draft, { title: 'Deals' })
  ]) {
    const { definer, draft } = begin({ pause: 60_000 });

    const saved = draft.submit();
    meanwhile(draft);
    definer.answer[0](RIGHT);

    expect(await saved).toBe(false);
    expect(definer.saved).toStrictEqual([]);
    draft.dispose();
  }
});

test('a refusal is not held against what is looked at after it', async () => {
  const { definer, draft } = begin();
  definer.refusal = 'The app file cannot be written.';
  await draft.save();

  const saved = draft.submit();
  definer.answer[0]({ ...RIGHT, ...WRONG });
  await saved;

  expect(draft.shownProblem).toStrictEqual(WRONG);
});

test('a server that is gone is spoken of, and loses nothing', async () => {
  const { definer, draft } = begin();
  type(draft, { title: 'Deals' });
  definer.refusal = new Error('Failed to fetch');

  expect(await draft.save()).toBe(false);

  expect(draft.problem.message).toBe('No answer.');
  expect(draft.fields.title).toBe('Deals');
  draft.dispose();
});

test('what is registered stays in sight while the server does not answer', async () => {
  const definer = new Definer();
  const registration = { addresses: ['http://localhost:8723/'], notes: [] };
  let isGone = false;
  const draft = new Draft(
    {
      ...definer,
      check: async () => {
        if (isGone) {
          throw new Error('Failed to fetch');
        }
        return { ...RIGHT, registration };
      }
    },
    {
      app: APP,
      editing: null,
      connections: [],
      presets: [],
      owner: 'user',
      noAnswer: 'No answer.'
    }
  );
  await draft.look();

  isGone = true;
  await draft.look();

  expect(draft.problem.message).toBe('No answer.');
  expect(draft.registration).toBe(registration);
});

test('nothing is told of once it is disposed', async () => {
  const { definer, draft } = begin();
  const told: unknown[] = [];
  const looked = draft.look();
  draft.changed.connect(() => told.push('changed'));

  draft.dispose();
  definer.answer[0](RIGHT);
  await looked;

  expect(told).toStrictEqual([]);
});

test('a provider that is chosen fills the fields, and none of them was typed', async () => {
  const { definer, draft } = begin();

  type(draft, { kind: 'acme' });
  await pause();
  definer.answer[0]({ ...RIGHT, field: 'client_id', message: 'Missing.' });
  await pause();

  expect(draft.preset).toBe(ACME);
  expect(draft.fields.title).toBe('Acme');
  expect(definer.checked[0]).toMatchObject({ type: 'oauth2', key: null });
  expect(draft.shownProblem.message).toBe('');
});

test('an owner with a connection already needs a key', () => {
  const { draft } = begin({
    connections: [{ owner: 'workspace', key: 'sequencer' }]
  });
  type(draft, { kind: 'acme' });
  expect(draft.needsKey).toBe(false);
  expect(draft.fields.key ?? '').toBe('');

  type(draft, { owner: 'workspace' });

  expect(draft.needsKey).toBe(true);
  expect(draft.fields.key).toBe('acme');
  draft.dispose();
});

test('the key that a new connection gets is known once it was looked at', async () => {
  const { draft, definer } = begin();
  expect(draft.proposedKey).toBe('');

  const looked = draft.look();
  definer.answer[0]({ ...RIGHT, key: 'mail' });
  await looked;

  expect(draft.proposedKey).toBe('mail');
  draft.dispose();
});

test('an edited connection names what it takes the place of, as that was', async () => {
  const definition = {
    owner: 'user',
    key: 'deals',
    type: 'secret',
    title: 'Deals'
  };
  const editing = {
    owner: 'user',
    key: 'deals',
    type: 'secret',
    definition
  } as unknown as IConnection;
  const { definer, draft } = begin({ editing, connections: [editing] });

  type(draft, { title: 'All deals' });
  await draft.save();

  expect(draft.needsKey).toBe(false);
  expect(definer.saved).toStrictEqual([
    {
      definition: {
        owner: 'user',
        key: 'deals',
        type: 'secret',
        title: 'All deals'
      },
      app: APP,
      editing: { owner: 'user', key: 'deals', definition }
    }
  ]);
  draft.dispose();
});

test('it begins with what was said elsewhere, and with what its provider fills in', () => {
  const preset = ACME;
  const { draft } = begin();

  draft.begin({ owner: 'user', kind: preset.id, key: 'deals', hosts: 'a.b' });

  expect(draft.fields).toMatchObject({
    ...{ owner: 'user', kind: preset.id, key: 'deals', hosts: 'a.b' },
    title: preset.name
  });
});

test('an owner and a kind that there are not are left out', () => {
  const { draft } = begin();
  const { owner, kind } = draft.fields;

  draft.begin({ owner: 'nobody', kind: 'no-such-provider', key: 'deals' });

  expect(draft.fields).toMatchObject({ owner, kind, key: 'deals' });
});

test('a preset of a service with a key fills in a whole secret', async () => {
  const { definer, draft } = begin({ presets: [ACME, KEYS] });

  type(draft, { kind: 'keys' });
  await pause();

  expect(definer.checked[0]).toStrictEqual({
    owner: 'user',
    key: null,
    type: 'secret',
    title: 'Keys API key',
    help_url: 'https://keys.example/keys',
    hosts: ['api.keys.example'],
    test_url: 'https://api.keys.example/me',
    test_header: 'X-Api-Key',
    account: 'data.email'
  });
});

test('of a preset that was left for another kind nothing stays', async () => {
  const { definer, draft } = begin({ presets: [ACME, KEYS] });
  type(draft, { kind: 'keys' });
  type(draft, { title: 'Ours' });
  type(draft, { kind: 'secret' });
  await pause();

  expect(definer.checked[0]).toStrictEqual({
    owner: 'user',
    key: null,
    type: 'secret',
    title: 'Ours'
  });

  type(draft, { kind: 'keys' });
  type(draft, { kind: 'acme' });
  await pause();
  expect(definer.checked[1].type).toBe('oauth2');
  expect(definer.checked[1].test_url).toBeUndefined();
});
