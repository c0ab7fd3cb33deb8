/** What a card and what stands in it know of each other. */
import { button, element, externalLink } from './dom';
import type { IAnswer, IPrompt, ISignIn } from './protocol';
import type { Words } from './words';

/** What the form does when the person acts. */
export interface IFormActions {
  connect(answer: IAnswer): void;
  decide(choice: string): void;
  allow(): void;
  choose(member: string): void;
  cancel(): void;
  typeInKernel(): void;
  keepClientSecret(value: string): void;
  useStoredClientSecret(): void;
  pasteAddress(address: string): void;
  useDevice(): void;
  tryAgain(): void;
}

/** A sign-in as a page shows it. */
export interface IShownSignIn extends ISignIn {
  /** Whether the kernel shares no files with the page's Jupyter server. */
  elsewhere: boolean;
}

/** The card as its content sees it. */
export interface ICard {
  /** Makes the ids of the elements unique in the page. */
  readonly id: string;
  readonly prompt: IPrompt;
  readonly words: Words;
  readonly signIn: IShownSignIn | null;
  /** Where the card says what is wrong; the content has a place for it. */
  readonly error: HTMLElement;
  readonly isWaiting: boolean;
  /** Do something that only the kernel ends, and say so meanwhile. */
  act(waiting: string, act: (actions: IFormActions) => void): void;
  /** Do something that leaves the card as it is. */
  readonly actions: IFormActions;
  /** Say what is wrong, or that nothing is. */
  complain(message: string): void;
  cancel(): void;
}

/** What stands in a card between its description and its end. */
export interface IContent {
  readonly nodes: HTMLElement[];
  /** What is said while an answer is under way. */
  readonly saving: string;
  /** Put the cursor where the person goes on. */
  focus(): void;
  /** Take what stands in the fields; Enter was pressed in one. */
  submit(): void;
  /** Mark what has to be changed, or nothing any more. */
  mark(invalid: boolean): void;
  /** Forget what was typed. */
  forget(): void;
  /** Show where the prompt and its sign-in stand now. */
  draw(): void;
  dispose(): void;
}

/** Say why nothing can be typed on this page. */
export function whyNoField({ words: { trans } }: ICard): string {
  return trans.__(
    'The browser encrypts only on pages from https or localhost, and this page is from neither, so nothing can be typed here.'
  );
}

/**
 * Make the button that goes on in the kernel's own input line.
 *
 * @param make - makes a button of the kind that is wanted
 */
export function lineButton(
  card: ICard,
  make: (text: string, onPress: () => void) => HTMLButtonElement
): HTMLButtonElement {
  const { trans } = card.words;
  return make(trans.__("Type it in the kernel's input line instead"), () =>
    card.act(trans.__('Type it in the line below the cell.'), actions =>
      actions.typeInKernel()
    )
  );
}

/** Make the button that ends the prompt without an answer. */
export function cancelButton(card: ICard): HTMLButtonElement {
  const { trans } = card.words;
  return button('cancel', trans.__('Cancel'), () => card.cancel());
}

/** Make the line at the end of a card: where to find out more, and a promise. */
export function footer(
  help: string,
  address: string,
  promise: string
): HTMLElement {
  const made = element('div', 'footer');
  const link =
    externalLink('help', help, address) ?? element('span', 'address', address);
  made.append(...(address ? [link] : []), element('span', 'promise', promise));
  return made;
}
