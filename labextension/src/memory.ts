/**
 * Which prompts are asking, remembered across a reload of the page.
 *
 * Only ids are kept: of kernels, prompts and cells.
 */

/** Prompt ids, each with the id of its cell, or '' where it is not known. */
export type Remembered = Record<string, string>;

const PREFIX = 'attio-nb:prompts:';

/** The prompts that are asking, by kernel. */
export class PromptMemory {
  constructor(
    private readonly storage: Pick<
      Storage,
      'getItem' | 'setItem' | 'removeItem'
    >
  ) {}

  /** The prompts of a kernel that asked when last seen. */
  of(kernelId: string): Remembered {
    try {
      const found = JSON.parse(this.storage.getItem(PREFIX + kernelId) ?? '{}');
      return isRemembered(found) ? found : {};
    } catch {
      return {};
    }
  }

  /** Keep a prompt in mind until it is forgotten. */
  remember(kernelId: string, promptId: string, cellId: string): void {
    this.store(kernelId, { ...this.of(kernelId), [promptId]: cellId });
  }

  /** Let go of a prompt that has ended. */
  forget(kernelId: string, promptId: string): void {
    const { [promptId]: gone, ...rest } = this.of(kernelId);
    if (gone !== undefined) {
      this.store(kernelId, rest);
    }
  }

  private store(kernelId: string, entries: Remembered): void {
    try {
      if (Object.keys(entries).length === 0) {
        this.storage.removeItem(PREFIX + kernelId);
      } else {
        this.storage.setItem(PREFIX + kernelId, JSON.stringify(entries));
      }
    } catch {
      // A full or forbidden storage costs only the redrawing after a reload.
    }
  }
}

function isRemembered(found: unknown): found is Remembered {
  return (
    typeof found === 'object' &&
    found !== null &&
    Object.values(found).every(cellId => typeof cellId === 'string')
  );
}
