/** The action and the menu of a row. */
import { Clipboard } from '@jupyterlab/apputils';
import { ellipsesIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IPanelContext, IRowProps } from './context';
import { titleId, useOwnId } from './context';
import type { RowAction } from './menuitems';
import {
  callFor,
  codeFor,
  isOffered,
  mainAction,
  mainLabel,
  menuGroups,
  testStep
} from './menuitems';
import type { IPlace } from './rowmenu';
import { openRowMenu } from './rowmenu';
import type { INote, IRow } from './tokens';
import type { Wording } from './wording';

export interface IRowActionsProps extends IRowProps {
  /** Shows a sentence in the row. */
  say: (note: INote) => void;
}

/** What a row is busy with, its one action, and the button of its menu. */
export function RowActions(props: IRowActionsProps): JSX.Element {
  const { row, context } = props;
  return (
    <>
      <span role="status" className="jp-AttioConnections-busy">
        {row.prompt ? '' : busyWith(row, context.wording)}
      </span>
      <span className="jp-AttioConnections-actions">
        {!row.prompt && <Main {...props} />}
        <MenuButton {...props} />
      </span>
    </>
  );
}

/** The button for what a person most likely wants to do next, or to cancel what was begun. */
function Main(props: IRowActionsProps): JSX.Element {
  const { row, context } = props;
  const { actions, wording } = context;
  const isConnecting = row.doing === 'connecting';
  const button = React.useRef<HTMLButtonElement>(null);
  useHandOver(isConnecting, button);
  // Two keys make two elements, so that no press begins on one and ends on the other.
  return isConnecting ? (
    <Press
      key="cancel"
      at={button}
      row={row}
      isFree
      onPress={() => actions.cancel(row.connection)}
    >
      {wording.trans.__('Cancel')}
    </Press>
  ) : (
    <Press
      key="main"
      at={button}
      row={row}
      isMain={isOffered(row)}
      onPress={() => perform(mainAction(row), props)}
    >
      {mainLabel(row, wording)}
    </Press>
  );
}

/** A menu button as the ARIA Authoring Practices Guide has it. */
function MenuButton(props: IRowActionsProps): JSX.Element {
  const { row, context } = props;
  const button = React.useRef<HTMLButtonElement>(null);
  const menu = useRowMenu(props, button);
  const id = useOwnId();
  const label = context.wording.trans.__('More actions');
  return (
    <button
      ref={button}
      type="button"
      id={id}
      className="jp-AttioConnections-icon"
      title={label}
      aria-label={label}
      aria-labelledby={`${id} ${titleId(row)}`}
      aria-haspopup="menu"
      aria-expanded={menu.isOpen}
      onPointerDown={menu.onPointerDown}
      onKeyDown={ignoreHeld}
      onClick={menu.onClick}
    >
      <ellipsesIcon.react tag="span" />
    </button>
  );
}

/** Open the menu of a row below its button, or close it. */
function useRowMenu(
  props: IRowActionsProps,
  button: React.RefObject<HTMLButtonElement>
) {
  const [isOpen, setOpen] = React.useState(false);
  const closedBy = React.useRef<Event | undefined>(undefined);
  const isClosing = React.useRef(false);
  return {
    isOpen,
    onPointerDown: ({ nativeEvent }: React.PointerEvent) => {
      // The menu closes itself where the pointer goes down anywhere else.
      isClosing.current = closedBy.current === nativeEvent;
    },
    onClick: ({
      detail,
      clientX,
      clientY,
      currentTarget
    }: React.MouseEvent) => {
      if (detail > 1 || (detail > 0 && isClosing.current)) {
        return;
      }
      const { right: x, bottom: y } = currentTarget.getBoundingClientRect();
      const pointer = { x: clientX, y: clientY };
      setOpen(true);
      openMenu(props, { x, y, pointer }, () => {
        closedBy.current = window.event;
        setOpen(false);
        button.current?.focus();
      });
    }
  };
}

/**
 * Open the menu of a row.
 *
 * @param closing - called before it is closed
 */
export function openMenu(
  props: IRowActionsProps,
  at: IPlace,
  closing: () => void
): void {
  const { row, context } = props;
  const { wording } = context;
  // Another notebook may come to the front while the menu is open.
  const app = context.model.front;
  const shown = app?.shown;
  openRowMenu({
    groups: menuGroups(row, wording),
    label: wording.actionsOn(row.connection),
    at,
    choose: id => perform(id, props, app, shown),
    closing
  });
}

/** Carry out what a person has chosen, in the app that was in front then. */
function perform(
  id: RowAction,
  props: IRowActionsProps,
  app: IPanelContext['model']['front'] = props.context.model.front,
  shown = app?.shown
): void {
  const { row, say, context } = props;
  const { actions, wording } = context;
  const { connection } = row;
  switch (id) {
    case 'approve':
      return actions.approve(connection, app);
    case 'connect':
      return actions.connect(connection, app);
    case 'test':
      return performTest(props, app);
    case 'copy':
      Clipboard.copyToSystem(codeFor(connection));
      return say({ kind: 'done', text: wording.copied(callFor(connection)) });
    case 'edit':
      return actions.edit(row);
    case 'rename-key':
      return actions.renameKey(connection, app, shown);
    case 'remove':
      return actions.remove(connection, app, shown);
    case 'use-stored':
      return actions.moveStored(connection, app);
    case 'replace-client-secret':
      return actions.replaceClientSecret(connection, app);
    case 'forget-client-secret':
      return actions.forgetClientSecret(connection, app, shown);
    case 'disconnect':
      return actions.disconnect(connection, app, shown);
  }
}

/** Test a connection, or begin with what has to be done before. */
function performTest(
  { row, say, context: { actions } }: IRowActionsProps,
  app: IPanelContext['model']['front']
): void {
  const { connection } = row;
  switch (testStep(row)) {
    case 'test':
      return actions.test(connection, app);
    case 'connect':
      return actions.connect(connection, app);
    case 'approve':
      return actions.approve(connection, app);
    case 'set-address':
      return actions.edit(row, 'test_url');
    case 'none':
      return say({ kind: 'warning', text: connection.why_no_test });
  }
}

interface IPressProps {
  row: IRow;
  at?: React.Ref<HTMLButtonElement>;
  /** Whether it is what the person has to do next. */
  isMain?: boolean;
  /** Whether it can be pressed while something is under way. */
  isFree?: boolean;
  onPress: () => void;
  children: string;
}

/**
 * A button whose name a screen reader says with that of its row.
 *
 * It is never disabled, since a disabled element would lose the focus. The second
 * click of a double click, or a key that is held down, does nothing: it was meant for
 * the button that was in the same place before.
 */
function Press(props: IPressProps): JSX.Element {
  const { row, at, isMain, isFree, onPress, children } = props;
  const id = useOwnId();
  const isOff = row.doing !== '' && !isFree;
  const kind = isMain ? ' jp-mod-styled jp-mod-accept' : '';
  return (
    <button
      ref={at}
      type="button"
      id={id}
      className={`jp-AttioConnections-action jp-AttioConnections-main${kind}`}
      aria-labelledby={`${id} ${titleId(row)}`}
      aria-disabled={isOff || undefined}
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
    case 'renaming':
      return trans.__('Renaming…');
    case 'removing':
      return trans.__('Removing…');
    case 'moving':
      return trans.__('Moving the stored value…');
    default:
      return '';
  }
}
