/** One connection in the panel. */
import type { LabIcon } from '@jupyterlab/ui-components';
import { caretRightIcon, closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { isSpoilt, offersStored } from './can';
import type { IPanelContext, IRowProps } from './context';
import { titleId } from './context';
import { Facts } from './facts';
import {
  brokenIcon,
  doneIcon,
  expiredIcon,
  openIcon,
  refusedIcon,
  unknownIcon,
  warningIcon
} from './icons';
import { isOffered } from './menuitems';
import { OpenedPrompt } from './opened';
import type { IRowActionsProps } from './rowactions';
import { openMenu, RowActions } from './rowactions';
import { needsAttention } from './rows';
import type { Standing } from './state';
import type { INote, IRow } from './tokens';
import type { Wording } from './wording';

const ICONS: Record<Standing, LabIcon> = {
  'not-configured': brokenIcon,
  'not-connected': openIcon,
  connected: doneIcon,
  expired: expiredIcon,
  changed: warningIcon,
  refused: refusedIcon,
  unknown: unknownIcon
};

/** How long it is said that something was copied, in milliseconds. */
const COPIED_FOR = 5000;

/** A connection: its title, its status, what can be done about it, and what came of that. */
export const Row = React.memo(PlainRow, isSame);

function PlainRow({ row, context }: IRowProps): JSX.Element {
  const [isOpen, setOpen] = React.useState(false);
  const [said, say] = useSaid(row);
  const title = React.useRef<HTMLButtonElement>(null);
  const { id, connection, prompt } = row;
  const { wording } = context;
  useReturn(prompt !== null, title);
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape' && !event.defaultPrevented) {
      leave(row, context, () => setOpen(false));
      title.current?.focus();
    }
  };
  return (
    <li
      className="jp-AttioConnections-row"
      data-standing={connection.standing}
      data-row={id}
      onKeyDown={onKeyDown}
    >
      <Head {...{ row, context, say }} at={title} open={[isOpen, setOpen]} />
      <Detail row={row} isOpen={isOpen} isSaid={said !== null} />
      <div id={`${titleId(row)}-facts`} hidden={!isOpen}>
        {isOpen && <Facts connection={connection} wording={wording} />}
      </div>
      <StoredElsewhere row={row} context={context} />
      <Asked row={row} context={context} />
      {prompt && (
        <OpenedPrompt
          opened={prompt}
          forms={context.forms}
          trans={wording.trans}
        />
      )}
      <div role="status">
        {said && (
          <Note note={said} {...{ row, wording }} drop={() => say(null)} />
        )}
      </div>
      <div>
        {row.note && !said && (
          <Note
            note={row.note}
            {...{ row, wording }}
            drop={() => context.actions.dismiss(connection)}
          />
        )}
      </div>
    </li>
  );
}

/** What the row itself says, until something else is done. */
function useSaid(
  row: IRow
): [INote | null, React.Dispatch<React.SetStateAction<INote | null>>] {
  const [said, say] = React.useState<INote | null>(null);
  const { doing, note } = row;
  const { why_no_test } = row.connection;
  React.useEffect(() => say(null), [doing, note, why_no_test]);
  React.useEffect(() => {
    const timer =
      said?.kind === 'done' && setTimeout(() => say(null), COPIED_FOR);
    return () => clearTimeout(timer || undefined);
  }, [said]);
  return [said, say];
}

interface IHeadProps extends IRowActionsProps {
  at: React.RefObject<HTMLButtonElement>;
  open: [boolean, (isOpen: boolean) => void];
}

/** The line that is always there; its title unfolds what is known of the connection. */
function Head({ row, context, say, at, open }: IHeadProps): JSX.Element {
  const [isOpen, setOpen] = open;
  const { connection } = row;
  const { wording } = context;
  const id = titleId(row);
  const Icon = ICONS[connection.standing].react;
  const status = wording.standing(connection.standing);
  const type = wording.type(connection);
  const { account } = connection;
  const said = [status, type, account].filter(Boolean).join(' · ');
  return (
    <div
      className="jp-AttioConnections-head"
      data-offered={isOffered(row) || undefined}
      onContextMenu={event => openAtPointer(event, { row, context, say }, at)}
    >
      <button
        ref={at}
        type="button"
        id={`${id}-title`}
        className="jp-AttioConnections-title"
        title={`${connection.label}\n${said}`}
        aria-labelledby={id}
        aria-expanded={isOpen}
        aria-controls={`${id}-facts`}
        aria-describedby={`${id}-standing ${id}-detail`}
        onClick={() => setOpen(!isOpen)}
      >
        <caretRightIcon.react tag="span" />
        <Icon tag="span" />
        <span className="jp-AttioConnections-texts">
          <span id={id} className="jp-AttioConnections-label" dir="auto">
            {connection.label}
          </span>
          <span id={`${id}-standing`} className="jp-AttioConnections-standing">
            <span data-beside-account={account ? true : undefined}>
              {status}
            </span>{' '}
            <span className="jp-AttioConnections-type">{type}</span>
            {account && (
              <bdi className="jp-AttioConnections-account">{account}</bdi>
            )}
          </span>
        </span>
      </button>
      <RowActions row={row} context={context} say={say} />
    </div>
  );
}

