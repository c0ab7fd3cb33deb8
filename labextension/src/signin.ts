/** What a card holds where the person signs in at a provider. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICard, IContent, IShownSignIn } from './card';
import { cancelButton, footer, lineButton, whyNoField } from './card';
import { DeviceCode } from './device';
import { Disclosure } from './disclosure';
import { button, element, externalLink, primary, row } from './dom';
import { TextField } from './fields';
import { EMPTY_SIGN_IN } from './protocol';
import type { IStage, Opened } from './stage';
import { pasteHint, stageOf } from './stage';
import { openTab } from './tab';

/** Where the person goes, for what, and every way back. */
export class SignInContent implements IContent {
  readonly saving: string;
  readonly nodes: HTMLElement[];

  private readonly trans: TranslationBundle;
  private readonly facts: Facts;
  private readonly go: HTMLButtonElement;
  private readonly blocked = element('p', 'blocked');
  private readonly waiting = element('div', 'waiting');
  private readonly address: TextField;
  private readonly hint = element('p', 'hint');
  private readonly paste: Disclosure;
  private readonly device: Disclosure;
  private readonly code: DeviceCode;
  private opened: Opened = 'no';
  private url = '';

  constructor(
    private readonly card: ICard,
    private readonly canSeal: boolean
  ) {
    const { trans } = card.words;
    this.trans = trans;
    this.saving = trans.__('Connecting…');
    this.facts = new Facts(trans);
    this.code = new DeviceCode(trans);
    this.go = primary('', () => this.press());
    this.address = new TextField(
      `${card.id}-address`,
      trans.__('The address that you landed on'),
      'http://…?code=…&state=…'
    );
    this.address.input.setAttribute('aria-describedby', card.error.id);
    this.paste = new Disclosure(
      `${card.id}-paste`,
      trans.__('Paste the address instead'),
      () => this.address.input.focus()
    );
    this.device = new Disclosure(
      `${card.id}-device`,
      trans.__('Use another device'),
      () => this.useDevice()
    );
    this.blocked.setAttribute('role', 'alert');
    this.waiting.setAttribute('role', 'status');
    this.paste.panel.append(...this.pasteFields());
    this.device.panel.append(this.code.node);
    this.nodes = [
      this.facts.node,
      row('buttons', this.go, cancelButton(card)),
      this.blocked,
      card.error,
      this.waiting,
      row('ways', this.paste.toggle, this.device.toggle),
      this.paste.panel,
      this.device.panel,
      footer(
        '',
        '',
        trans.__('What you grant is kept in the vault, never in the notebook.')
      )
    ];
    this.draw();
  }

  focus(): void {
    const isPasting = this.paste.panel.contains(document.activeElement);
    (isPasting ? this.address.input : this.go).focus();
  }

  submit(): void {
    const address = this.address.text;
    if (address) {
      this.card.complain('');
      this.card.act(this.saving, actions => actions.pasteAddress(address));
    } else {
      this.card.complain(
        this.trans.__(
          'Nothing was pasted. Paste the address, then press Enter.'
        )
      );
      this.address.input.focus();
    }
  }

  mark(invalid: boolean): void {
    this.address.invalid = invalid && this.paste.isOpen;
  }

  forget(): void {
    this.address.clear();
  }

  draw(): void {
    const { signIn, isWaiting } = this.card;
    this.follow(signIn);
    const stage = stageOf(signIn, this.opened, this.trans);
    this.facts.show(this.card.prompt.scopes, signIn);
    this.drawButton(stage, isWaiting);
    this.drawBlocked(stage);
    const waiting = isWaiting ? '' : stage.waiting;
    if (this.waiting.textContent !== waiting) {
      this.waiting.textContent = waiting;
    }
    this.paste.isOffered = stage.paste !== 'no';
    this.device.isOffered = stage.device;
    this.hint.textContent = signIn ? pasteHint(signIn, this.trans) : '';
    this.code.show(signIn?.device ?? null);
  }

  dispose(): void {
    this.forget();
    this.code.dispose();
    this.blocked.replaceChildren();
    this.url = '';
  }

