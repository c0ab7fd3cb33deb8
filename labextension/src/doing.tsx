/** What can be done about a connection, and what is being done. */
import * as React from 'react';

import { canApprove, hasClientSecret, isMissing, isSpoilt } from './can';
import type { IRowProps } from './context';
import { titleId, useOwnId } from './context';
import type { IRow } from './tokens';
import type { Wording } from './wording';

/** The buttons of a row, or what it is busy with. */
export function Doing({ row, context }: IRowProps): JSX.Element {
  const [reason, setReason] = React.useState('');
  const busy = busyWith(row, context.wording);
  React.useEffect(() => setReason(''), [row.connection.why_no_test]);
  return (
    <>
      <Said kind="busy">{busy}</Said>
      <div className="jp-AttioConnections-actions">
        <Approving row={row} context={context} />
        <Connecting row={row} context={context} />
        <Testing
          row={row}
          context={context}
          explain={why => setReason(reason ? '' : why)}
        />
        <Disconnecting row={row} context={context} />
        <More row={row} context={context} />
      </div>
      <Said kind="quiet">{reason}</Said>
    </>
  );
}

/**
 * A sentence that a screen reader says when it comes.
 *
 * Its place is there before, since what comes together with its sentence goes unsaid.
 */
function Said(props: {
  kind: 'busy' | 'quiet';
  children: string;
}): JSX.Element {
  const { kind, children } = props;
  return (
    <div role="status" className="jp-AttioConnections-said">
      {children && <p className={`jp-AttioConnections-${kind}`}>{children}</p>}
    </div>
  );
}

/** The button that asks about the new addresses of the app file. */
function Approving({ row, context }: IRowProps): JSX.Element | null {
  const { connection } = row;
  return canApprove(row) ? (
    <Press row={row} isMain onPress={() => context.actions.approve(connection)}>
      {context.wording.trans.__('Review addresses')}
    </Press>
  ) : null;
}

function Connecting({ row, context }: IRowProps): JSX.Element | null {
  const { trans } = context.wording;
  const { connection, doing } = row;
  const isConnecting = doing === 'connecting';
  const button = React.useRef<HTMLButtonElement>(null);
  useHandOver(isConnecting, button);
  if (!connection.may_configure || connection.variable) {
    return null;
  }
  // Two keys make two elements, so that no press begins on one and ends on the other.
  if (isConnecting) {
    return (
      <Press
        key="cancel"
        at={button}
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
      key="connect"
      at={button}
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

/** Two actions that few people need: they replace or delete the secret of the OAuth client. */
function More({ row, context }: IRowProps): JSX.Element | null {
  const [isOpen, setOpen] = React.useState(false);
  const ownId = useOwnId();
  const { connection } = row;
  const { actions, wording } = context;
  const { trans } = wording;
  if (
    !connection.may_configure ||
    connection.variable ||
    !hasClientSecret(connection)
  ) {
    return null;
  }
  const id = `${titleId(row)}-more`;
  return (
    <>
      <button
        type="button"
        id={ownId}
        className="jp-AttioConnections-action"
        aria-labelledby={`${ownId} ${titleId(row)}`}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        {trans.__('More')}
      </button>
      <div id={id} className="jp-AttioConnections-more" hidden={!isOpen}>
        <Press
          row={row}
          onPress={() => actions.replaceClientSecret(connection)}
        >
          {trans.__('Replace client secret')}
        </Press>
        <Press row={row} onPress={() => actions.forgetClientSecret(connection)}>
          {trans.__('Forget client secret')}
        </Press>
      </div>
    </>
  );
}

interface IPressProps {
  row: IRow;
  at?: React.Ref<HTMLButtonElement>;
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
 * It is never disabled, since a disabled element would lose the focus. The second
 * click of a double click, or a key that is held down, is none: it was meant for
 * the button that stood in the same place before.
 */
function Press(props: IPressProps): JSX.Element {
  const { row, at, isMain, isFree, whyNot, onPress, children } = props;
  const id = useOwnId();
  const isOff = row.doing !== '' && !isFree;
  const kind = isMain ? ' jp-mod-styled jp-mod-accept' : '';
  return (
    <button
      ref={at}
      type="button"
      id={id}
      className={`jp-AttioConnections-action${kind}`}
      aria-labelledby={`${id} ${titleId(row)}`}
      aria-disabled={isOff || Boolean(whyNot) || undefined}
      title={whyNot || undefined}
      onKeyDown={ignoreHeld}
      onClick={({ detail }) => isOff || detail > 1 || onPress()}
    >
      {children}
    </button>
  );
}

function ignoreHeld(event: React.KeyboardEvent): void {
  if (event.key === 'Enter' && event.repeat) {
    event.preventDefault();
  }
}

/** Give the focus to the button that takes the place of the one that had it. */
function useHandOver(
  isConnecting: boolean,
  button: React.RefObject<HTMLElement>
): void {
  const was = React.useRef(isConnecting);
  React.useLayoutEffect(() => {
    const isOther = was.current !== isConnecting;
    if (isOther && document.activeElement === document.body) {
      button.current?.focus();
    }
    was.current = isConnecting;
  }, [isConnecting]);
}

/** What is under way, or ''. */
function busyWith({ doing }: IRow, { trans }: Wording): string {
  switch (doing) {
    case 'connecting':
      return trans.__('Connecting…');
    case 'disconnecting':
      return trans.__('Disconnecting…');
    case 'forgetting':
      return trans.__('Forgetting the client secret…');
    case 'testing':
      return trans.__('Testing…');
    default:
      return '';
  }
}
