import { expect, test } from '@jest/globals';

import { PromptListing } from '../src/listing';
import { ScriptedKernel } from './kernel';
import { listed } from './world';

/** List until something is heard for the last time, and return all that was heard. */
function listen(
  kernel: ScriptedKernel,
  known: string[],
  last: string
): Promise<string[]> {
  return new Promise(resolve => {
    const heard: string[] = [];
    const note = (word: string) => {
      heard.push(word);
      if (word === last) {
        listing.stop();
        resolve(heard);
      }
    };
    const listing = new PromptListing(
      kernel.ask,
      {
        known: () => known,
        found: prompt => note(`${prompt.prompt_id} ${prompt.state}`),
        unknown: promptId => note(`${promptId} unknown`)
      },
      1
    );
    listing.look();
  });
}

function reply(...prompts: ReturnType<typeof listed>[]) {
  return { status: 'ok', prompts };
}

test('prompts that the page knows and those that it does not are found', async () => {
  const kernel = new ScriptedKernel({
    attio_prompts_request: [
      reply(listed('a', { state: 'connected' }), listed('b'))
    ]
  });

  const heard = await listen(kernel, ['a'], 'b asking');

  expect(heard).toStrictEqual(['a connected', 'b asking']);
  expect(kernel.asked).toStrictEqual([
    ['attio_prompts_request', { prompt_ids: ['a'], in_cells: true }]
  ]);
});

test('a prompt that the kernel does not list is unknown to it', async () => {
  const kernel = new ScriptedKernel({ attio_prompts_request: [reply()] });

  expect(await listen(kernel, ['a'], 'a unknown')).toStrictEqual(['a unknown']);
});

test('a kernel that did not reply is asked again', async () => {
  const kernel = new ScriptedKernel({
    attio_prompts_request: [undefined, reply(listed('a'))]
  });

  expect(await listen(kernel, ['a'], 'a asking')).toStrictEqual(['a asking']);
  expect(kernel.asked.length).toBe(2);
});

for (const [known, times] of [
  [['a'], 10],
  [[], 1]
] as const) {
  test(`a kernel that never replies is asked ${times} times`, async () => {
    const kernel = new ScriptedKernel({});
    const listener = {
      known: () => [...known],
      found: () => undefined,
      unknown: () => undefined
    };

    new PromptListing(kernel.ask, listener, 1).look();
    await new Promise(resolve => setTimeout(resolve, 100));

    expect(kernel.asked.length).toBe(times);
  });
}
