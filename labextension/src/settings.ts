/** What a person has set about being asked for connections. */

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
