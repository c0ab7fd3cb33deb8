import { expect, test } from '@jest/globals';
import { Signal } from '@lumino/signaling';

import { OutputLine } from '../src/outputline';
import type { IOutputs, Outputs } from '../src/outputline';

const ASKING =
  'Connect Mail. If no form is shown below, open the Connections tab.';
const CONNECTED = 'Connected the workspace connection "Mail".';

type Data = Record<string, string>;

/** The outputs of a cell, without JupyterLab. */
class FakeOutputs {
  readonly changed = new Signal<this, void>(this);
  readonly isDisposed = false;
  readonly hidden = new Set<number>();

  constructor(private readonly outputs: { type: string; data: Data }[]) {}

  get length() {
    return this.outputs.length;
  }

  get(index: number) {
    return this.outputs[index];
  }

  set(index: number, { data }: { data: Data }) {
    this.outputs[index] = { type: 'display_data', data };
    this.changed.emit();
  }

  get texts() {
    return this.outputs.map(({ data }) => data['text/plain']);
  }

  get area(): IOutputs {
    const { hidden } = this;
    return {
      model: this as unknown as Outputs,
      widgets: this.outputs.map((_, index) => ({
        hide: () => void hidden.add(index)
      }))
    };
  }
}

function plain(text: string, type = 'display_data') {
  return { type, data: { 'text/plain': text } };
}

function settled(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 5));
}

test('the line is hidden, and no other output is', () => {
  const outputs = new FakeOutputs([
    plain('1'),
    plain(ASKING),
    plain(ASKING, 'execute_result')
  ]);

  new OutputLine(outputs.area, false).expect(ASKING);

  expect([...outputs.hidden]).toStrictEqual([1]);
});

test('what the kernel puts in its place stays hidden', () => {
  const outputs = new FakeOutputs([plain(ASKING)]);
  const line = new OutputLine(outputs.area, false);
  line.expect(ASKING);
  outputs.hidden.clear();

  outputs.set(0, plain(CONNECTED));

  expect([...outputs.hidden]).toStrictEqual([0]);
});

test('a line that the kernel cannot replace any more is replaced here', async () => {
  const outputs = new FakeOutputs([plain('before'), plain(ASKING)]);
  const line = new OutputLine(outputs.area, false);
  line.expect(ASKING);

  line.end('The kernel was restarted.');
  await settled();

  expect(outputs.texts).toStrictEqual(['before', 'The kernel was restarted.']);
});

test('nothing is added where there is no line', async () => {
  const outputs = new FakeOutputs([plain('before')]);
  const line = new OutputLine(outputs.area, false);
  line.expect(ASKING);

  line.end(CONNECTED);
  await settled();

  expect(outputs.texts).toStrictEqual(['before']);
});

test('where others write into the notebook too, they come first', async () => {
  const outputs = new FakeOutputs([plain(ASKING)]);
  const line = new OutputLine(outputs.area, true);
  line.expect(ASKING);

  line.end(CONNECTED);
  await settled();

  expect(outputs.texts).toStrictEqual([ASKING]);
});
