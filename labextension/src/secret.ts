/** What a card holds where something is typed: a value, or a client's secret. */
import type { ICard, IContent } from './card';
import { cancelButton, footer, lineButton, whyNoField } from './card';
import { button, element, primary, row } from './dom';
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
    const { trans } = card.words;
    this.value = new SecretField(`${card.id}-value`, label, placeholder, trans);
    this.value.input.setAttribute('aria-describedby', card.error.id);
  }

  focus(): void {
    this.value.input.focus();
  }

  submit(): void {
    const { value } = this.value;
    if (value.trim()) {
      this.card.complain('');
      this.send(value);
    } else {
      const { trans } = this.card.words;
      this.card.complain(
        trans.__('Nothing was typed. Paste the value, then press Enter.')
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
  readonly saving: string;
  readonly nodes: HTMLElement[];

  constructor(card: ICard) {
    const { trans } = card.words;
    super(card, trans.__('Value'), trans.__('Paste it here'));
    this.saving = trans.__('Saving…');
    this.nodes = [
      row('row', this.value.node, ...this.buttons(trans.__('Connect'))),
      card.error,
      footer(
        trans.__('Where do I find this?'),
        card.prompt.help_url,
        trans.__('It is never saved in the notebook.')
      )
    ];
  }

  protected send(value: string): void {
    this.card.act(this.saving, actions => actions.connect({ value }));
  }
}

/** A value, with what defines a connection that the app file lacks. */
export class NewConnectionContent extends MaskedContent {
  readonly saving: string;
  readonly nodes: HTMLElement[];
  private readonly title: TextField;
  private readonly hosts: TextField;

  constructor(card: ICard) {
    const { trans } = card.words;
    super(card, trans.__('Value'), trans.__('Paste it here'));
    this.saving = trans.__('Saving…');
    this.title = new TextField(
      `${card.id}-title`,
      trans.__('Title (optional)'),
      trans.__('For example: Sequencer API key')
    );
    this.hosts = new TextField(
      `${card.id}-hosts`,
      trans.__('May be sent to (optional)'),
      trans.__('For example: api.example.com, *.example.org')
    );
    this.nodes = [
      element(
        'p',
        'hint',
        trans.__(
          'This makes a secret, such as an API key. An OAuth 2.0 connection is defined with %connect --add in a cell, or in the Connections tab.'
        )
      ),
      this.value.node,
      card.error,
      this.title.node,
      this.hosts.node,
      footer(
        trans.__('Where do I find this?'),
        card.prompt.help_url,
        trans.__(
          'Title and hosts are written to %1, the value is not.',
          card.prompt.app_file
        )
      ),
      row('buttons', ...this.buttons(trans.__('Connect')))
    ];
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
  readonly saving: string;
  readonly nodes: HTMLElement[];
  private readonly hint = element('p', 'hint');
  private readonly stored: HTMLButtonElement;

  constructor(card: ICard) {
    const { trans } = card.words;
    super(
      card,
      trans.__('Client secret'),
      trans.__('Paste the client secret here')
    );
    this.saving = trans.__('Saving…');
    this.stored = button('link', trans.__('Use the one that is stored'), () =>
      this.card.act(trans.__('Trying the stored one…'), actions =>
        actions.useStoredClientSecret()
      )
    );
    this.nodes = [
      this.hint,
      row('row', this.value.node, ...this.buttons(trans.__('Continue'))),
      card.error,
      row('ways', this.stored),
      footer(
        trans.__('Where is the client registered?'),
        card.prompt.help_url,
        card.prompt.app_file
          ? trans.__(
              'It is kept in the vault, never in %1.',
              card.prompt.app_file
            )
          : trans.__('It is kept in the vault, never in a file.')
      )
    ];
    this.draw();
  }

  override draw(): void {
    const { prompt, words } = this.card;
    this.stored.hidden = !prompt.client_secret_stored;
    const hint = prompt.client_secret_stored
      ? words.trans.__(
          'A client secret is stored. If it may be wrong, type it anew; it stays stored until the new one has worked.'
        )
      : words.trans.__(
          'This app signs in as a client that has a secret. It is asked for once; the sign-in follows.'
        );
    if (this.hint.textContent !== hint) {
      this.hint.textContent = hint;
    }
  }

  protected send(value: string): void {
    this.card.act(this.saving, actions => actions.keepClientSecret(value));
  }
}

/** What to do on a page where nothing can be typed. */
export class DetourContent implements IContent {
  readonly saving: string;
  readonly nodes: HTMLElement[];
  private readonly buttons: HTMLButtonElement[];

  constructor(card: ICard) {
    const { stdin_allowed: allowed, help_url } = card.prompt;
    const { trans } = card.words;
    this.saving = trans.__('Saving…');
    this.buttons = [cancelButton(card)];
    if (allowed) {
      this.buttons.unshift(lineButton(card, primary));
    }
    const advice = allowed ? '' : ` ${card.words.elsewhere}`;
    this.nodes = [
      element('p', 'detour', whyNoField(card) + advice),
      card.error,
      row('buttons', ...this.buttons),
      footer(trans.__('Where do I find this?'), help_url, '')
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