/** Open the menu of the row where JupyterLab's lists have a context menu. */
function openAtPointer(
  event: React.MouseEvent,
  props: IRowActionsProps,
  title: React.RefObject<HTMLElement>
): void {
  // With Shift, a person wants the menu of the browser.
  if (!event.shiftKey) {
    event.preventDefault();
    event.stopPropagation();
    const { clientX: x, clientY: y } = event;
    openMenu(props, { x, y, isLeft: true, pointer: { x, y } }, () =>
      title.current?.focus()
    );
  }
}

interface IDetailProps {
  row: IRow;
  isOpen: boolean;
  /** Whether the row itself says something. */
  isSaid: boolean;
}

/** More on the status, in sight where something is wrong and nothing else says so. */
function Detail({ row, isOpen, isSaid }: IDetailProps): JSX.Element {
  const { standing, detail } = row.connection;
  const isWrong = needsAttention(row) || standing === 'unknown';
  const isShown = isOpen || (isWrong && !row.note && !isSaid);
  return (
    <p
      id={`${titleId(row)}-detail`}
      className="jp-AttioConnections-quiet"
      dir="auto"
      hidden={!detail || !isShown}
    >
      {detail}
    </p>
  );
}

/** A value that is stored under a key that the app file no longer names. */
function StoredElsewhere({ row, context }: IRowProps): JSX.Element | null {
  const { stored_under } = row.connection;
  return stored_under && offersStored(row) ? (
    <p className="jp-AttioConnections-quiet">
      {context.wording.storedUnder(stored_under.key)}
    </p>
  ) : null;
}

/** The way back to the cell that asks. */
function Asked({ row, context }: IRowProps): JSX.Element | null {
  const { trans } = context.wording;
  const { asked } = row;
  return (
    asked && (
      <div className="jp-AttioConnections-asked">
        <span>
          {asked.waiting
            ? trans.__('A cell waits for this.')
            : trans.__('A cell ended for want of this.')}
        </span>
        <button
          type="button"
          className="jp-AttioConnections-link"
          aria-describedby={titleId(row)}
          onClick={() => context.actions.goToCell(asked.cellId)}
        >
          {trans.__('Go to the cell')}
        </button>
      </div>
    )
  );
}

interface INoteProps {
  row: IRow;
  note: INote;
  wording: Wording;
  drop: () => void;
}

const MARKS: Record<INote['kind'], LabIcon> = {
  done: doneIcon,
  warning: warningIcon,
  failed: refusedIcon
};

/** What came of what was done last. */
function Note({ row, note, wording, drop }: INoteProps): JSX.Element {
  const { kind, text } = note;
  // What came of a test is as bad as what is known of the connection by now.
  const mark = kind === 'warning' && isSpoilt(row.connection) ? 'failed' : kind;
  const Icon = MARKS[mark].react;
  return (
    <div className="jp-AttioConnections-note" data-kind={mark}>
      <Icon tag="span" />
      <span dir="auto">{text}</span>
      <button
        type="button"
        className="jp-AttioConnections-icon"
        aria-label={wording.trans.__('Dismiss')}
        aria-describedby={titleId(row)}
        onClick={drop}
      >
        <closeIcon.react tag="span" />
      </button>
    </div>
  );
}

/** Bring the focus back to the row when its prompt is gone and the focus with it. */
function useReturn(
  hasPrompt: boolean,
  title: React.RefObject<HTMLElement>
): void {
  const had = React.useRef(hasPrompt);
  React.useLayoutEffect(() => {
    if (had.current && !hasPrompt && document.activeElement === document.body) {
      title.current?.focus();
    }
    had.current = hasPrompt;
  }, [hasPrompt]);
}

/** Close what is open: the prompt first, then the facts. */
function leave(
  { prompt, connection }: IRow,
  context: IPanelContext,
  close: () => void
) {
  if (prompt) {
    context.actions.cancel(connection);
  } else {
    close();
  }
}

/** Whether a row shows the same, though the model has put it together anew. */
function isSame(before: IRowProps, { row, context }: IRowProps): boolean {
  const { asked, ...rest } = before.row;
  const names = Object.keys(rest) as (keyof typeof rest)[];
  return (
    before.context === context &&
    names.every(name => before.row[name] === row[name]) &&
    asked?.cellId === row.asked?.cellId &&
    asked?.waiting === row.asked?.waiting
  );
}
