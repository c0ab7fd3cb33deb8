/** The content of a prompt of a kind that this page does not know. */
import type { ICard, IContent } from './card';
import { cancelButton } from './card';
import { element, row } from './dom';

/** One line that says to reload the page. */
export class OutdatedContent implements IContent {
  readonly saving = '';
  readonly nodes: HTMLElement[];
  private readonly cancel: HTMLButtonElement;

  constructor(card: ICard) {
    const { trans } = card.words;
    this.cancel = cancelButton(card);
    this.nodes = [
      element(
        'p',
        'detour',
        trans.__(
          'This page is older than attio_nb in the kernel. Reload the page.'
        )
      ),
      card.error,
      row('buttons', this.cancel)
    ];
  }

  focus(): void {
    this.cancel.focus();
  }

  submit(): void {}

  mark(): void {}

  forget(): void {}

  draw(): void {}

  dispose(): void {}
}
