/** Looking again when a token has run out, which nobody tells a page of. */
import type { IDisposable } from '@lumino/disposable';

import type { IConnection } from './state';

/** How long after the time to look, in milliseconds: the server has to see it past as well. */
const SLACK = 1000;

/** How soon to look again where the server's clock is behind that of the page. */
const AGAIN = 5000;

/** The longest that a browser waits, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** Rings once, at the next time that a token runs out. */
export class Alarm implements IDisposable {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private disposed = false;

  /**
   * @param ring - what to do then
   */
  constructor(private readonly ring: () => void) {}

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Wait for the first of some tokens to run out, and for no other any more. */
  set(connections: readonly IConnection[]): void {
    clearTimeout(this.timer);
    const now = Date.now();
    const times = connections.map(({ expires_at }) => (expires_at ?? 0) * 1000);
    const soon = connections.some(each => isOverdue(each, now))
      ? [now + AGAIN]
      : [];
    const next = Math.min(...times.filter(time => time > now), ...soon);
    if (Number.isFinite(next) && !this.disposed) {
      const delay = Math.min(next - now + SLACK, LONGEST);
      this.timer = setTimeout(this.ring, delay);
    }
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
  }
}

/** Whether a token has run out by the page's clock, and not yet by the server's. */
function isOverdue(
  { expires_at, is_renewed, standing }: IConnection,
  now: number
): boolean {
  const time = expires_at === null ? Infinity : expires_at * 1000;
  return standing === 'connected' && !is_renewed && time <= now;
}
