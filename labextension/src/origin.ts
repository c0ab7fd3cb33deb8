/**
 * Tells whether a person started a command with one of our controls.
 *
 * JupyterLab runs any command for a click on markup that names it, with arguments
 * from the markup; before 4.5.7 (CVE-2026-42557) it did so for a notebook that
 * nobody trusts, without a question. So what sends, connects or writes has to
 * know that a person chose it.
 */
import { CommandRegistry } from '@lumino/commands';
import type {
  ReadonlyJSONObject,
  ReadonlyPartialJSONObject
} from '@lumino/coreutils';

/** How long after a key JupyterLab may run the command of that key, in milliseconds. */
const KEY_DELAY = 2000;

/** Tells whether a person chose a command, at the moment at which it starts. */
export class CommandOrigin {
  /**
   * Arguments for the controls that we make ourselves.
   *
   * They are recognised by identity: an object that is read from JSON is never the same one.
   */
  readonly args: ReadonlyJSONObject = { origin: Object.freeze({}) };
  private key: KeyboardEvent | null = null;

  /**
   * @param commands - knows the keys of each command
   * @param page - where keys are pressed
   */
  constructor(
    private readonly commands: CommandRegistry,
    page: Document = document
  ) {
    page.addEventListener('keydown', event => this.noteKey(event), true);
  }

  /** Whether a person chose it in our panel, the palette, a menu, or with its keys. */
  isPerson(command: string, { origin }: ReadonlyPartialJSONObject): boolean {
    return (
      (origin !== undefined && origin === this.args.origin) ||
      isChosenInMenu() ||
      this.takeKey(command)
    );
  }

  private noteKey(event: KeyboardEvent): void {
    if (event.isTrusted && !event.repeat) {
      this.key = event;
    }
  }

  /**
   * Whether the keys of the command were pressed, for which it starts once.
   *
   * JupyterLab starts it later, once it knows that the keys type no text.
   */
  private takeKey(command: string): boolean {
    const { key } = this;
    if (!key || performance.now() - key.timeStamp > KEY_DELAY) {
      return false;
    }
    const keystroke = CommandRegistry.keystrokeForKeydownEvent(key);
    const isBound = this.commands.keyBindings.some(
      ({ command: bound, keys }) =>
        bound === command && keys[keys.length - 1] === keystroke
    );
    if (isBound) {
      this.key = null;
    }
    return isBound;
  }
}

/** Whether the event that is being handled is a person's, in a menu. */
export function isChosenInMenu(event = window.event): boolean {
  return !!event?.isTrusted && isInMenu(event);
}

/** Whether it happens in a menu, a child of the body itself, where no notebook has markup. */
function isInMenu(event: Event): boolean {
  const path = event.composedPath();
  const top = path[path.indexOf(document.body) - 1];
  return top instanceof Element && top.classList.contains('lm-Menu');
}
