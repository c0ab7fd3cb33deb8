/** A sign-in on another device: its code, where to type it, and for how long. */
import { button, element, externalLink, row } from './dom';
import type { IDeviceCode } from './protocol';
import { remaining } from './stage';

const SECOND = 1000;

/** What is shown of a code; nothing until there is one. */
export class DeviceCode {
  readonly node = element('div', 'device');
  private readonly expiry = element('span', 'expiry');
  private shown = '';
  private until = 0;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
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
      instruction(device),
      row('codeRow', ...code(device.user_code)),
      this.expiry
    );
    this.node.append(words, ...picture(device));
  }

  private tick(): void {
    const seconds = (this.until - Date.now()) / SECOND;
    this.expiry.textContent = remaining(seconds);
    if (seconds <= 0) {
      clearInterval(this.timer);
    }
  }
}

function instruction(device: IDeviceCode): HTMLElement {
  const { verification_uri: address, verification_uri_complete: full } = device;
  const sentence = element('p', 'hint');
  const link =
    externalLink('help', address, full || address) ??
    element('span', 'address', address);
  sentence.append('On any device, open ', link, ' and type this code:');
  return sentence;
}

function code(text: string): HTMLElement[] {
  const shown = element('code', 'code', text);
  // Gone where a page may not use the clipboard; the code can be selected.
  const { clipboard } = navigator as { clipboard?: Clipboard };
  if (!clipboard) {
    return [shown];
  }
  const copy = button('copy', 'Copy', () => {
    clipboard.writeText(text).then(
      () => (copy.textContent = 'Copied'),
      () => (copy.textContent = 'Select the code to copy it')
    );
  });
  copy.setAttribute('aria-live', 'polite');
  return [shown, copy];
}

function picture(device: IDeviceCode): HTMLElement[] {
  if (!device.qr.startsWith('data:image/')) {
    return [];
  }
  const image = element('img', 'qr');
  image.src = device.qr;
  image.alt = `QR code of ${device.verification_uri}`;
  return [image];
}
