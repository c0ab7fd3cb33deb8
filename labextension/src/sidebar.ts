/** The panel in JupyterLab's left area. */
import { showErrorMessage } from '@jupyterlab/apputils';
import type { ITranslator } from '@jupyterlab/translation';
import { nullTranslator } from '@jupyterlab/translation';
import { SidePanel } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';

import { messageOf } from './api';
import { connectionsIcon } from './icons';
import { markOwn } from './mark';

/** What gets the focus when the person is brought to the panel, where it is there. */
const FIRST = '.jp-AttioConnections-body button';
const BODY = '.jp-AttioConnections-body';
const ROW = '[data-row]';
const TITLE = '.jp-AttioConnections-title';

/**
 * An empty panel that is filled when it is shown for the first time.
 *
 * A page in which nobody opens it need not load what it draws.
 */
export class Sidebar extends SidePanel {
  private filled: Promise<void> | null = null;
  /** The id of the row that gets the focus next, or ''. */
  private wanted = '';

  /**
   * @param fill - fills the panel
   * @param translator - the language of the page
   */
  constructor(
    private readonly fill: (panel: Sidebar) => Promise<void>,
    translator: ITranslator = nullTranslator
  ) {
    super({ translator });
    const trans = translator.load('attio_nb');
    this.id = 'attio-nb-connections';
    this.addClass('jp-AttioConnections');
    markOwn(this.node);
    this.title.icon = connectionsIcon;
    this.title.caption = trans.__('Connections');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Connections'));
  }

  /** Give the focus to a row when the panel is activated next. */
  bringTo(rowId: string): void {
    this.wanted = rowId;
  }

  protected override onBeforeShow(msg: Message): void {
    super.onBeforeShow(msg);
    void this.load();
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    void this.takeFocus();
  }

  private load(): Promise<void> {
    this.filled ??= this.fill(this).catch(async (error: unknown) => {
      this.filled = null;
      await showErrorMessage(this.title.caption, messageOf(error));
    });
    return this.filled;
  }

  private async takeFocus(): Promise<void> {
    const before = document.activeElement;
    const { node, wanted } = this;
    this.wanted = '';
    await this.load();
    const { activeElement } = document;
    // It may be here already, in a prompt; or the person has gone elsewhere meanwhile.
    if (activeElement !== before || activeElement?.closest(BODY)) {
      return;
    }
    const first =
      this.titleOf(wanted) ?? node.querySelector<HTMLElement>(FIRST);
    (first ?? node.querySelector<HTMLElement>(BODY))?.focus();
  }

  /** The title of a row, a button that only shows or hides the details. */
  private titleOf(rowId: string): HTMLElement | null {
    const rows = this.node.querySelectorAll<HTMLElement>(ROW);
    const row = Array.from(rows).find(({ dataset }) => dataset.row === rowId);
    return row?.querySelector<HTMLElement>(TITLE) ?? null;
  }
}
