/** The connections in two groups: the workspace's and one's own. */
import * as React from 'react';

import type { IPanelContext } from './context';
import { useOwnId } from './context';
import { Button } from './faces';
import { Row } from './row';
import type { Owner } from './state';
import type { IRow } from './tokens';

/** The keys that go from one connection to another, and how far. */
const STEPS: Record<string, (index: number, count: number) => number> = {
  ArrowDown: (index, count) => Math.min(index + 1, count - 1),
  ArrowUp: index => Math.max(index - 1, 0),
  Home: () => 0,
  End: (_, count) => count - 1
};

/** All connections of the app. */
export function Groups({ context }: { context: IPanelContext }): JSX.Element {
  const { trans } = context.wording;
  return (
    <div onKeyDown={walk}>
      <Group owner="workspace" context={context}>
        {trans.__('Workspace')}
      </Group>
      <Group owner="user" context={context}>
        {trans.__('Yours')}
      </Group>
    </div>
  );
}

interface IGroupProps {
  owner: Owner;
  context: IPanelContext;
  children: string;
}

function Group({ owner, context, children }: IGroupProps): JSX.Element {
  const id = useOwnId();
  const rows = context.model.rows.filter(
    ({ connection }) => connection.owner === owner
  );
  return (
    <section className="jp-AttioConnections-group" aria-labelledby={id}>
      <h3 id={id} className="jp-AttioConnections-groupName">
        {children}
        <span className="jp-AttioConnections-count">{rows.length}</span>
      </h3>
      {!mayChange(owner, context) && (
        <p className="jp-AttioConnections-quiet">
          {whomToAsk(rows.length === 0, context)}
        </p>
      )}
      {rows.length > 0 ? (
        <List rows={rows} heading={id} context={context} />
      ) : (
        <NoneYet owner={owner} context={context} />
      )}
    </section>
  );
}

function List(props: {
  rows: IRow[];
  heading: string;
  context: IPanelContext;
}): JSX.Element {
  const { rows, heading, context } = props;
  // Safari takes a list without markers for none, unless the role says so.
  return (
    <ul
      role="list"
      className="jp-AttioConnections-rows"
      aria-labelledby={heading}
    >
      {rows.map(row => (
        <Row key={row.id} row={row} context={context} />
      ))}
    </ul>
  );
}

function NoneYet(props: { owner: Owner; context: IPanelContext }): JSX.Element {
  const { owner, context } = props;
  const { trans } = context.wording;
  return (
    <div className="jp-AttioConnections-none">
      <span className="jp-AttioConnections-quiet">{trans.__('None yet.')}</span>
      {mayChange(owner, context) && (
        <Button onPress={() => context.actions.add()}>{trans.__('Add')}</Button>
      )}
    </div>
  );
}

/** Whether the acting member may change the connections of a group. */
function mayChange(owner: Owner, { model }: IPanelContext): boolean {
  return owner === 'user' || model.acting?.role !== 'member';
}

/** Whom a member has to ask who may not change a group. */
function whomToAsk(
  isEmpty: boolean,
  { model, wording }: IPanelContext
): string {
  const admins = model.state?.admins ?? [];
  return isEmpty ? wording.whomToAskForOne(admins) : wording.whomToAsk(admins);
}

/** Go from the title of one connection to that of another. */
function walk(event: React.KeyboardEvent<HTMLElement>): void {
  const step = STEPS[event.key];
  const titles = Array.from(
    event.currentTarget.querySelectorAll<HTMLElement>(
      '.jp-AttioConnections-title'
    )
  );
  const index = titles.findIndex(title => title === event.target);
  if (step && index >= 0) {
    event.preventDefault();
    titles[step(index, titles.length)].focus();
  }
}
