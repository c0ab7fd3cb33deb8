import { expect, test } from '@jest/globals';

import { PromptMemory } from '../src/memory';

class MapStorage extends Map<string, string> {
  getItem(key: string) {
    return this.get(key) ?? null;
  }
  setItem(key: string, value: string) {
    this.set(key, value);
  }
  removeItem(key: string) {
    this.delete(key);
  }
}

test('a prompt is remembered for its kernel alone', () => {
  const memory = new PromptMemory(new MapStorage());

  memory.remember('kernel-1', 'prompt-1', 'cell-1');

  expect(memory.of('kernel-1')).toStrictEqual({ 'prompt-1': 'cell-1' });
  expect(memory.of('kernel-2')).toStrictEqual({});
});

test('nothing stays in the storage once the last prompt is forgotten', () => {
  const storage = new MapStorage();
  const memory = new PromptMemory(storage);
  memory.remember('kernel-1', 'prompt-1', 'cell-1');
  memory.remember('kernel-1', 'prompt-2', 'cell-2');

  memory.forget('kernel-1', 'prompt-1');
  expect(memory.of('kernel-1')).toStrictEqual({ 'prompt-2': 'cell-2' });

  memory.forget('kernel-1', 'prompt-2');
  expect(storage.size).toBe(0);
});

for (const broken of ['{', 'null', '[1]', '"text"', '{"prompt-1": 3}']) {
  test(`an entry that someone else wrote is ignored: ${broken}`, () => {
    const storage = new MapStorage([['attio-nb:prompts:kernel-1', broken]]);

    expect(new PromptMemory(storage).of('kernel-1')).toStrictEqual({});
  });
}

test('a storage that is full costs nothing but the memory', () => {
  const storage = new MapStorage();
  storage.setItem = () => {
    throw new Error('QuotaExceededError');
  };

  new PromptMemory(storage).remember('kernel-1', 'prompt-1', 'cell-1');

  expect(storage.size).toBe(0);
});
