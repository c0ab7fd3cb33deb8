/** What there is to know about one connection, as a list of names and facts. */
import * as React from 'react';

import type { IConnection } from './state';
import { exact, relative } from './wording';
import type { Wording } from './wording';
import { webHost } from './webaddress';

interface IFactsProps {
  connection: IConnection;
  wording: Wording;
}

/** How often to say anew how long ago something was, in milliseconds. */
const EVERY = 30_000;

/** The facts of a connection; those that there are none of are left out. */
export function Facts(props: IFactsProps): JSX.Element {
  useClock();
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
      <Fact name={trans.__('Key')}>
        {key === null ? trans.__('none') : <code>{key}</code>}
      </Fact>
      <Fact name={trans.__('Type')}>{wording.type(connection)}</Fact>
      <Fact name={trans.__('Belongs to')}>{wording.belonging(connection)}</Fact>
    </>
  );
}

function History({ connection, wording }: IFactsProps): JSX.Element {
  const { trans } = wording;
  const { account, created_by, created_at, expires_at } = connection;
  return (
    <>
      {account && (
        <Fact name={trans.__('Account')}>
          <bdi>{account}</bdi>
        </Fact>
      )}
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
        <Fact name={wording.expiryName(connection)}>
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
      <List name={trans.__('Granted')} items={scopes} />
      <List
        name={trans.__('Perhaps not granted')}
        items={missing_scopes}
        isWarning
      />
    </>
  );
}

function Reach({ connection, wording }: IFactsProps): JSX.Element {
  const { trans } = wording;
  const { hosts, variable, help_url } = connection;
  return (
    <>
      <List name={trans.__('Goes to')} items={hosts} />
      {variable && (
        <Fact name={trans.__('Variable')}>
          <code>{variable}</code>
        </Fact>
      )}
      {help_url && (
        <Fact name={trans.__('Help')} isLong>
          {webHost(help_url) ? (
            <a href={help_url} target="_blank" rel="noopener noreferrer">
              {help_url}
            </a>
          ) : (
            help_url
          )}
        </Fact>
      )}
    </>
  );
}

/** Draw again as time goes by. */
function useClock(): void {
  const [, tick] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    const timer = setInterval(tick, EVERY);
    return () => clearInterval(timer);
  }, []);
}

interface IFactProps {
  name: string;
  /** Whether it wants a line of its own. */
  isLong?: boolean;
  children: React.ReactNode;
}

function Fact({ name, isLong, children }: IFactProps): JSX.Element {
  const kind = isLong ? ' jp-mod-long' : '';
  return (
    <div className={`jp-AttioConnections-fact${kind}`}>
      <dt>{name}</dt>
      <dd>{children}</dd>
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

interface IListProps {
  name: string;
  items: string[];
  isWarning?: boolean;
}

/** A fact of several parts; nothing where there are none. */
function List({ name, items, isWarning }: IListProps): JSX.Element | null {
  const kind = isWarning ? ' jp-mod-warning' : '';
  return items.length > 0 ? (
    <Fact name={name} isLong>
      <ul className={`jp-AttioConnections-list${kind}`}>
        {items.map(item => (
          <li key={item}>
            <code>{item}</code>
          </li>
        ))}
      </ul>
    </Fact>
  ) : null;
}