  /** Begin anew where this is another sign-in than before. */
  private follow(signIn: IShownSignIn | null): void {
    const { authorization_url: url, returns, device } = signIn ?? EMPTY_SIGN_IN;
    if (url && url !== this.url) {
      this.url = url;
      this.opened = 'no';
      this.paste.isOpen = returns === 'paste';
      this.device.isOpen = device !== null;
    }
  }

  private drawButton(stage: IStage, isWaiting: boolean): void {
    this.go.textContent = stage.button;
    this.go.setAttribute('aria-disabled', String(isWaiting || !stage.enabled));
    this.go.classList.toggle('jp-mod-accept', stage.primary);
    this.go.classList.toggle('jp-mod-quiet', !stage.primary);
  }

  private drawBlocked(stage: IStage): void {
    if (!stage.link) {
      this.blocked.replaceChildren();
    } else if (!this.blocked.hasChildNodes()) {
      const { host } = this.card.signIn ?? EMPTY_SIGN_IN;
      const text = this.trans.__('Sign in at %1', host);
      const link = externalLink('help', text, this.url);
      link?.addEventListener('click', () => this.afterClick());
      const why = this.trans.__(
        'The browser has blocked the new tab. Open it with this link:'
      );
      this.blocked.append(`${why} `, ...(link ? [link] : []));
    }
  }

  private press(): void {
    const { signIn, isWaiting, actions } = this.card;
    const { enabled, stage } = stageOf(signIn, this.opened, this.trans);
    if (isWaiting || !enabled) {
      return;
    }
    this.card.complain('');
    if (stage === 'failed') {
      actions.tryAgain();
    } else {
      this.opened = openTab(this.url) ? 'yes' : 'blocked';
      this.draw();
    }
  }

  /** A link that is gone when its click is dealt with would lead nowhere. */
  private afterClick(): void {
    setTimeout(() => {
      this.opened = 'yes';
      this.draw();
      this.go.focus();
    });
  }

  private useDevice(): void {
    const { signIn } = this.card;
    if (signIn && !signIn.device) {
      this.card.complain('');
      const asking = this.trans.__('Asking %1 for a code…', signIn.host);
      this.card.act(asking, actions => actions.useDevice());
    }
  }

  private pasteFields(): HTMLElement[] {
    if (this.canSeal) {
      const send = button('cancel', this.trans.__('Connect'), () =>
        this.submit()
      );
      return [this.hint, row('row', this.address.node, send)];
    }
    const parts: HTMLElement[] = [element('p', 'hint', whyNoField(this.card))];
    if (this.card.prompt.stdin_allowed) {
      const quiet = button.bind(null, 'cancel');
      parts.push(row('buttons', lineButton(this.card, quiet)));
    }
    return parts;
  }
}

/** Where the person is sent, who else takes part, and what is asked for. */
class Facts {
  readonly node = element('dl', 'facts');
  private host = '';
  private drawn = '';

  constructor(private readonly trans: TranslationBundle) {}

  show(scopes: string[], signIn: IShownSignIn | null): void {
    this.host = signIn?.host || this.host;
    const others = signIn?.other_hosts ?? [];
    const facts = JSON.stringify([this.host, others, scopes, signIn?.state]);
    if (facts !== this.drawn) {
      this.drawn = facts;
      this.draw(
        scopes,
        others,
        signIn?.state === 'failed' ? '' : this.trans.__('Looking it up…')
      );
    }
  }

  private draw(scopes: string[], others: string[], unknown: string): void {
    this.node.replaceChildren(
      ...fact(this.trans.__('You sign in at'), 'host', this.host || unknown),
      ...fact(this.trans.__('Also talks to'), 'fact', others.join(', ')),
      ...fact(
        this.trans.__('Asks for'),
        'fact',
        scopes.length > 0 ? list(scopes) : ''
      )
    );
  }
}

/** One fact, if it is known, and its name. */
function fact(
  name: string,
  part: string,
  value: string | HTMLElement
): HTMLElement[] {
  if (!value) {
    return [];
  }
  const shown = element('dd', part);
  shown.append(value);
  return [element('dt', 'factName', name), shown];
}

function list(values: string[]): HTMLElement {
  const made = element('ul', 'list');
  made.append(...values.map(value => element('li', 'listed', value)));
  return made;
}
