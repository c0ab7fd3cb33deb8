/** Running the cell again that ended for want of a connection. */
import type { Ask } from './protocol';

/** What came of it. `none` is the usual case: the cell itself went on. */
export type Rerun = 'none' | 'running' | 'edited' | 'missing' | 'unwanted';

/** A cell of an open notebook. */
export interface IFoundCell {
  source: string;
  run(): void;
}

/** Finds a cell by its id in the notebooks of one kernel. */
export type FindCell = (cellId: string) => IFoundCell | null;

/**
 * Run the prompt's cell again if the kernel asks for it.
 *
 * The kernel says yes once at most, and only for a cell that ended with the
 * error. A cell that was edited since then is left to the person.
 *
 * @param wanted - whether the person wants cells to be run again
 */
export async function rerun(
  ask: Ask,
  promptId: string,
  find: FindCell,
  wanted = true
): Promise<Rerun> {
  const reply = await ask('attio_rerun_request', { prompt_id: promptId });
  if (reply.status !== 'ok') {
    return 'none';
  }
  if (!wanted) {
    return 'unwanted';
  }
  const cell = find(reply.cell_id);
  if (cell === null) {
    return 'missing';
  }
  if (cell.source !== reply.code) {
    return 'edited';
  }
  cell.run();
  return 'running';
}
