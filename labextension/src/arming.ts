/** A button counts presses only after it has been in sight for a moment. It knows no elements. */

/** In milliseconds: time for a double click to end, and for a person to see what is asked. */
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

  /** Arm it after a moment in sight; disarm it when it goes out of sight. */
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
