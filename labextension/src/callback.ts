/** Where a browser comes back to after a sign-in. */

/** How a page lets a person come back, as far as the page knows it. */
export interface IWaysBack {
  /** Where the callback of the page's Jupyter server is. */
  callbackUrl: string;
  /** Whether a port of the kernel's computer may be one of this browser's. */
  local: boolean;
  /** Whether the kernel and the Jupyter server know of the same sign-in. */
  isExpected(authorizationUrl: string): Promise<boolean>;
}

const CALLBACK = 'attio-nb/oauth/callback';
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The address of a Jupyter server's callback, as the browser knows it.
 *
 * A hub has one address for all of its users, so that one can be registered.
 *
 * @param baseUrl - of the Jupyter server, with or without a slash at its end
 * @param hubPrefix - the path of the hub that has started the server, or ''
 * @param hubHost - the origin of a hub that gives each user a host, or ''
 */
export function callbackAddress(
  baseUrl: string,
  hubPrefix: string,
  hubHost: string
): string {
  const server = new URL(baseUrl);
  if (!hubPrefix) {
    return `${server.origin}${slashed(server.pathname)}${CALLBACK}`;
  }
  const hub = hubHost ? new URL(hubHost, server).origin : server.origin;
  return `${hub}${slashed(hubPrefix)}user-redirect/${CALLBACK}`;
}

/** Whether a page with this host name is shown by the computer it is on. */
export function isLocal(hostname: string): boolean {
  return LOOPBACK.includes(hostname);
}

/**
 * The name under which a sign-in is known outside of its kernel.
 *
 * @returns 64 hex digits, or '' for an address without a state
 */
export async function stateHash(
  authorizationUrl: string,
  subtle: Pick<SubtleCrypto, 'digest'> = globalThis.crypto.subtle
): Promise<string> {
  const state = new URL(authorizationUrl).searchParams.get('state');
  if (!state) {
    return '';
  }
  const digest = await subtle.digest(
    'SHA-256',
    new TextEncoder().encode(state)
  );
  return Array.from(new Uint8Array(digest), byte =>
    byte.toString(16).padStart(2, '0')
  ).join('');
}

function slashed(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}
