/** What a person has set about being asked for connections. */
import type { ISettingRegistry } from '@jupyterlab/settingregistry';

/** The plugin whose settings these are; its schema describes them. */
export const SETTINGS_ID = 'attio-nb:connections';

/** What prompts heed. */
export interface IAskingSettings {
  /** What a getter does where there is no connection; '' as the app file says. */
  on_missing: '' | 'ask' | 'raise';
  /** Seconds that a cell waits for an answer; 0 as the app file says. */
  timeout: number;
  /** Whether a cell that ended for want of a connection is run again. */
  rerun: boolean;
}

export const DEFAULT_SETTINGS: IAskingSettings = {
  on_missing: '',
  timeout: 0,
  rerun: true
};

/**
 * Follow what the person sets.
 *
 * @param registry - the settings of the page, where it has any
 * @param restored - resolves when the page stands; JupyterLab's shortcuts fail
 *   where settings that have some are loaded before their own
 * @returns a function that says what is set now
 */
export function followSettings(
  registry: ISettingRegistry | null,
  restored: Promise<unknown>
): () => IAskingSettings {
  let current = DEFAULT_SETTINGS;
  const follow = (settings: ISettingRegistry.ISettings) => {
    const read = () => {
      current = readSettings(settings.composite);
    };
    settings.changed.connect(read);
    read();
  };
  // Without them, a prompt does as the app file says.
  restored
    .then(() => registry?.load(SETTINGS_ID).then(follow))
    .catch(() => undefined);
  return () => current;
}

/** Read settings as the schema describes them. */
export function readSettings(
  given: ISettingRegistry.ISettings['composite']
): IAskingSettings {
  const { on_missing, prompt_timeout, rerun } = given;
  return {
    on_missing:
      on_missing === 'ask' || on_missing === 'raise' ? on_missing : '',
    timeout: typeof prompt_timeout === 'number' ? prompt_timeout : 0,
    rerun: rerun !== false
  };
}
