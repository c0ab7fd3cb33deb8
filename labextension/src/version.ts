/** A page that was open during an upgrade still runs the old labextension. */
import { Notification } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import { VERSION, mismatch } from './release';

/** Tell the person to reload the page if the server has another version. */
export async function checkVersion(
  settings: ServerConnection.ISettings,
  trans: TranslationBundle
): Promise<void> {
  const url = URLExt.join(settings.baseUrl, 'attio-nb', 'version');
  const response = await ServerConnection.makeRequest(url, {}, settings);
  if (!response.ok) {
    // Without the server extension there is nothing to compare with.
    return;
  }
  const { version } = await response.json();
  const message = mismatch(VERSION, version, trans);
  if (message) {
    Notification.warning(message, { autoClose: false });
  }
}
