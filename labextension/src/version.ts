/** A page that was open during an upgrade still runs the old labextension. */
import { Notification } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { VERSION, mismatch } from './release';

/** Tell the person to reload the page if the server has another version. */
export async function checkVersion(
  settings: ServerConnection.ISettings
): Promise<void> {
  const url = URLExt.join(settings.baseUrl, 'attio-nb', 'version');
  const response = await ServerConnection.makeRequest(url, {}, settings);
  if (!response.ok) {
    // Without the server extension there is nothing to compare with.
    return;
  }
  const message = mismatch(VERSION, (await response.json()).version);
  if (message) {
    Notification.warning(message, { autoClose: false });
  }
}
