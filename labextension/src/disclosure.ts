/** A quiet button that shows, below it, what few people need. */
import { button, element } from './dom';

/** A toggle, and the panel that it shows and hides. */
export class Disclosure {
  readonly toggle: HTMLButtonElement;
  readonly panel = element('div', 'panel');

  /**
   * @param id - makes the panel's id unique in the page
   * @param text - what the toggle says
   * @param onOpen - called when the person opens it
   */
  constructor(id: string, text: string, onOpen: () => void) {
    this.panel.id = id;
    this.panel.setAttribute('role', 'group');
    this.panel.setAttribute('aria-label', text);
    this.toggle = button('link', text, () => {
      if (this.toggle.getAttribute('aria-disabled') !== 'true') {
        this.isOpen = !this.isOpen;
        if (this.isOpen) {
          onOpen();
        }
      }
    });
    this.toggle.setAttribute('aria-controls', id);
    this.isOpen = false;
  }

  get isOpen(): boolean {
    return !this.panel.hidden;
  }

  set isOpen(open: boolean) {
    this.panel.hidden = !open;
    this.toggle.setAttribute('aria-expanded', String(open));
  }

  /** Offer it, or do not; what is not offered is not shown either. */
  set isOffered(offered: boolean) {
    this.toggle.hidden = !offered;
    if (!offered) {
      this.isOpen = false;
    }
  }
}
