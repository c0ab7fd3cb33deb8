/** What the form of a definition asks for: a schema, made for what was chosen. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import type { RJSFSchema, UiSchema } from '@rjsf/utils';

import type { Fields } from './definitionfields';
import {
  COMMON_KEYS,
  OTHER_PROVIDER,
  PROVIDER_KEYS,
  SECRET,
  TEST_KEYS,
  typeOf
} from './definitionfields';
import type { Draft } from './draft';
import type { IOffer } from './presetsearch';
import type { IPreset } from './state';

/** What can be chosen in a field, and what that is called. */
export type Choices = [value: string, name: string][];

interface IField {
  title: string;
  /** What a search finds; null where it is no field to search in. */
  offers?: IOffer[];
  /** What else there is to know. */
  hint?: string;
  example?: string;
  choices?: Choices;
  /** How many lines it has; one where it is not said. */
  rows?: number;
}

export interface IDefinitionSchema {
  schema: RJSFSchema;
  uiSchema: UiSchema<ReadonlyJSONObject>;
  /** The fields that come before the registration. */
  first: string[];
  /** The fields that few people need. */
  folded: string[];
}

/** What a schema depends on. */
export type Chosen = Pick<
  Draft,
  'editing' | 'fields' | 'needsKey' | 'preset' | 'presets' | 'proposedKey'
>;

/** Make the schema for a draft. */
export function definitionSchema(
  chosen: Chosen,
  mayConfigureWorkspace: boolean,
  trans: TranslationBundle
): IDefinitionSchema {
  const names = namesOf(chosen);
  const fields: Record<string, IField> = {
    ...ownFields(chosen, mayConfigureWorkspace, trans),
    ...plainFields(chosen, trans),
    ...signInFields(chosen, trans),
    ...clientFields(trans),
    ...endpointFields(trans),
    ...redirectFields(trans),
    ...testFields(trans)
  };
  const shown = [...names.first, ...names.main, ...names.folded];
  return {
    schema: {
      type: 'object',
      required: requiredOf(chosen),
      properties: Object.fromEntries(
        shown.map(name => [name, schemaOf(fields[name])])
      )
    },
    uiSchema: Object.fromEntries(
      shown.map(name => [name, lookOf(name, fields[name], chosen)])
    ),
    first: names.first,
    folded: names.folded
  };
}

function namesOf({ editing, fields, needsKey }: Chosen) {
  const isSecret = typeOf(fields) === SECRET;
  const isOther = fields.kind === OTHER_PROVIDER && !editing;
  const first = ['owner', 'kind', ...(editing?.key ? ['key'] : [])];
  const signIn = isSecret ? [] : ['client_id'];
  const provider = isOther
    ? [
        'issuer',
        'authorization_endpoint',
        'token_endpoint',
        'client_authentication'
      ]
    : [];
  const scopes = isSecret ? [] : ['scopes'];
  const key = needsKey || (editing && !editing.key) ? ['key'] : [];
  const plain = COMMON_KEYS.filter(name => !TEST_KEYS.includes(name));
  const main = [
    ...signIn,
    ...provider,
    ...scopes,
    'title',
    ...key,
    ...plain.filter(name => name !== 'title')
  ];
  const rest = [
    ...(editing ? [] : ['key']),
    ...TEST_KEYS,
    ...(isSecret ? [] : PROVIDER_KEYS)
  ];
  return { first, main, folded: rest.filter(name => !main.includes(name)) };
}

function requiredOf({ editing, fields }: Chosen): string[] {
  const client = typeOf(fields) === SECRET ? [] : ['client_id'];
  return [...(editing?.key ? ['key'] : []), ...client];
}

function schemaOf({ title, hint, choices }: IField): RJSFSchema {
  return {
    type: 'string',
    title,
    ...(hint ? { description: hint } : {}),
    ...(choices ? { enum: choices.map(([value]) => value) } : {})
  };
}

function lookOf(
  name: string,
  { choices, example, offers, rows }: IField,
  { editing }: Chosen
): UiSchema {
  const fixed = editing && ['owner', 'kind'].includes(name);
  return {
    ...(fixed ? { 'ui:readonly': true } : {}),
    ...(example ? { 'ui:placeholder': example } : {}),
    ...(choices ? { 'ui:options': { choices } } : {}),
    ...(offers ? { 'ui:widget': 'PresetField', 'ui:options': { offers } } : {}),
    ...(rows ? { 'ui:widget': 'textarea', 'ui:options': { rows } } : {})
  };
}

