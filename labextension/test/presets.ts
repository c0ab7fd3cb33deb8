/** Two providers that are known. */
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
  register_url: 'https://acme.example/apps',
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
