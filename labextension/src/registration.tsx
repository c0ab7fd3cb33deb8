/** Where a value is found, or what to register at a provider: steps, addresses, and notes. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { CopyButton } from './copy';
import type { IPreset, IRegistration } from './state';
import { webHost } from './webaddress';

export interface IRegistrationProps {
  trans: TranslationBundle;
  /** Whether nothing of it can be registered yet. */
  isNew: boolean;
  /** The provider, if it is one that is known. */
  preset: IPreset | null;
  registration: IRegistration | null;
}

/** Nothing, for a connection that is registered nowhere. */
export function Registration({
  trans,
  isNew,
  preset,
  registration
}: IRegistrationProps): JSX.Element | null {
  const addresses = registration?.addresses ?? [];
  const notes = [...(registration?.notes ?? []), ...(preset?.notes ?? [])];
  if (!preset && addresses.length + notes.length === 0) {
    return null;
  }
  const heading = headingOf(trans, isNew, preset);
  return (
    <section className="jp-AttioDefinition-guide" aria-label={heading}>
      <h3>{heading}</h3>
      {preset && <Links trans={trans} preset={preset} />}
      <ol>
        {(preset?.steps ?? []).map(step => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <Addresses trans={trans} addresses={addresses} />
      <ul>
        {notes.map(note => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </section>
  );
}

function headingOf(
  trans: TranslationBundle,
  isNew: boolean,
  preset: IPreset | null
): string {
  if (preset && isSecret(preset)) {
    return trans.__('Where the value is found');
  }
  if (preset) {
    return trans.__('Register a client at %1', preset.name);
  }
  return isNew
    ? trans.__('Register a client at the provider')
    : trans.__('Registered at the provider');
}

function Links({
  trans,
  preset
}: {
  trans: TranslationBundle;
  preset: IPreset;
}): JSX.Element {
  return (
    <p className="jp-AttioDefinition-links">
      <External
        address={preset.help_url === preset.docs_url ? '' : preset.help_url}
        text={
          isSecret(preset)
            ? trans.__('Open the page at %1', preset.name)
            : trans.__('Open the registration page')
        }
      />
      <External
        address={preset.docs_url}
        text={trans.__('Read the documentation')}
      />
    </p>
  );
}

function isSecret({ definition }: IPreset): boolean {
  return definition.type === 'secret';
}

/** A link to another page; only text where a browser must not be sent there. */
function External({
  address,
  text
}: {
  address: string;
  text: string;
}): JSX.Element | null {
  return webHost(address) ? (
    <a href={address} target="_blank" rel="noopener noreferrer">
      {text}
    </a>
  ) : null;
}

function Addresses({
  trans,
  addresses
}: {
  trans: TranslationBundle;
  addresses: string[];
}): JSX.Element | null {
  if (addresses.length === 0) {
    return null;
  }
  const label =
    addresses.length === 1
      ? trans.__('Redirect URL to register')
      : trans.__('Redirect URLs to register');
  return (
    <div className="jp-AttioDefinition-addresses">
      <p id="jp-AttioDefinition-addresses">{label}</p>
      <ul aria-labelledby="jp-AttioDefinition-addresses">
        {addresses.map(address => (
          <li key={address}>
            <code>{address}</code>
            <CopyButton
              trans={trans}
              text={address}
              className="jp-AttioDefinition-copy"
            />
          </li>
        ))}
      </ul>
    </div>
  );
}
