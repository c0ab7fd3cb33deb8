/** Presets that tests use. */
import type { IPreset } from '../src/state';

export const ACME: IPreset = {
  id: 'acme',
  name: 'Acme',
  definition: {
    type: 'oauth2',
    hosts: ['api.acme.example'],
    authorization_endpoint: 'https://acme.example/authorize',
    token_endpoint: 'https://acme.example/token',
    client_authentication: 'client_secret_post',
    redirect_host: 'localhost',
    redirect_ports: [8723]
  },
  help_url: 'https://acme.example/apps',
  docs_url: 'https://acme.example/docs',
  steps: ['Create an app.'],
  notes: ['Tokens last for 30 minutes.'],
  example_scope: 'deals.read'
};

export const MAIL: IPreset = {
  ...ACME,
  id: 'mail',
  name: 'Mail',
  definition: {
    type: 'oauth2',
    hosts: ['mail.example'],
    authorization_endpoint: 'https://mail.example/authorize',
    token_endpoint: 'https://mail.example/token',
    scopes: ['mail.read']
  }
};

/** A service with API keys. */
export const KEYS: IPreset = {
  ...ACME,
  id: 'keys',
  name: 'Keys',
  definition: {
    type: 'secret',
    title: 'Keys API key',
    help_url: 'https://keys.example/keys',
    hosts: ['api.keys.example'],
    test_url: 'https://api.keys.example/me',
    test_header: 'X-Api-Key',
    account: 'data.email'
  },
  help_url: 'https://keys.example/keys',
  example_scope: ''
};
