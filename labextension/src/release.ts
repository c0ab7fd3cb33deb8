/** This release. A test compares it with package.json. */
export const VERSION = '0.1.0';

/**
 * Say what to do when page and server run different releases.
 *
 * @returns a sentence, or '' where they agree or the server's is unreadable
 */
export function mismatch(own: string, server: unknown): string {
  if (typeof server !== 'string' || server === own) {
    return '';
  }
  return (
    `attio_nb ${server} is installed, but this page still runs ${own}. ` +
    'Reload the page.'
  );
}
