import { expect, test } from '@jest/globals';

import { Poll } from '../src/poll';
import type { PromptState } from '../src/protocol';
import { ScriptedKernel, promptNamed } from './kernel';

function listed(...states: [string, PromptState][]) {
  const prompts = states.map(([id, state]) => promptNamed(id, { state }));
  return { status: 'ok', prompts };
}

/** Poll until nothing is left to ask, and return what was heard. */
function listen(
  kernel: ScriptedKernel,
  promptIds: string[],
  last: string,
  wanted = (_: string) => true
): Promise<string[]> {
  return new Promise(resolve => {
    const heard: string[] = [];
    const note = (word: string) => {
      heard.push(word);
      if (word === last) {
        poll.stop();
        resolve(heard);
      }
    };
    const poll = new Poll(
      kernel.ask,
      promptIds,
      {
        wanted,
        found: prompt => note(`${prompt.prompt_id} ${prompt.state}`),
        unknown: promptId => note(`${promptId} unknown`)
      },
      1
    );
    poll.start(0);
  });
}

test('a prompt is followed until its end', async () => {
  const kernel = new ScriptedKernel({
    attio_prompts_request: [
      listed(['a', 'asking'], ['b', 'connected']),
      listed(['a', 'connected'])
    ]
  });

  const heard = await listen(kernel, ['a', 'b'], 'a connected');

  expect(heard).toStrictEqual(['a asking', 'b connected', 'a connected']);
  expect(kernel.asked.map(([, content]) => content)).toStrictEqual([
    { prompt_ids: ['a', 'b'] },
    { prompt_ids: ['a'] }
  ]);
});

test('a prompt that the kernel does not list is unknown to it', async () => {
  const kernel = new ScriptedKernel({ attio_prompts_request: [listed()] });

  expect(await listen(kernel, ['a'], 'a unknown')).toStrictEqual(['a unknown']);
});

test('a kernel that did not reply is asked again', async () => {
  const kernel = new ScriptedKernel({
    attio_prompts_request: [undefined, listed(['a', 'over'])]
  });

  expect(await listen(kernel, ['a'], 'a over')).toStrictEqual(['a over']);
  expect(kernel.asked.length).toBe(2);
});

test('a kernel that never replies is not asked for ever', async () => {
  const kernel = new ScriptedKernel({});
  const listener = {
    wanted: () => true,
    found: () => undefined,
    unknown: () => undefined
  };

  new Poll(kernel.ask, ['a'], listener, 1).start(0);
  await new Promise(resolve => setTimeout(resolve, 100));

  expect(kernel.asked.length).toBe(10);
});

test('a prompt that a widget shows is not asked for', async () => {
  const kernel = new ScriptedKernel({
    attio_prompts_request: [listed(['b', 'over'])]
  });

  await listen(kernel, ['a', 'b'], 'b over', id => id !== 'a');

  expect(kernel.asked).toStrictEqual([
    ['attio_prompts_request', { prompt_ids: ['b'] }]
  ]);
});

test('a kernel without prompts is never sent anything', async () => {
  const kernel = new ScriptedKernel({});
  const listener = {
    wanted: () => true,
    found: () => undefined,
    unknown: () => undefined
  };

  new Poll(kernel.ask, [], listener, 1).start(0);
  await new Promise(resolve => setTimeout(resolve, 20));

  expect(kernel.asked).toStrictEqual([]);
});
