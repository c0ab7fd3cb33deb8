/** The content of a prompt that asks whether a value may go to new addresses. */
import { Arming } from './arming';
import type { ICard, IContent } from './card';
import { cancelButton } from './card';
import { element, primary, row } from './dom';

/** The new addresses, and the buttons that allow them or not. */
export class ApprovalContent implements IContent {
  readonly saving: string;
  readonly nodes: HTMLElement[];
  private readonly list = element('ul', 'addresses');
  private readonly allow: HTMLButtonElement;
  private readonly arming = new Arming(() => this.draw());
  private readonly sight = new IntersectionObserver(entries => {
    this.arming.see(entries[entries.length - 1].isIntersecting);
  });

  constructor(private readonly card: ICard) {
    const { prompt, words } = card;
    const { trans } = words;
    this.saving = trans.__('Allowing…');
    this.list.append(...prompt.new_addresses.map(itemOf));
    this.list.tabIndex = 0;
    this.list.setAttribute('role', 'list');
    this.list.setAttribute('aria-label', trans.__('New addresses'));
    this.allow = primary(trans.__('Allow'), () => undefined);
    this.allow.addEventListener('click', event => this.press(event));
    this.allow.addEventListener('keydown', ignoreHeld);
    this.nodes = [
      this.list,
      card.error,
      row('buttons', this.allow, cancelButton(card))
    ];
    this.sight.observe(this.allow);
    this.draw();
  }

  /** To the list: a key that is still held down must not answer. */
  focus(): void {
    this.list.focus();
  }

  submit(): void {}

  mark(): void {}

  forget(): void {}

  draw(): void {
    const isOff = this.card.isWaiting || !this.arming.isArmed;
    this.allow.setAttribute('aria-disabled', String(isOff));
  }

  dispose(): void {
    this.sight.disconnect();
    this.arming.dispose();
  }

  /** The second click of a double click was meant for what was there before. */
  private press({ detail }: MouseEvent): void {
    if (this.arming.isArmed && detail < 2) {
      this.card.act(this.saving, actions => actions.allow());
    }
  }
}

function itemOf(address: string): HTMLElement {
  const item = element('li', 'address');
  const text = element('code', 'addressText', address);
  text.dir = 'ltr';
  item.append(text);
  return item;
}

/** Keep a key that is held down from pressing a button. */
export function ignoreHeld(event: KeyboardEvent): void {
  if (event.repeat) {
    event.preventDefault();
  }
}
