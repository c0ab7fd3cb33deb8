/** What can be done about a connection, and what is being done. */
import * as React from 'react';

import { isMissing, isSpoilt } from './can';
import type { IRowProps } from './context';
import { titleId } from './context';
import type { IRow } from './tokens';
import type { Wording } from './wording';

/** The buttons of a row, or what it is busy with. */
export function Doing({ row, context }: IRowProps): JSX.Element {
  const [reason, setReason] = React.useState('');
  const busy = busyWith(row, context.wording);
  React.useEffect(() => setReason(''), [row.connection.why_no_test]);
  return (
    <>
      {busy && <p className="jp-AttioConnections-busy">{busy}</p>}
      <div className="jp-AttioConnections-actions">
        <Connecting row={row} context={context} />
        <Testing
          row={row}
          context={context}
          explain={why => setReason(reason ? '' : why)}
        />
        <Disconnecting row={row} context={context} />
      </div>
      {reason && (
        <p className="jp-AttioConnections-quiet" role="status">
          {reason}
        </p>
      )}
    </>
  );
}

function Connecting({ row, context }: IRowProps): JSX.Element | null {
  const { trans } = context.wording;
  const { connection, doing } = row;
  if (!connection.may_configure || connection.variable) {
    return null;
  }
  if (doing === 'connecting') {
    return (
      <Press
        onPress={() => context.actions.cancel(connection)}
        row={row}
        isFree
      >
        {trans.__('Cancel')}
      </Press>
    );
  }
  const isFirst = isMissing(connection);
  return (
    <Press
      row={row}
      isMain={isFirst || isSpoilt(connection)}
      onPress={() => context.actions.connect(connection)}
    >
      {isFirst ? trans.__('Connect') : trans.__('Reconnect')}
    </Press>
  );
}

function Testing(
  props: IRowProps & { explain: (reason: string) => void }
): JSX.Element {
  const { row, context, explain } = props;
  const { why_no_test: why } = row.connection;
  return (
    <Press
      row={row}
      whyNot={why}
      onPress={() =>
        why ? explain(why) : context.actions.test(row.connection)
      }
    >
      {context.wording.trans.__('Test')}
    </Press>
  );
}

function Disconnecting({ row, context }: IRowProps): JSX.Element | null {
  const { trans } = context.wording;
  const { connection } = row;
  return connection.may_configure &&
    !connection.variable &&
    !isMissing(connection) ? (
    <Press row={row} onPress={() => context.actions.disconnect(connection)}>
      {trans.__('Disconnect')}
    </Press>
  ) : null;
}

interface IPressProps {
  row: IRow;
  /** Whether it is the thing to do next. */
  isMain?: boolean;
  /** Whether it can be pressed while something is under way. */
  isFree?: boolean;
  /** Why pressing it only says why it cannot be done. */
  whyNot?: string;
  onPress: () => void;
  children: string;
}

/**
 * A button whose name a screen reader says with that of its row.
 *
 * It is never disabled, since a disabled element would lose the focus.
 */
function Press(props: IPressProps): JSX.Element {
  const { row, isMain, isFree, whyNot, onPress, children } = props;
  const id = React.useId();
  const isOff = row.doing !== '' && !isFree;
  const kind = isMain ? ' jp-mod-styled jp-mod-accept' : '';
  return (
    <button
      type="button"
      id={id}
      className={`jp-AttioConnections-action${kind}`}
      aria-labelledby={`${id} ${titleId(row)}`}
      aria-disabled={isOff || Boolean(whyNot) || undefined}
      title={whyNot || undefined}
      onClick={() => isOff || onPress()}
    >
      {children}
    </button>
  );
}

/** What is under way, or ''. */
function busyWith({ doing }: IRow, { trans }: Wording): string {
  switch (doing) {
    case 'connecting':
      return trans.__('Connecting…');
    case 'disconnecting':
      return trans.__('Disconnecting…');
    case 'testing':
      return trans.__('Testing…');
    default:
      return '';
  }
}
