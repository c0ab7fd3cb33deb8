import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { expect, test } from '@jest/globals';
import { Signal } from '@lumino/signaling';

import schema from '../schema/connections.json';
import {
  DEFAULT_SETTINGS,
  SETTINGS_ID,
  followSettings,
  readSettings
} from '../src/settings';

/** The settings of a page, of which a person changes some. */
class Settings {
  readonly changed = new Signal<this, void>(this);
  readonly loaded: string[] = [];
  composite: Record<string, string | number | boolean> = {};

  load(id: string) {
    this.loaded.push(id);
    return Promise.resolve(this);
  }

  set(given: Settings['composite']): void {
    this.composite = given;
    this.changed.emit();
  }
}

function registryOf(settings: Pick<Settings, 'load'>): ISettingRegistry {
  return settings as unknown as ISettingRegistry;
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await Promise.resolve();
  }
}

test('what the schema sets by default is what is heeded without settings', () => {
  const { on_missing, prompt_timeout, rerun } = schema.properties;
  const given = {
    on_missing: on_missing.default,
    prompt_timeout: prompt_timeout.default,
    rerun: rerun.default
  };
  expect(readSettings(given)).toStrictEqual(DEFAULT_SETTINGS);
});

test('what a person may choose for a missing connection is understood', () => {
  const chosen = schema.properties.on_missing.oneOf.map(
    ({ const: on_missing }) => readSettings({ on_missing }).on_missing
  );
  expect(chosen).toStrictEqual(['', 'ask', 'raise']);
});

test('settings of the wrong types count as not set', () => {
  const given = { on_missing: 'never', prompt_timeout: '5', rerun: 'no' };
  expect(readSettings(given)).toStrictEqual(DEFAULT_SETTINGS);
});

test('a change is heeded from then on', async () => {
  const settings = new Settings();
  const current = followSettings(registryOf(settings), Promise.resolve());
  await settled();
  settings.set({ on_missing: 'raise', prompt_timeout: 30, rerun: false });
  expect(current()).toStrictEqual({
    on_missing: 'raise',
    timeout: 30,
    rerun: false
  });
});

test('nothing is loaded before the page stands', async () => {
  const settings = new Settings();
  let stand: () => void = () => undefined;
  const restored = new Promise<void>(resolve => {
    stand = resolve;
  });
  followSettings(registryOf(settings), restored);
  await settled();
  expect(settings.loaded).toStrictEqual([]);
  stand();
  await settled();
  expect(settings.loaded).toStrictEqual([SETTINGS_ID]);
});

test('without settings a prompt does as the app file says', async () => {
  const broken = { load: () => Promise.reject(new Error('There are none.')) };
  for (const registry of [null, registryOf(broken)]) {
    const current = followSettings(registry, Promise.resolve());
    await settled();
    expect(current()).toStrictEqual(DEFAULT_SETTINGS);
  }
});