/** What tells a connection from others, and what it is. */
function ownFields(
  { editing, fields, presets, proposedKey }: Chosen,
  mayConfigureWorkspace: boolean,
  trans: TranslationBundle
): Record<string, IField> {
  const workspace: Choices = [['workspace', trans.__('Workspace')]];
  const user: Choices = [['user', trans.__('User')]];
  const fixed = trans.__(
    'This cannot be changed: stored values are found by it.'
  );
  const key = fields.key || proposedKey;
  const getter = `get_${fields.owner}_connection("${key || '…'}")`;
  return {
    owner: {
      title: trans.__('Whose it is'),
      choices:
        mayConfigureWorkspace || editing ? [...workspace, ...user] : user,
      hint: editing ? fixed : whose(fields.owner, mayConfigureWorkspace, trans)
    },
    kind: {
      title: trans.__('What it is'),
      ...(editing
        ? {
            choices: [
              [SECRET, trans.__('A secret')],
              [OTHER_PROVIDER, trans.__('A sign-in (OAuth 2.0)')]
            ]
          }
        : { offers: offersOf(presets, trans) }),
      hint: kindHint(fields, editing === null, trans)
    },
    key: {
      title: trans.__('Key'),
      example: proposedKey || 'sequencer',
      hint: editing
        ? trans.__('Stored values move to another key. In code: %1', getter)
        : trans.__('Left empty, it is made from the title. In code: %1', getter)
    }
  };
}

function whose(
  owner: string,
  mayConfigureWorkspace: boolean,
  trans: TranslationBundle
): string {
  if (owner === 'workspace') {
    return trans.__('One connection, shared by every member of the workspace.');
  }
  return mayConfigureWorkspace
    ? trans.__('Each member connects an account of their own.')
    : trans.__(
        'Each member connects an account of their own. Workspace connections are for admins to add.'
      );
}

function kindHint(
  fields: Fields,
  mayChoose: boolean,
  trans: TranslationBundle
): string {
  const then =
    typeOf(fields) === SECRET
      ? trans.__('The value itself is asked for when you connect.')
      : trans.__('You sign in at the provider when you connect.');
  return mayChoose
    ? trans.__('Type the name of a service to search for it. %1', then)
    : then;
}

/** All that can be searched for: the presets by their titles, and what there is beside them. */
function offersOf(presets: IPreset[], trans: TranslationBundle): IOffer[] {
  const signIn = trans.__('Sign-in (OAuth 2.0)');
  const value = trans.__('API key or token');
  const services = presets.map(({ id, name, definition }) => ({
    value: id,
    title: String(definition.title ?? name),
    name,
    kind: definition.type === 'oauth2' ? signIn : value,
    isGeneral: false
  }));
  const general = { name: '', isGeneral: true };
  return [
    {
      ...general,
      value: SECRET,
      title: trans.__('A secret, such as an API key'),
      kind: trans.__('Any service')
    },
    {
      ...general,
      value: OTHER_PROVIDER,
      title: trans.__('Another provider (OAuth 2.0)'),
      kind: trans.__('Any provider')
    },
    ...services.sort((one, other) => one.title.localeCompare(other.title))
  ];
}

function plainFields(
  { fields, preset }: Chosen,
  trans: TranslationBundle
): Record<string, IField> {
  const isSecret = typeOf(fields) === SECRET;
  return {
    title: {
      title: trans.__('Title'),
      example: isSecret ? trans.__('Sequencer API key') : preset?.name,
      hint: trans.__('What prompts and this tab call it.')
    },
    help_url: {
      title: trans.__('Help page'),
      example: 'https://example.com/api-keys',
      hint: isSecret
        ? trans.__('Where one finds the value.')
        : trans.__('Where the client is registered, and its secret found.')
    },
    hosts: {
      title: trans.__('Hosts'),
      example: 'api.example.com',
      rows: 2,
      hint: trans.__(
        'Where connection.auth() may send it, one per line: api.example.com, or *.example.com for all below.'
      )
    }
  };
}

function signInFields(
  { fields, preset }: Chosen,
  trans: TranslationBundle
): Record<string, IField> {
  return {
    client_id: {
      title: trans.__('Client ID'),
      hint:
        fields.client_authentication === 'none'
          ? trans.__('What the provider gave where the client is registered.')
          : trans.__(
              'What the provider gave where the client is registered. Its secret is asked for when you connect, not here.'
            )
    },
    scopes: {
      title: trans.__('Scopes'),
      rows: 2,
      example: preset?.example_scope || undefined,
      hint: preset?.example_scope
        ? trans.__(
            'What is asked for, one per line. At least one is needed, such as %1',
            preset.example_scope
          )
        : trans.__('What is asked for, one per line.')
    }
  };
}

