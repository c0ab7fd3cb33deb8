/** What there is to know about one connection, as a list of names and facts. */
import * as React from 'react';

import { isWebAddress } from './dom';
import type { IConnection } from './state';
import { exact, relative } from './wording';
import type { Wording } from './wording';

interface IFactsProps {
  connection: IConnection;
  wording: Wording;
}

/** The facts of a connection; those that there are none of are left out. */
export function Facts(props: IFactsProps): JSX.Element {
  return (
    <dl className="jp-AttioConnections-facts">
      <Identity {...props} />
      <History {...props} />
      <Grant {...props} />
      <Reach {...props} />
    </dl>
  );
}

function Identity({ connection, wording }: IFactsProps): JSX.Element {
  const { trans } = wording;
  const { key } = connection;
  return (
    <>
      <Fact name={trans.__('Type')}>{wording.type(connection)}</Fact>
      <Fact name={trans.__('Key')}>
        {key === null ? trans.__('none') : <code>{key}</code>}
      </Fact>
      <Fact name={trans.__('Belongs to')}>{wording.belonging(connection)}</Fact>
    </>
  );
}

function History({ connection, wording }: IFactsProps): JSX.Element {
  const { trans } = wording;
  const { created_by, created_at, expires_at } = connection;
  return (
    <>
      {created_by && (
        <Fact name={trans.__('Connected by')}>
          <bdi>{created_by}</bdi>
        </Fact>
      )}
      {created_at !== null && (
        <Fact name={trans.__('Connected')}>
          <Moment seconds={created_at}>{relative(created_at)}</Moment>
        </Fact>
      )}
      {expires_at !== null && (
        <Fact name={trans.__('Token runs out')}>
          <Moment seconds={expires_at}>{wording.expiry(connection)}</Moment>
        </Fact>
      )}
    </>
  );
}

function Grant({ connection, wording }: IFactsProps): JSX.Element {
  const { trans } = wording;
  const { provider, scopes, missing_scopes } = connection;
  return (
    <>
      {provider && <Fact name={trans.__('Provider')}>{provider}</Fact>}
      {scopes.length > 0 && (
        <Fact name={trans.__('Granted')}>
          <List items={scopes} />
        </Fact>
      )}
      {missing_scopes.length > 0 && (
        <Fact name={trans.__('Not granted')}>
          <List items={missing_scopes} isWarning />
        </Fact>
      )}
    </>
  );
}

function Reach({ connection, wording }: IFactsProps): JSX.Element {
  const { trans } = wording;
  const { hosts, variable, help_url } = connection;
  return (
    <>
      {hosts.length > 0 && (
        <Fact name={trans.__('Goes to')}>
          <List items={hosts} />
        </Fact>
      )}
      {variable && (
        <Fact name={trans.__('Variable')}>
          <code>{variable}</code>
        </Fact>
      )}
      {isWebAddress(help_url) && (
        <Fact name={trans.__('Help')}>
          <a href={help_url} target="_blank" rel="noopener noreferrer">
            {help_url}
          </a>
        </Fact>
      )}
    </>
  );
}

function Fact(props: { name: string; children: React.ReactNode }): JSX.Element {
  return (
    <div className="jp-AttioConnections-fact">
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

/** A time as seen from now; the pointer, or a screen reader, gets it by the clock. */
function Moment(props: {
  seconds: number;
  children: React.ReactNode;
}): JSX.Element {
  const date = new Date(props.seconds * 1000);
  return (
    <time dateTime={date.toISOString()} title={exact(props.seconds)}>
      {props.children}
    </time>
  );
}

function List(props: { items: string[]; isWarning?: boolean }): JSX.Element {
  const kind = props.isWarning ? ' jp-mod-warning' : '';
  return (
    <ul className={`jp-AttioConnections-list${kind}`}>
      {props.items.map(item => (
        <li key={item}>
          <code>{item}</code>
        </li>
      ))}
    </ul>
  );
}
