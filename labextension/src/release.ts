import type { TranslationBundle } from '@jupyterlab/translation';

/** This release. A test compares it with package.json. */
export const VERSION = '0.1.0';

/**
 * Say what to do when page and server run different releases.
 *
 * @returns a sentence, or '' where they agree or the server's is unreadable
 */
export function mismatch(
  own: string,
  server: unknown,
  trans: TranslationBundle
): string {
  if (typeof server !== 'string' || server === own) {
    return '';
  }
  return trans.__(
    'attio_nb %1 is installed, but this page still runs %2. Reload the page.',
    server,
    own
  );
}
