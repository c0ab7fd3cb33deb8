/** Keeping what a person who cannot see the panel has of it: the focus, and the news. */
import * as React from 'react';

import type { INote, IRow } from './tokens';
import { isolated } from './wording';

const TITLE = '.jp-AttioConnections-title';

/** Where the focus was before something was drawn anew. */
interface IFocused {
  row: string;
  index: number;
}

/** Gives the focus to the row it was in, or the next one, if what had it is gone. */
export class FocusKeeper extends React.Component<{
  children: React.ReactNode;
}> {
  private readonly node = React.createRef<HTMLDivElement>();

  override getSnapshotBeforeUpdate(): IFocused | null {
    const active = document.activeElement;
    if (!this.node.current?.contains(active)) {
      return null;
    }
    const row = active?.closest<HTMLElement>('[data-row]');
    const rows = Array.from(this.rows);
    return { row: row?.dataset.row ?? '', index: row ? rows.indexOf(row) : 0 };
  }

  override componentDidUpdate(_: object, __: object, focused: IFocused | null) {
    if (focused && document.activeElement === document.body) {
      const rows = Array.from(this.rows);
      const same = rows.find(({ dataset }) => dataset.row === focused.row);
      const near = rows[Math.min(focused.index, rows.length - 1)];
      const title = (same ?? near)?.querySelector<HTMLElement>(TITLE);
      (title ?? this.node.current)?.focus();
    }
  }

  override render(): JSX.Element {
    return (
      <div ref={this.node} tabIndex={-1} className="jp-AttioConnections-body">
        {this.props.children}
      </div>
    );
  }

  private get rows(): Iterable<HTMLElement> {
    return this.node.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [];
  }
}

interface ISaid {
  note: INote;
  text: string;
}

/** Says aloud what came of what was done last, once. */
export function News({ rows }: { rows: readonly IRow[] }): JSX.Element {
  const heard = React.useRef(new WeakSet<INote>());
  const [news, setNews] = React.useState<ISaid[]>([]);
  React.useEffect(() => {
    const notes = rows.map(({ note }) => note);
    const fresh = rows.flatMap(({ connection, note }) =>
      note && !heard.current.has(note)
        ? { note, text: `${isolated(connection.label)}: ${note.text}` }
        : []
    );
    fresh.forEach(({ note }) => heard.current.add(note));
    // The same sentence is only said again where it was gone meanwhile.
    setNews(before =>
      fresh.length > 0 || !before.some(({ note }) => notes.includes(note))
        ? fresh
        : before
    );
  }, [rows]);
  return (
    <div className="jp-AttioConnections-news" role="status">
      {news.map(({ text }) => text).join(' ')}
    </div>
  );
}
