/** What a card shows of a sign-in. It knows no elements. */
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

const ON_DEVICE = 'Waiting for you to sign in on the other device…';

const NOT_NOW: IStage = {
  stage: 'preparing',
  button: 'Preparing…',
  enabled: false,
  primary: true,
  waiting: '',
  link: false,
  paste: 'no',
  device: false
};

/** Say what to show of a sign-in, of which nothing may be known yet. */
export function stageOf(signIn: IShownSignIn | null, opened: Opened): IStage {
  if (signIn?.state === 'failed') {
    return { ...NOT_NOW, stage: 'failed', button: 'Try again', enabled: true };
  }
  if (!signIn?.authorization_url) {
    return NOT_NOW;
  }
  // While its code is being exchanged it looks as before, and does nothing.
  return { ...readyStage(signIn, opened), enabled: signIn.state === 'ready' };
}

function readyStage(signIn: IShownSignIn, opened: Opened): IStage {
  const { host, has_device: device } = signIn;
  const byHand = signIn.returns === 'paste';
  if (opened === 'no') {
    return {
      ...NOT_NOW,
      stage: 'ready',
      button: `Sign in at ${host}`,
      enabled: true,
      waiting: signIn.device ? ON_DEVICE : '',
      paste: byHand ? 'open' : 'no',
      device
    };
  }
  const back = byHand
    ? `Waiting for the address from ${host}…`
    : `Waiting for you to come back from ${host}…`;
  return {
    stage: opened === 'yes' ? 'opened' : 'blocked',
    button: opened === 'yes' ? 'Open the page again' : `Sign in at ${host}`,
    enabled: true,
    primary: false,
    waiting: opened === 'yes' ? back : '',
    link: opened === 'blocked',
    paste: byHand ? 'open' : 'offered',
    device
  };
}

const LEFT = 'Copy its whole address from the address bar and paste it here.';

/** Say why, and which, address is to be pasted. */
export function pasteHint(signIn: IShownSignIn): string {
  if (signIn.elsewhere) {
    return (
      'The Jupyter server cannot hand a sign-in to this kernel, which may run ' +
      'on another computer. After signing in, you may land on a page that ' +
      `cannot be reached. ${LEFT}`
    );
  }
  if (signIn.returns === 'paste') {
    return `After signing in, you land on a page that knows nothing of this notebook. ${LEFT}`;
  }
  return (
    'For when the page that you came back to could not be reached, as may be ' +
    `where the kernel runs on another computer. ${LEFT}`
  );
}

/** Say how long a code is good for yet. */
export function remaining(seconds: number): string {
  if (seconds <= 0) {
    return 'The code has expired.';
  }
  const left = Math.ceil(seconds);
  const padded = String(left % 60).padStart(2, '0');
  return `The code expires in ${Math.floor(left / 60)}:${padded}.`;
}