function clientFields(trans: TranslationBundle): Record<string, IField> {
  return {
    client_authentication: {
      title: trans.__('Client secret'),
      choices: [
        ['none', trans.__('The client has none')],
        ['client_secret_post', trans.__('Sent in the form')],
        ['client_secret_basic', trans.__('Sent in a header')],
        [
          'client_secret_basic_raw',
          trans.__('Sent in a header, without encoding')
        ]
      ],
      hint: trans.__(
        'How the provider wants it. The secret itself is asked for once, when you connect, and is never written here.'
      )
    },
    scope_separator: {
      title: trans.__('Between scopes'),
      choices: [
        [' ', trans.__('A space')],
        [',', trans.__('A comma')]
      ]
    },
    authorization_parameters: {
      title: trans.__('Further parameters'),
      rows: 2,
      example: 'prompt = consent',
      hint: trans.__(
        'What the provider wants besides, one per line: name = value.'
      )
    },
    resource: {
      title: trans.__('Resource'),
      example: 'https://api.example.com',
      hint: trans.__('The API that tokens are for (RFC 8707).')
    },
    token_path: {
      title: trans.__('Token path'),
      example: 'authed_user',
      hint: trans.__('Where the token is in the answer.')
    },
    expires_in: {
      title: trans.__('Lasts for'),
      example: '3600',
      hint: trans.__('Seconds, where the provider does not say.')
    }
  };
}

function endpointFields(trans: TranslationBundle): Record<string, IField> {
  return {
    issuer: {
      title: trans.__('Issuer'),
      example: 'https://auth.example.com',
      hint: trans.__(
        'Where the endpoints are looked up, as the provider writes it. Without it, both endpoints are needed.'
      )
    },
    authorization_endpoint: {
      title: trans.__('Authorization endpoint'),
      example: 'https://auth.example.com/authorize'
    },
    token_endpoint: {
      title: trans.__('Token endpoint'),
      example: 'https://auth.example.com/token'
    },
    revocation_endpoint: {
      title: trans.__('Revocation endpoint'),
      hint: trans.__('Where a token is revoked on disconnecting (RFC 7009).')
    },
    device_authorization_endpoint: {
      title: trans.__('Device endpoint'),
      hint: trans.__('Where a sign-in on another device begins (RFC 8628).')
    },
    userinfo_endpoint: {
      title: trans.__('Userinfo endpoint'),
      hint: trans.__(
        'Where the provider names the account that has signed in, on one of the hosts above.'
      )
    }
  };
}

function redirectFields(trans: TranslationBundle): Record<string, IField> {
  return {
    redirect_host: {
      title: trans.__('Redirect host'),
      choices: [
        ['127.0.0.1', '127.0.0.1'],
        ['localhost', 'localhost'],
        ['[::1]', '[::1]']
      ],
      hint: trans.__('As it is registered.')
    },
    redirect_ports: {
      title: trans.__('Redirect ports'),
      example: '8723',
      hint: trans.__('Those that are registered; left out, any free one.')
    },
    redirect_path: {
      title: trans.__('Redirect path'),
      example: trans.__('No path'),
      hint: trans.__(
        'As it is registered; empty where the registered address ends with its port, such as http://localhost:8080.'
      )
    },
    redirect_uri: {
      title: trans.__('Redirect URI'),
      example: 'https://example.com/callback',
      hint: trans.__(
        'In place of these three: an address that knows nothing of this notebook. You paste what you land at.'
      )
    }
  };
}

function testFields(trans: TranslationBundle): Record<string, IField> {
  return {
    test_url: {
      title: trans.__('Test address'),
      example: 'https://api.example.com/me',
      hint: trans.__(
        'What “Test” requests, to see whether the service takes the connection.'
      )
    },
    test_scheme: {
      title: trans.__('How the value goes there'),
      choices: [
        ['bearer', 'Authorization: Bearer …'],
        ['basic', 'Authorization: Basic …'],
        ['api-key', 'Authorization: API-Key …']
      ]
    },
    test_header: {
      title: trans.__('Test header'),
      example: 'X-Api-Key',
      hint: trans.__('A header of the service’s own, in place of that.')
    },
    account: {
      title: trans.__('Account'),
      example: 'data.email',
      hint: trans.__(
        'Where the answer names the account that is signed in, which is shown to you.'
      )
    }
  };
}
