import { expect, test } from '@jest/globals';

import { rerun } from '../src/rerun';
import { ScriptedKernel } from './kernel';

const YES = { status: 'ok', cell_id: 'cell-1', code: 'connect()' };

function notebookWith(source: string) {
  const runs: string[] = [];
  const find = (cellId: string) =>
    cellId === 'cell-1' ? { source, run: () => runs.push(cellId) } : null;
  return { find, runs };
}

test('the cell that ended with the error is run again', async () => {
  const { ask } = new ScriptedKernel({ attio_rerun_request: [YES] });
  const { find, runs } = notebookWith('connect()');

  expect(await rerun(ask, 'prompt-1', find)).toBe('running');
  expect(runs).toStrictEqual(['cell-1']);
});

test('a cell that goes on by itself is left alone', async () => {
  const { ask } = new ScriptedKernel({
    attio_rerun_request: [{ status: 'error' }]
  });
  const { find, runs } = notebookWith('connect()');

  expect(await rerun(ask, 'prompt-1', find)).toBe('none');
  expect(runs).toStrictEqual([]);
});

test('a cell that was edited is not run', async () => {
  const { ask } = new ScriptedKernel({ attio_rerun_request: [YES] });
  const { find, runs } = notebookWith('connect()  # and more');

  expect(await rerun(ask, 'prompt-1', find)).toBe('edited');
  expect(runs).toStrictEqual([]);
});

test('a cell that is gone from the notebook is reported', async () => {
  const { ask } = new ScriptedKernel({ attio_rerun_request: [YES] });

  expect(await rerun(ask, 'prompt-1', () => null)).toBe('missing');
});

test('a cell is not run where the person wants no cell run again', async () => {
  const { ask } = new ScriptedKernel({ attio_rerun_request: [YES] });
  const { find, runs } = notebookWith('connect()');

  expect(await rerun(ask, 'prompt-1', find, false)).toBe('unwanted');
  expect(runs).toStrictEqual([]);
});

test('a cell that goes on by itself is not spoken of, wanted or not', async () => {
  const { ask } = new ScriptedKernel({
    attio_rerun_request: [{ status: 'error' }]
  });
  const { find } = notebookWith('connect()');

  expect(await rerun(ask, 'prompt-1', find, false)).toBe('none');
});
