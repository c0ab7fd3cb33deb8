/** Where a browser may be sent. */

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** A scheme, a host without a name before "@", and nothing that is not seen. */
const PLAIN =
  /^https?:\/\/([a-z0-9._-]+|\[[0-9a-f:]+\])(:[0-9]+)?(\/[!-[\]-~]*)?$/i;

/**
 * The host that a browser goes to for an address, with its port, as its
 * address bar shows it.
 *
 * @returns '' for an address that a browser must not be sent to: one that is
 * neither https nor on this computer, or that other programs may read
 * differently
 */
export function webHost(address: string): string {
  const written = PLAIN.exec(address)?.[1].toLowerCase();
  const url = written ? parse(address) : null;
  if (!written || !url) {
    return '';
  }
  // A browser makes an address of numbers such as 127.1 or 0x7f.
  const isSame = written.startsWith('[') || url.hostname === written;
  const isLocal = url.protocol === 'http:' && LOOPBACK.includes(url.hostname);
  return isSame && (url.protocol === 'https:' || isLocal) ? url.host : '';
}

function parse(address: string): URL | null {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}
