/** Doing the same again without doing it twice at a time. */

/** Runs a task one at a time; all that is asked for meanwhile is one run more. */
export class Rounds {
  private current: Promise<void> | null = null;
  private next: Promise<void> | null = null;

  /**
   * @param task - what to run; it never rejects
   */
  constructor(private readonly task: () => Promise<void>) {}

  /** Resolves when a run has ended that began after this call. */
  run(): Promise<void> {
    if (this.current === null) {
      this.current = this.task().finally(() => {
        this.current = null;
      });
      return this.current;
    }
    this.next ??= this.current.then(() => {
      this.next = null;
      return this.run();
    });
    return this.next;
  }
}
