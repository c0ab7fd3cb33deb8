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

/**
 * A field whose text is masked, with a toggle to show it.
 *
 * A field of one line takes the line ends out of what is pasted. So several lines, such as those
 * of a PEM file, are kept beside it, and the field says how many there are.
 */
export class SecretField extends TextField {
  private readonly toggle: HTMLButtonElement;
  private readonly empty: string;
  private lines = '';

  constructor(
    id: string,
    label: string,
    placeholder: string,
    private readonly trans: TranslationBundle
  ) {
    super(id, label, placeholder);
    this.empty = placeholder;
    this.input.addEventListener('paste', event => this.onPaste(event));
    this.input.addEventListener('input', () => this.keep(''));
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

  /** What was typed, or the lines that were pasted. */
  get value(): string {
    return this.lines || this.input.value;
  }

  override clear(): void {
    super.clear();
    this.keep('');
    this.mask(true);
  }

  private onPaste(event: ClipboardEvent): void {
    const text = event.clipboardData?.getData('text/plain') ?? '';
    const isAlone = this.isAllSelected || this.lines !== '';
    if (/[\r\n]/.test(text.trim()) && isAlone && !this.input.readOnly) {
      event.preventDefault();
      this.input.value = '';
      this.keep(text);
    }
  }

  /** Whether what is pasted takes the place of all that was typed. */
  private get isAllSelected(): boolean {
    const { selectionStart, selectionEnd, value } = this.input;
    return selectionStart === 0 && selectionEnd === value.length;
  }

  private keep(lines: string): void {
    this.lines = lines;
    const count = lines.trim().split(/\r\n|\r|\n/).length;
    this.input.placeholder = lines
      ? this.trans._n('%1 line was pasted', '%1 lines were pasted', count)
      : this.empty;
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
