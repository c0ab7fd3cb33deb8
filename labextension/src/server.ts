/** What this page's Jupyter server has to do with a sign-in. */
import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { IWaysBack } from './callback';
import { callbackAddress, isLocal, stateHash } from './callback';
import { canSeal } from './seal';

/** The ways back from a provider to this page's Jupyter server. */
export function waysBack(settings: ServerConnection.ISettings): IWaysBack {
  return {
    callbackUrl: callbackAddress(
      settings.baseUrl,
      PageConfig.getOption('hubPrefix'),
      PageConfig.getOption('hubHost')
    ),
    local: isLocal(window.location.hostname),
    isExpected: url => isExpected(url, settings)
  };
}

/** Ask the server; where a page cannot know, the kernel's word stands. */
async function isExpected(
  authorizationUrl: string,
  settings: ServerConnection.ISettings
): Promise<boolean> {
  const hash = canSeal() ? await stateHash(authorizationUrl) : '';
  if (!hash) {
    return true;
  }
  const url = URLExt.join(settings.baseUrl, 'attio-nb/oauth/expects', hash);
  const response = await ServerConnection.makeRequest(url, {}, settings);
  // Without the server extension there is no callback either.
  return response.ok && (await response.json()).expected === true;
}
