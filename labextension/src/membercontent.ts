/** The content of a prompt that asks who the person is: a button for each member. */
import { ignoreHeld } from './approval';
import type { ICard, IContent } from './card';
import { cancelButton } from './card';
import { button, row } from './dom';
import { Wording } from './wording';

export class MemberContent implements IContent {
  readonly saving = '';
  readonly nodes: HTMLElement[];
  private readonly members: HTMLButtonElement[];

  constructor(card: ICard) {
    const { prompt, words } = card;
    const { trans } = words;
    const wording = new Wording(trans);
    this.members = prompt.members.map(member => {
      const made = button('member', wording.member(member), () =>
        card.act(trans.__('Choosing…'), actions => actions.choose(member.id))
      );
      made.classList.add('jp-mod-styled');
      made.addEventListener('keydown', ignoreHeld);
      return made;
    });
    const choice = row('buttons', ...this.members);
    choice.setAttribute('role', 'group');
    choice.setAttribute('aria-label', trans.__('Members'));
    this.nodes = [choice, card.error, row('buttons', cancelButton(card))];
  }

  focus(): void {
    this.members[0]?.focus();
  }

  submit(): void {}

  mark(): void {}

  forget(): void {}

  draw(): void {}

  dispose(): void {}
}
