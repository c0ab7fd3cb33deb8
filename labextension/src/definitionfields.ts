/** The keys of a connection as the fields of a form, all of which hold text. */
import type { Definition, IPreset, Owner } from './state';

/** What stands in each field; `kind` is a field of the form's own. */
export type Fields = Record<string, string>;

/** What a connection is, beside the id of a provider that is known. */
export const SECRET = 'secret';
export const OTHER_PROVIDER = 'oauth2';

export const TEST_KEYS = ['test_url', 'test_scheme', 'test_header', 'account'];
export const COMMON_KEYS = ['title', 'help_url', 'hosts', ...TEST_KEYS];

/** How one signs in, as a provider has it. */
export const PROVIDER_KEYS = [
  'issuer',
  'authorization_endpoint',
  'token_endpoint',
  'revocation_endpoint',
  'device_authorization_endpoint',
  'userinfo_endpoint',
  'client_authentication',
  'scope_separator',
  'authorization_parameters',
  'resource',
  'redirect_host',
  'redirect_ports',
  'redirect_path',
  'redirect_uri',
  'token_path',
  'expires_in'
];
export const SIGN_IN_KEYS = ['client_id', 'scopes', ...PROVIDER_KEYS];

/** What a field holds where the app file does not say. */
const DEFAULTS: Fields = {
  client_authentication: 'none',
  scope_separator: ' ',
  redirect_host: '127.0.0.1',
  redirect_path: '/callback',
  test_scheme: 'bearer'
};

/** The one field whose empty text is a value: a redirect URI without a path. */
const PATH = 'redirect_path';

/** Write what a definition says as text: lists and tables with a line each. */
export function fieldsOf(definition: Definition): Fields {
  const written = Object.entries(definition).map(
    ([key, value]): [string, string] => [key, textOf(value)]
  );
  const said = written.filter(([key, text]) => text !== '' || key === PATH);
  return { ...DEFAULTS, ...Object.fromEntries(said) };
}

/**
 * Read a definition from what stands in the fields.
 *
 * What does not look as it has to is passed on as it is, for the server to say
 * what would be right.
 */
export function definitionOf(fields: Fields): Definition {
  const type = typeOf(fields);
  const keys =
    type === SECRET ? COMMON_KEYS : [...COMMON_KEYS, ...SIGN_IN_KEYS];
  const values = keys
    .map((key): [string, unknown] => [key, valueOf(key, fields)])
    .filter(([key, value]) => isSaid(key, value));
  return {
    owner: fields.owner,
    key: fields.key?.trim() || null,
    type,
    ...Object.fromEntries(values)
  };
}

/** The type of a connection: that of the preset, or what was chosen in its place. */
export function typeOf({ kind, type }: Fields): 'secret' | 'oauth2' {
  const ofPreset = kind !== OTHER_PROVIDER && type === SECRET;
  return kind === SECRET || ofPreset ? 'secret' : 'oauth2';
}

/**
 * Say what a preset puts into the fields, and a key where one is needed.
 *
 * @param taken - the keys that the owner has already; null is one without a key
 */
export function filling(
  preset: IPreset | null,
  taken: (string | null)[]
): Fields {
  const key = preset && taken.length > 0 && !taken.includes(preset.id);
  return {
    ...(key ? { key: preset.id } : {}),
    ...fieldsOf({
      title: preset?.name,
      help_url: preset?.help_url,
      ...preset?.definition
    })
  };
}

/** Put one filling in the place of another; what the person typed stays. */
export function refilled(
  fields: Fields,
  before: Fields,
  after: Fields
): Fields {
  const made = { ...fields };
  for (const key of Object.keys({ ...before, ...after })) {
    if ((fields[key] ?? '') === (before[key] ?? '')) {
      made[key] = after[key] ?? '';
    }
  }
  return made;
}

/** Go to another provider: where one signs in is never of two of them. */
export function withProvider(
  fields: Fields,
  before: Fields,
  after: Fields
): Fields {
  const made = refilled(fields, before, after);
  for (const key of PROVIDER_KEYS) {
    made[key] = after[key] ?? '';
  }
  return made;
}

/** The names of fields in which something else stands now. */
export function changedFields(before: Fields, after: Fields): string[] {
  return Object.keys({ ...before, ...after }).filter(
    key => (before[key] ?? '') !== (after[key] ?? '')
  );
}

/** The keys that the connections of an owner have. */
export function takenKeys(
  definitions: { owner: Owner; key: string | null }[],
  owner: string
): (string | null)[] {
  return definitions.filter(each => each.owner === owner).map(({ key }) => key);
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) {
    return value.join('\n');
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([name, each]) => `${name} = ${each}`)
      .join('\n');
  }
  return value === null || value === undefined ? '' : String(value);
}

function valueOf(key: string, fields: Fields): unknown {
  const text = fields[key] ?? '';
  switch (key) {
    case 'hosts':
      return words(text, /[\s,]+/);
    case 'scopes':
      // A scope may hold a comma where a space is between scopes.
      return words(text, fields.scope_separator === ',' ? /[\s,]+/ : /,?\s+/);
    case 'redirect_ports':
      return words(text, /[\s,]+/).map(numberOr);
    case 'authorization_parameters':
      return Object.fromEntries(lines(text).map(parameter));
    case 'expires_in':
      return text.trim() ? numberOr(text.trim()) : '';
    case 'scope_separator':
      return text;
    case PATH:
      return fields[key]?.trim() ?? DEFAULTS[key];
    default:
      return text.trim();
  }
}

function words(text: string, between: RegExp): string[] {
  return text.trim().replace(/,$/, '').split(between).filter(Boolean);
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean);
}

function parameter(line: string): [string, string] {
  const [name, ...rest] = line.split('=');
  return [name.trim(), rest.join('=').trim()];
}

function numberOr(text: string): number | string {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** Whether a value says more than goes without saying. */
function isSaid(key: string, value: unknown): boolean {
  const isEmpty = value === null || (value === '' && key !== PATH);
  if (isEmpty || value === DEFAULTS[key]) {
    return false;
  }
  return typeof value !== 'object' || Object.keys(value as object).length > 0;
}
