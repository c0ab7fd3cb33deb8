/** How long something has been in sight, before a press of it counts. It knows no elements. */

/** Long enough for the end of a double click, and for a person to see what is asked. */
export const ARMING_DELAY = 500;

/**
 * Arms a button that must not be pressed by accident.
 *
 * A click or a key may have been meant for what was in its place before.
 */
export class Arming {
  private armed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param changed - called after it was armed or disarmed
   */
  constructor(private readonly changed: () => void) {}

  get isArmed(): boolean {
    return this.armed;
  }

  /** Take whether the button is in sight now. */
  see(isVisible: boolean): void {
    clearTimeout(this.timer);
    if (isVisible && !this.armed) {
      this.timer = setTimeout(() => this.set(true), ARMING_DELAY);
    } else if (!isVisible && this.armed) {
      this.set(false);
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.armed = false;
  }

  private set(armed: boolean): void {
    this.armed = armed;
    this.changed();
  }
}
