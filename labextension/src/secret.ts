/** What a card holds where something is typed: a value, or a client's secret. */
import type { ICard, IContent } from './card';
import { CANNOT_SEAL, IN_THE_LINE } from './card';
import { cancelButton, footer, typeInKernel } from './card';
import { element, primary, row } from './dom';
import { SecretField, TextField } from './fields';

/** One masked field, and how it is sent. */
abstract class MaskedContent implements IContent {
  abstract readonly nodes: HTMLElement[];
  abstract readonly saving: string;
  protected readonly value: SecretField;

  constructor(
    protected readonly card: ICard,
    label: string,
    placeholder: string
  ) {
    this.value = new SecretField(`${card.id}-value`, label, placeholder);
    this.value.input.setAttribute('aria-describedby', card.error.id);
  }

  focus(): void {
    this.value.input.focus();
  }

  submit(): void {
    const value = this.value.input.value;
    if (value.trim()) {
      this.card.complain('');
      this.send(value);
    } else {
      this.card.complain(
        'Nothing was typed. Paste the value, then press Enter.'
      );
      this.value.input.focus();
    }
  }

  mark(invalid: boolean): void {
    this.value.invalid = invalid;
  }

  forget(): void {
    this.value.clear();
  }

  draw(): void {}

  dispose(): void {
    this.value.clear();
  }

  protected abstract send(value: string): void;

  protected buttons(text: string): HTMLElement[] {
    return [primary(text, () => this.submit()), cancelButton(this.card)];
  }
}

/** The value of a connection that the app file defines. */
export class SecretContent extends MaskedContent {
  readonly saving = 'Saving…';
  readonly nodes: HTMLElement[];

  constructor(card: ICard) {
    super(card, 'Value', 'Paste it here');
    this.nodes = [
      row('row', this.value.node, ...this.buttons('Connect')),
      card.error,
      footer(
        'Where do I find this?',
        card.prompt.help_url,
        'It is never saved in the notebook.'
      )
    ];
  }

  protected send(value: string): void {
    this.card.act(this.saving, actions => actions.connect({ value }));
  }
}

/** A value, with what defines a connection that the app file lacks. */
export class NewConnectionContent extends MaskedContent {
  readonly saving = 'Saving…';
  readonly nodes: HTMLElement[];
  private readonly title: TextField;
  private readonly hosts: TextField;

  constructor(card: ICard) {
    super(card, 'Value', 'Paste it here');
    this.title = new TextField(
      `${card.id}-title`,
      'Title (optional)',
      'For example: Sequencer API key'
    );
    this.hosts = new TextField(
      `${card.id}-hosts`,
      'May be sent to (optional)',
      'For example: api.example.com, *.example.org'
    );
    this.nodes = [
      element(
        'p',
        'hint',
        'This makes a secret, such as an API key. An OAuth 2.0 connection is ' +
          'defined with %connect --add, in a cell.'
      ),
      this.title.node,
      this.value.node,
      card.error,
      this.hosts.node,
      footer(
        'Where do I find this?',
        card.prompt.help_url,
        `Title and hosts are written to ${card.prompt.app_file}, the value is not.`
      ),
      row('buttons', ...this.buttons('Connect'))
    ];
  }

  override focus(): void {
    this.title.input.focus();
  }

  protected send(value: string): void {
    const title = this.title.text;
    const hosts = this.hosts.text.split(/[\s,]+/).filter(Boolean);
    this.card.act(this.saving, actions =>
      actions.connect({ value, title, hosts })
    );
  }
}

/** The secret of the OAuth client, without which nobody can sign in. */
export class ClientSecretContent extends MaskedContent {
  readonly saving = 'Saving…';
  readonly nodes: HTMLElement[];

  constructor(card: ICard) {
    super(card, 'Client secret', 'Paste the client secret here');
    this.nodes = [
      element(
        'p',
        'hint',
        'This app signs in as a client that has a secret. It is asked for ' +
          'once; the sign-in follows.'
      ),
      row('row', this.value.node, ...this.buttons('Continue')),
      card.error,
      footer(
        'Where is the client registered?',
        card.prompt.help_url,
        `It is kept in the vault, never in ${card.prompt.app_file || 'a file'}.`
      )
    ];
  }

  protected send(value: string): void {
    this.card.act(this.saving, actions => actions.keepClientSecret(value));
  }
}

/** What to do on a page where nothing can be typed. */
export class DetourContent implements IContent {
  readonly saving = 'Saving…';
  readonly nodes: HTMLElement[];
  private readonly buttons: HTMLButtonElement[];

  constructor(card: ICard) {
    const { stdin_allowed: allowed, help_url } = card.prompt;
    this.buttons = [cancelButton(card)];
    if (allowed) {
      this.buttons.unshift(primary(IN_THE_LINE, () => typeInKernel(card)));
    }
    const advice = allowed
      ? ''
      : ' Open JupyterLab that way and run the cell again.';
    this.nodes = [
      element('p', 'detour', CANNOT_SEAL + advice),
      card.error,
      row('buttons', ...this.buttons),
      footer('Where do I find this?', help_url, '')
    ];
  }

  focus(): void {
    this.buttons[0].focus();
  }

  submit(): void {}

  mark(): void {}

  forget(): void {}

  draw(): void {}

  dispose(): void {}
}
