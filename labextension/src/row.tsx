/** One connection in the panel. */
import type { LabIcon } from '@jupyterlab/ui-components';
import { caretRightIcon, closeIcon, editIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IPanelContext, IRowProps } from './context';
import { titleId, useOwnId } from './context';
import { Doing } from './doing';
import { Facts } from './facts';
import {
  brokenIcon,
  doneIcon,
  endedIcon,
  expiredIcon,
  openIcon,
  refusedIcon,
  unknownIcon,
  warningIcon
} from './icons';
import { OpenedPrompt } from './opened';
import type { Standing } from './state';
import type { IRow } from './tokens';

const ICONS: Record<Standing, LabIcon> = {
  'not-configured': brokenIcon,
  'not-connected': openIcon,
  connected: doneIcon,
  expired: expiredIcon,
  changed: warningIcon,
  refused: refusedIcon,
  unknown: unknownIcon
};

/** A connection: how it stands, what can be done about it, and what came of that. */
export const Row = React.memo(PlainRow, isSame);

function PlainRow({ row, context }: IRowProps): JSX.Element {
  const [isOpen, setOpen] = React.useState(false);
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
      <Head row={row} context={context} at={title} open={[isOpen, setOpen]} />
      <StandingLine row={row} context={context} />
      <div id={`${titleId(row)}-facts`} hidden={!isOpen}>
        {isOpen && <Facts connection={connection} wording={wording} />}
      </div>
      <Asked row={row} context={context} />
      {prompt ? (
        <OpenedPrompt
          opened={prompt}
          forms={context.forms}
          trans={wording.trans}
        />
      ) : (
        <Doing row={row} context={context} />
      )}
      <Note row={row} context={context} />
    </li>
  );
}

interface IHeadProps extends IRowProps {
  at: React.RefObject<HTMLButtonElement>;
  open: [boolean, (isOpen: boolean) => void];
}

/** The title, which unfolds what is known of the connection. */
function Head({ row, context, at, open }: IHeadProps): JSX.Element {
  const [isOpen, setOpen] = open;
  const id = titleId(row);
  return (
    <div className="jp-AttioConnections-head">
      <button
        ref={at}
        type="button"
        id={id}
        className="jp-AttioConnections-title"
        aria-expanded={isOpen}
        aria-controls={`${id}-facts`}
        aria-describedby={`${id}-standing`}
        onClick={() => setOpen(!isOpen)}
      >
        <caretRightIcon.react tag="span" />
        <span dir="auto">{row.connection.label}</span>
      </button>
      <Edit row={row} context={context} />
    </div>
  );
}

function Edit({ row, context }: IRowProps): JSX.Element | null {
  const { trans } = context.wording;
  const id = useOwnId();
  return row.connection.may_configure ? (
    <button
      type="button"
      id={id}
      className="jp-AttioConnections-icon"
      title={trans.__('Edit')}
      aria-label={trans.__('Edit')}
      aria-labelledby={`${id} ${titleId(row)}`}
      onClick={() => context.actions.edit(row)}
    >
      <editIcon.react tag="span" />
    </button>
  ) : null;
}

function StandingLine({ row, context }: IRowProps): JSX.Element {
  const { connection } = row;
  const { standing, detail } = connection;
  const Icon = ICONS[standing].react;
  return (
    <div id={`${titleId(row)}-standing`}>
      <div className="jp-AttioConnections-standing">
        <Icon tag="span" />
        <span>{context.wording.standing(standing)}</span>
        <span className="jp-AttioConnections-type">
          {context.wording.type(connection)}
        </span>
      </div>
      {detail && (
        <p className="jp-AttioConnections-quiet" dir="auto">
          {detail}
        </p>
      )}
    </div>
  );
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

/** What came of what was done last. */
function Note({ row, context }: IRowProps): JSX.Element | null {
  const { note, connection } = row;
  if (!note) {
    return null;
  }
  const Icon = (note.kind === 'done' ? endedIcon : warningIcon).react;
  return (
    <div className="jp-AttioConnections-note" data-kind={note.kind}>
      <Icon tag="span" />
      <span dir="auto">{note.text}</span>
      <button
        type="button"
        className="jp-AttioConnections-icon"
        aria-label={context.wording.trans.__('Dismiss')}
        aria-describedby={titleId(row)}
        onClick={() => context.actions.dismiss(connection)}
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
