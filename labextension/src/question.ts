/** The content of a prompt that asks something about the value that was typed. */
import type { ICard, IContent } from './card';
import { cancelButton } from './card';
import { button, element, primary, row } from './dom';
import type { IChoice } from './protocol';

/** What was found, and a button for each thing that the person can do. */
export class QuestionContent implements IContent {
  readonly saving: string;
  readonly nodes: HTMLElement[];
  private readonly buttons: HTMLButtonElement[];

  constructor(private readonly card: ICard) {
    const { prompt, words } = card;
    this.saving = words.trans.__('Saving…');
    const text = element('p', 'question', prompt.question);
    text.id = `${card.id}-question`;
    text.dir = 'auto';
    text.setAttribute('role', 'alert');
    this.buttons = prompt.choices.map((choice, at) => this.made(choice, at));
    this.nodes = [
      text,
      card.error,
      row('buttons', ...this.buttons, cancelButton(card))
    ];
  }

  focus(): void {
    this.buttons[0]?.focus();
  }

  submit(): void {}

  mark(): void {}

  forget(): void {}

  draw(): void {}

  dispose(): void {}

  private made({ id, label }: IChoice, at: number): HTMLButtonElement {
    const made =
      at === 0
        ? primary(label, () => undefined)
        : button('cancel', label, () => undefined);
    made.setAttribute('aria-describedby', `${this.card.id}-question`);
    // The second click of a double click, and a key that is still held down, were meant for what
    // was there before.
    made.addEventListener('click', ({ detail }) => {
      if (detail < 2) {
        this.card.act(this.saving, actions => actions.decide(id));
      }
    });
    made.addEventListener('keydown', event => {
      if (event.repeat) {
        event.preventDefault();
      }
    });
    return made;
  }
}
