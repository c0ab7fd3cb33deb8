/** What a card shows of a sign-in. It knows no elements. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IShownSignIn } from './card';

/** How far a sign-in has come, as the person sees it. */
export type Stage = 'preparing' | 'ready' | 'opened' | 'blocked' | 'failed';

/** What became of the provider's page in this page. */
export type Opened = 'no' | 'yes' | 'blocked';

/** What there is to press, read and do. */
export interface IStage {
  stage: Stage;
  /** What the button says, and whether it does anything yet. */
  button: string;
  enabled: boolean;
  /** Whether the button is what the person is expected to press next. */
  primary: boolean;
  /** What is waited for, or ''. */
  waiting: string;
  /** Whether a link has to do what the button could not. */
  link: boolean;
  /** Whether an address may be pasted, and whether the field is shown at once. */
  paste: 'no' | 'offered' | 'open';
  /** Whether another device may be used. */
  device: boolean;
}

const NOT_NOW: IStage = {
  stage: 'preparing',
  button: '',
  enabled: false,
  primary: true,
  waiting: '',
  link: false,
  paste: 'no',
  device: false
};

/** Say what to show of a sign-in, of which nothing may be known yet. */
export function stageOf(
  signIn: IShownSignIn | null,
  opened: Opened,
  trans: TranslationBundle
): IStage {
  if (signIn?.state === 'failed') {
    const button = trans.__('Try again');
    return { ...NOT_NOW, stage: 'failed', button, enabled: true };
  }
  if (!signIn?.authorization_url) {
    return { ...NOT_NOW, button: trans.__('Preparing…') };
  }
  const stage =
    opened === 'no' ? readyStage(signIn, trans) : goneStage(signIn, trans);
  return {
    ...stage,
    ...(opened === 'blocked' ? blockedStage(signIn, trans) : {}),
    // While its code is being exchanged it looks as before, and does nothing.
    enabled: signIn.state === 'ready'
  };
}

function readyStage(signIn: IShownSignIn, trans: TranslationBundle): IStage {
  return {
    ...NOT_NOW,
    stage: 'ready',
    button: trans.__('Sign in at %1', signIn.host),
    waiting: signIn.device
      ? trans.__('Waiting for you to sign in on the other device…')
      : '',
    paste: signIn.returns === 'paste' ? 'open' : 'no',
    device: signIn.has_device
  };
}

function goneStage(signIn: IShownSignIn, trans: TranslationBundle): IStage {
  const byHand = signIn.returns === 'paste';
  return {
    ...NOT_NOW,
    stage: 'opened',
    button: trans.__('Open the page again'),
    primary: false,
    waiting: byHand
      ? trans.__('Waiting for the address from %1…', signIn.host)
      : trans.__('Waiting for you to come back from %1…', signIn.host),
    paste: byHand ? 'open' : 'offered',
    device: signIn.has_device
  };
}

/** What is otherwise where the browser has not opened the page. */
function blockedStage(
  { host }: IShownSignIn,
  trans: TranslationBundle
): Partial<IStage> {
  const button = trans.__('Sign in at %1', host);
  return { stage: 'blocked', button, waiting: '', link: true };
}

/** Say why, and which, address is to be pasted. */
export function pasteHint(
  signIn: IShownSignIn,
  trans: TranslationBundle
): string {
  const left = trans.__(
    'Copy its whole address from the address bar and paste it here.'
  );
  return `${whyPaste(signIn, trans)} ${left}`;
}

function whyPaste(signIn: IShownSignIn, trans: TranslationBundle): string {
  if (signIn.elsewhere) {
    return trans.__(
      'The Jupyter server cannot hand a sign-in to this kernel, which may run on another computer. After signing in, you may land on a page that cannot be reached.'
    );
  }
  if (signIn.returns === 'paste') {
    return trans.__(
      'After signing in, you land on a page that knows nothing of this notebook.'
    );
  }
  return trans.__(
    'For when the page that you came back to could not be reached, as may be where the kernel runs on another computer.'
  );
}

/** Say how long a code is good for yet. */
export function remaining(seconds: number, trans: TranslationBundle): string {
  if (seconds <= 0) {
    return trans.__('The code has expired.');
  }
  const left = Math.ceil(seconds);
  const padded = String(left % 60).padStart(2, '0');
  return trans.__(
    'The code expires in %1.',
    `${Math.floor(left / 60)}:${padded}`
  );
}
