/** The fields of the prompt. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { button, element } from './dom';
import { hideIcon, showIcon } from './icons';

/** A one-line field with its label. */
export class TextField {
  readonly node: HTMLElement;
  readonly input: HTMLInputElement;

  /**
   * @param id - makes the ids of the elements unique in the page
   * @param label - always read out; seen unless the node hides it
   * @param placeholder - an example of what to type
   */
  constructor(id: string, label: string, placeholder: string) {
    this.node = element('div', 'field');
    const caption = element('label', 'label', label);
    this.input = element('input', 'input');
    this.input.id = caption.htmlFor = id;
    this.input.placeholder = placeholder;
    this.input.autocomplete = 'off';
    this.input.spellcheck = false;
    this.input.setAttribute('autocapitalize', 'off');
    this.input.setAttribute('data-jp-suppress-context-menu', '');
    this.node.append(caption, this.input);
  }

  get text(): string {
    return this.input.value.trim();
  }

  /** Mark the field as the one that has to be changed, or not. */
  set invalid(invalid: boolean) {
    this.input.setAttribute('aria-invalid', String(invalid));
  }

  /** Forget what was typed. */
  clear(): void {
    this.input.value = '';
  }
}

/** A field whose text is masked, with a toggle to show it. */
export class SecretField extends TextField {
  private readonly toggle: HTMLButtonElement;

  constructor(
    id: string,
    label: string,
    placeholder: string,
    private readonly trans: TranslationBundle
  ) {
    super(id, label, placeholder);
    for (const manager of ['1p-', 'bw', 'lp']) {
      this.input.setAttribute(`data-${manager}ignore`, 'true');
    }
    this.toggle = button('toggle', '', () => {
      this.mask(this.input.type !== 'password');
    });
    const row = element('div', 'masked');
    row.append(this.input, this.toggle);
    this.node.append(row);
    this.mask(true);
  }

  override clear(): void {
    super.clear();
    this.mask(true);
  }

  private mask(masked: boolean): void {
    this.input.type = masked ? 'password' : 'text';
    const label = masked
      ? this.trans.__('Show what is typed')
      : this.trans.__('Hide what is typed');
    // The name says what it does next: a pressed state beside it would say the opposite.
    const icon = masked ? showIcon : hideIcon;
    this.toggle.title = label;
    this.toggle.setAttribute('aria-label', label);
    this.toggle.replaceChildren(icon.element({ tag: 'span' }));
  }
}
