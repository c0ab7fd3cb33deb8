/** A sign-in on another device: its code, where to type it, and for how long. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { button, element, externalLink, row } from './dom';
import type { IDeviceCode } from './protocol';
import { remaining } from './stage';
import { webHost } from './webaddress';

const SECOND = 1000;

/** Where a link goes in a sentence that was translated as a whole. */
const GAP = '\u0000';

/** What is shown of a code; nothing until there is one. */
export class DeviceCode {
  readonly node = element('div', 'device');
  private readonly expiry = element('span', 'expiry');
  private shown = '';
  private until = 0;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly trans: TranslationBundle) {
    this.expiry.setAttribute('role', 'timer');
    // It is read out with the code, and not again.
    this.node.setAttribute('aria-live', 'polite');
  }

  /** Show a code, or none. */
  show(device: IDeviceCode | null): void {
    const code = device?.user_code ?? '';
    if (code === this.shown) {
      return;
    }
    this.dispose();
    this.shown = code;
    if (device) {
      this.until = Date.now() + device.expires_in * SECOND;
      this.tick();
      this.timer = setInterval(() => this.tick(), SECOND);
      this.draw(device);
    }
  }

  dispose(): void {
    clearInterval(this.timer);
    this.shown = '';
    this.node.replaceChildren();
  }

  private draw(device: IDeviceCode): void {
    const words = element('div', 'deviceWords');
    words.append(
      instruction(device, this.trans),
      row('codeRow', ...code(device.user_code, this.trans)),
      this.expiry
    );
    this.node.append(words, ...picture(device, this.trans));
  }

  private tick(): void {
    const seconds = (this.until - Date.now()) / SECOND;
    this.expiry.textContent = remaining(seconds, this.trans);
    if (seconds <= 0) {
      clearInterval(this.timer);
    }
  }
}

function instruction(
  device: IDeviceCode,
  trans: TranslationBundle
): HTMLElement {
  const { verification_uri: address, verification_uri_complete: full } = device;
  const sentence = element('p', 'hint');
  // The link shows the address without the code, so both are on one host.
  const target = webHost(full) === webHost(address) ? full : address;
  const link =
    externalLink('help', address, target) ??
    element('span', 'address', address);
  const [before, after] = trans
    .__('On any device, open %1 and type this code:', GAP)
    .split(GAP);
  sentence.append(before, link, after ?? '');
  return sentence;
}

function code(text: string, trans: TranslationBundle): HTMLElement[] {
  const shown = element('code', 'code', text);
  // Gone where a page may not use the clipboard; the code can be selected.
  const { clipboard } = navigator as { clipboard?: Clipboard };
  if (!clipboard) {
    return [shown];
  }
  const copy = button('copy', trans.__('Copy'), () => {
    clipboard.writeText(text).then(
      () => (copy.textContent = trans.__('Copied')),
      () => (copy.textContent = trans.__('Select the code to copy it'))
    );
  });
  copy.setAttribute('aria-live', 'polite');
  return [shown, copy];
}

function picture(device: IDeviceCode, trans: TranslationBundle): HTMLElement[] {
  if (!device.qr.startsWith('data:image/')) {
    return [];
  }
  const image = element('img', 'qr');
  image.src = device.qr;
  image.alt = trans.__('QR code of %1', device.verification_uri);
  return [image];
}
