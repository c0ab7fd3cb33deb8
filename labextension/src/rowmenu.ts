/** The menu of a row. Its commands are in a registry of their own, so that no markup can name them. */
import type { LabIcon } from '@jupyterlab/ui-components';
import {
  checkIcon,
  copyIcon,
  deleteIcon,
  editIcon,
  linkIcon,
  MenuSvg
} from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';

import type { IMenuItem, RowAction } from './menuitems';
import { isChosenInMenu } from './origin';

/** How late, in milliseconds, and how far away, in pixels, the second click of a double click may be. */
const DOUBLE_CLICK = { delay: 500, distance: 8 };

const SEPARATOR = '[data-type="separator"]';

const ICONS: Partial<Record<RowAction, LabIcon>> = {
  connect: linkIcon,
  test: checkIcon,
  copy: copyIcon,
  edit: editIcon,
  remove: deleteIcon
};

/** Where a menu opens, in the coordinates of the window. */
export interface IPlace {
  /** Where its corner is: the right one, or the left one for `isLeft`. */
  x: number;
  y: number;
  isLeft?: boolean;
  /** Where the pointer was pressed. */
  pointer: { x: number; y: number };
}

export interface IRowMenuOptions {
  groups: IMenuItem[][];
  /** What a screen reader calls the menu. */
  label: string;
  at: IPlace;
  /** Called when a person has chosen an item, after the menu was closed. */
  choose: (id: RowAction) => void;
  /** Called before the menu is closed; the focus is in it then. */
  closing: () => void;
}

/** Open a menu with the focus on its first item. */
export function openRowMenu(options: IRowMenuOptions): void {
  const menu = new RowMenu(options);
  const { x, y, isLeft } = options.at;
  menu.open(x, y, { horizontalAlignment: isLeft ? 'left' : 'right' });
}

class RowMenu extends MenuSvg {
  private readonly openedAt = performance.now();

  constructor(private readonly options: IRowMenuOptions) {
    const { groups, label, choose, closing } = options;
    const commands = new CommandRegistry();
    super({ commands });
    this.contentNode.setAttribute('aria-label', label);
    groups.forEach((group, index) => {
      if (index > 0) {
        this.addItem({ type: 'separator' });
      }
      for (const { id, label } of group) {
        const execute = () => isChosenInMenu() && choose(id);
        commands.addCommand(id, { label, icon: ICONS[id], execute });
        this.addItem({ command: id });
      }
    });
    this.aboutToClose.connect(() => {
      closing();
      // What was chosen is carried out right after it is closed.
      setTimeout(() => this.dispose());
    });
  }

  override handleEvent(event: Event): void {
    if (event instanceof KeyboardEvent && event.type === 'keydown') {
      this.onKey(event);
    } else if (event.type !== 'pointerup' || !this.isSecondClick(event)) {
      super.handleEvent(event);
    }
  }

  protected override onUpdateRequest(msg: Message): void {
    super.onUpdateRequest(msg);
    // Lumino makes them focusable, and gives them a role that is not allowed in a menu.
    for (const line of this.node.querySelectorAll(SEPARATOR)) {
      line.setAttribute('role', 'separator');
      line.removeAttribute('tabindex');
    }
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this.activateNextItem();
  }

  /** Lumino lacks some keys of the menu pattern of the ARIA Authoring Practices Guide. */
  private onKey(event: KeyboardEvent): void {
    if (event.key === 'Tab') {
      // The browser goes on from what has the focus then.
      this.close();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const isPress = event.key === 'Enter' || event.key === ' ';
    if (event.key === 'Home' || event.key === 'End') {
      this.activeIndex = event.key === 'Home' ? 0 : this.items.length - 1;
    } else if (!isPress) {
      super.handleEvent(event);
    } else if (!event.repeat) {
      // A key that is held down was pressed to open the menu.
      this.triggerActiveItem();
    }
  }

  /** Whether it belongs to a double click on what has opened the menu. */
  private isSecondClick(event: Event): boolean {
    const { x, y } = this.options.at.pointer;
    return (
      event instanceof PointerEvent &&
      event.timeStamp - this.openedAt < DOUBLE_CLICK.delay &&
      Math.hypot(event.clientX - x, event.clientY - y) < DOUBLE_CLICK.distance
    );
  }
}
