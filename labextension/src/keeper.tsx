/** Keeping what a person who cannot see the panel has of it: the focus, and the news. */
import * as React from 'react';

import type { IRow } from './tokens';
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

/** Says aloud what came of what was done last. */
export function News({ rows }: { rows: readonly IRow[] }): JSX.Element {
  const heard = React.useRef(new Map<string, string>());
  const [news, setNews] = React.useState('');
  React.useEffect(() => {
    const notes = rows.filter(({ note }) => note !== null);
    const said = new Map(notes.map(row => [row.id, row.note?.text ?? '']));
    const fresh = notes.find(
      ({ id }) => said.get(id) !== heard.current.get(id)
    );
    heard.current = said;
    if (fresh) {
      setNews(`${isolated(fresh.connection.label)}: ${said.get(fresh.id)}`);
    } else if (said.size === 0) {
      setNews('');
    }
  }, [rows]);
  return (
    <div className="jp-AttioConnections-news" role="status">
      {news}
    </div>
  );
}
