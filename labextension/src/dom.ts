/** Building the prompt's elements. Text is always text, never HTML. */
import { webHost } from './webaddress';

/** Make an element with a class of the prompt and, perhaps, text. */
export function element<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  part: string,
  text = ''
): HTMLElementTagNameMap[T] {
  const made = document.createElement(tag);
  made.className = `jp-AttioPrompt-${part}`;
  made.textContent = text;
  return made;
}

/** Make a button that calls back when it is pressed. */
export function button(
  part: string,
  text: string,
  onPress: () => void
): HTMLButtonElement {
  const made = element('button', part, text);
  made.type = 'button';
  made.addEventListener('click', onPress);
  return made;
}

/** Make the button that a card is about. */
export function primary(text: string, onPress: () => void): HTMLButtonElement {
  const made = button('connect', text, onPress);
  made.classList.add('jp-mod-styled', 'jp-mod-accept');
  return made;
}

/** Make a row of elements, in a class of its own. */
export function row(part: string, ...parts: HTMLElement[]): HTMLElement {
  const made = element('div', part);
  made.append(...parts);
  return made;
}

/** Make a link to another page, or nothing where no browser may be sent. */
export function externalLink(
  part: string,
  text: string,
  address: string
): HTMLAnchorElement | null {
  if (!webHost(address)) {
    return null;
  }
  const made = element('a', part, text);
  made.href = address;
  made.target = '_blank';
  made.rel = 'noopener noreferrer';
  return made;
}
