/** The panel in JupyterLab's left area. */
import { showErrorMessage } from '@jupyterlab/apputils';
import type { ITranslator } from '@jupyterlab/translation';
import { nullTranslator } from '@jupyterlab/translation';
import { SidePanel } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import type { Widget } from '@lumino/widgets';
import { AccordionPanel } from '@lumino/widgets';

import { messageOf } from './api';
import { connectionsIcon } from './icons';
import { markOwn } from './mark';

/** What gets the focus when the person is brought to the panel, where it is there. */
const FIRST = '.jp-AttioConnections-body button';
const BODY = '.jp-AttioConnections-body';
const ROW = '[data-row]';
const TITLE = '.jp-AttioConnections-title';
const MAIN = '.jp-AttioConnections-main';

/** How often to look for a row that is about to be drawn. */
const FRAMES = 60;

/**
 * An empty panel that is filled when it is shown for the first time.
 *
 * A page in which nobody opens it need not load what it draws.
 */
export class Sidebar extends SidePanel {
  private filled: Promise<void> | null = null;
  /** The id of the row that gets the focus next, or ''. */
  private wanted = '';
  /** The height of the titles of sections, in pixels. */
  private readonly titleSpace: number;

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
    const { content } = this;
    this.titleSpace =
      content instanceof AccordionPanel ? content.titleSpace : 0;
    this.setTitles(false);
    this.title.icon = connectionsIcon;
    this.title.caption = trans.__('Connections');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Connections'));
  }

  /** Give the focus to a row when the panel is activated next. */
  bringTo(rowId: string): void {
    this.wanted = rowId;
  }

  /** Bring the person to the action of a row, once the row is there. */
  async offer(rowId: string): Promise<void> {
    await this.load();
    for (let frame = 0; frame < FRAMES && !this.rowOf(rowId); frame++) {
      await new Promise(requestAnimationFrame);
    }
    const row = this.rowOf(rowId);
    row?.scrollIntoView({ block: 'nearest' });
    const main = row?.querySelector<HTMLElement>(MAIN);
    (main ?? row?.querySelector<HTMLElement>(TITLE))?.focus();
  }

  /** Put a section below the connections. */
  addSection(section: Widget): void {
    this.addWidget(section);
    this.setTitles(true);
  }

  protected override onBeforeShow(msg: Message): void {
    super.onBeforeShow(msg);
    void this.load();
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    void this.takeFocus();
  }

  /** Show the titles of the sections; the title of a single one repeats that of the panel. */
  private setTitles(isShown: boolean): void {
    const { content } = this;
    if (content instanceof AccordionPanel) {
      content.titleSpace = isShown ? this.titleSpace : 0;
    }
    this.toggleClass('jp-mod-alone', !isShown);
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
    return this.rowOf(rowId)?.querySelector<HTMLElement>(TITLE) ?? null;
  }

  private rowOf(rowId: string): HTMLElement | undefined {
    const rows = this.node.querySelectorAll<HTMLElement>(ROW);
    return Array.from(rows).find(({ dataset }) => dataset.row === rowId);
  }
}
