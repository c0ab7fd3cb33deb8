/** What the Connections tab calls things. */
import { Time } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { KernelFace } from './tokens';
import type { IConnection, IMember, Standing } from './state';

const MILLISECONDS = 1000;

type Unit = readonly [Intl.RelativeTimeFormatUnit, seconds: number];

const SECOND: Unit = ['second', 1];
const UNITS: readonly Unit[] = [
  ['year', 365 * 24 * 60 * 60],
  ['month', 30 * 24 * 60 * 60],
  ['day', 24 * 60 * 60],
  ['hour', 60 * 60],
  ['minute', 60]
];

/** How much of a title a sentence or a heading has room for. */
const TITLE_ROOM = 60;

/**
 * Keep a text from turning the sentence around it to its own direction.
 *
 * The two signs are Unicode's First Strong Isolate and Pop Directional Isolate.
 */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`;
}

/** Shorten a text by whole characters, so that no emoji is cut in two. */
export function shortened(text: string, room = TITLE_ROOM): string {
  const characters = Array.from(text);
  return characters.length > room
    ? `${characters.slice(0, room - 1).join('')}…`
    : text;
}

/** Whether the time of an access token is over. */
function hasRunOut({ expires_at }: IConnection): boolean {
  return (expires_at ?? Infinity) * MILLISECONDS <= Date.now();
}

/** The language of the page. */
function language(): string {
  return globalThis.document?.documentElement.lang || 'en';
}

/** Names all of some things, in the language of the page. */
function allOf(names: readonly string[]): string {
  return new Intl.ListFormat(language(), { type: 'conjunction' }).format(names);
}

/** Names ids as alternatives, in the language of the page. */
function anyOf(ids: readonly string[]): string {
  const format = new Intl.ListFormat(language(), { type: 'disjunction' });
  return format.format(ids.map(isolated));
}

/** The words of the tab in one language. */
export class Wording {
  constructor(readonly trans: TranslationBundle) {}

  standing(standing: Standing): string {
    const { trans } = this;
    switch (standing) {
      case 'not-configured':
        return trans.__('Not configured');
      case 'not-connected':
        return trans.__('Not connected');
      case 'connected':
        return trans.__('Connected');
      case 'expired':
        return trans.__('Expired');
      case 'changed':
        return trans.__('New addresses');
      case 'refused':
        return trans.__('Refused');
      case 'unknown':
        return trans.__('Unknown');
    }
  }

  type({ type }: Pick<IConnection, 'type'>): string {
    return type === 'secret' ? this.trans.__('Secret') : 'OAuth 2.0';
  }

  /** A connection's title as a part of a sentence. */
  title({ label }: Pick<IConnection, 'label'>): string {
    return isolated(shortened(label));
  }

  /** What the form that changes a connection is called. */
  editing(connection: Pick<IConnection, 'label'>): string {
    return this.trans.__('Edit “%1”', this.title(connection));
  }

  /** What a screen reader calls the menu of a connection. */
  actionsOn(connection: Pick<IConnection, 'label'>): string {
    return this.trans.__('Actions on %1', isolated(connection.label));
  }

  /** That code is in the clipboard now. */
  copied(code: string): string {
    return this.trans.__('Copied: %1', code);
  }

  /** A connection among others of which one is to be chosen. */
  choice(connection: IConnection): string {
    const { owner, key, standing } = connection;
    const whose =
      owner === 'workspace'
        ? this.trans.__('Workspace')
        : this.trans.__('Yours');
    const names = [this.title(connection), key, whose, this.standing(standing)];
    return names.filter(Boolean).join(' · ');
  }

  role({ role }: Pick<IMember, 'role'>): string {
    return role === 'admin' ? this.trans.__('admin') : this.trans.__('member');
  }

  member(member: IMember): string {
    return `${isolated(member.id)} · ${this.role(member)}`;
  }

  /** Whose a connection is. */
  belonging({ owner, owned_by }: IConnection): string {
    return owner === 'workspace'
      ? this.trans.__('the workspace %1', isolated(owned_by))
      : isolated(owned_by);
  }

  /** Whom a member has to ask who may not change the workspace's connections. */
  whomToAsk(admins: readonly string[]): string {
    const { trans } = this;
    return admins.length === 0
      ? trans.__('Only an admin can change these, and the app file names none.')
      : trans.__('Only an admin can change these: ask %1.', anyOf(admins));
  }

  /** The same where there is nothing to change yet. */
  whomToAskForOne(admins: readonly string[]): string {
    const { trans } = this;
    return admins.length === 0
      ? trans.__('Only an admin can add one, and the app file names none.')
      : trans.__('Only an admin can add one: ask %1.', anyOf(admins));
  }

  /** Say who can read the vault, where no keyring protects its key. */
  keyFile(file: string): string {
    return this.trans.__(
      'No keyring was found, so the key of the vault is in the file %1. Anyone who can read that file and the vault can read your connections.',
      file
    );
  }

  /** What there is to know about the kernel, or ''. */
  kernel(kernel: KernelFace): string {
    const { trans } = this;
    switch (kernel) {
      case 'starting':
        return trans.__('The kernel is starting.');
      case 'unloaded':
        return trans.__(
          'attio_nb is not loaded in the kernel yet. Connecting loads it, unless a cell is running.'
        );
      case 'unloadable':
        return trans.__(
          'attio_nb cannot be loaded in this kernel. Install it in the kernel’s environment, then restart the kernel. You can connect all the same.'
        );
      case 'busy':
        return trans.__('A cell is running. You can connect all the same.');
      case 'gone':
        return trans.__(
          'The kernel has stopped or cannot be reached. You can connect all the same.'
        );
      case 'elsewhere':
        return trans.__(
          'The kernel keeps its connections elsewhere: a cell may find others than these.'
        );
      case 'astray':
        return trans.__(
          'The kernel works in the folder of another app: its cells do not find these connections. Change its directory with %cd, or shut it down and start it anew. You can connect all the same.'
        );
      default:
        return '';
    }
  }

  /** What to call the time at which an access token runs out. */
  expiryName(connection: IConnection): string {
    const { trans } = this;
    if (!hasRunOut(connection)) {
      return trans.__('Token runs out');
    }
    return connection.is_renewed
      ? trans.__('Token is refreshed')
      : trans.__('Token ran out');
  }

  /** When an access token runs out, and what happens then. */
  expiry(connection: IConnection): string {
    const { trans } = this;
    const { expires_at, is_renewed } = connection;
    if (is_renewed && hasRunOut(connection)) {
      // The past time would say that something is wrong, and nothing is.
      return trans.__('at its next use');
    }
    const when = relative(expires_at ?? 0);
    return is_renewed ? trans.__('%1, then refreshed', when) : when;
  }

  /** Why nothing is done about an app that was shown when the person was asked. */
  get gone(): string {
    return this.trans.__(
      'Nothing was done: the app that you were asked about is not shown any more.'
    );
  }

  /** What happens when a connection is disconnected, which a member has if it is nobody else's. */
  disconnecting(connection: IConnection, member: string): string {
    const { trans } = this;
    const title = this.title(connection);
    const gone =
      connection.type === 'secret'
        ? trans.__(
            'The value of %1 is deleted here. The service still takes it: revoke it there if nobody needs it any more.',
            title
          )
        : trans.__(
            'The tokens of %1 are deleted here, and revoked at %2 if it offers that.',
            title,
            isolated(connection.provider || trans.__('the provider'))
          );
    const whose =
      connection.owner === 'workspace'
        ? trans.__('It is shared by the whole workspace.')
        : member && trans.__('The connection belongs to %1.', isolated(member));
    const then = trans.__('Cells that need it will ask for it again.');
    return [gone, whose, then].filter(Boolean).join(' ');
  }

  /** That a value is stored which no connection of the app file finds. */
  storedUnder(key: string | null): string {
    const { trans } = this;
    return key === null
      ? trans.__('A value is stored from when this connection had no key.')
      : trans.__('A value is stored under its old key, %1.', isolated(key));
  }

  /** What renaming a key changes. */
  renaming({ owner, key }: IConnection): string {
    const { trans } = this;
    const stored = trans.__('What is stored moves to the new key.');
    return key === null
      ? trans.__('Give the connection a key. %1', stored)
      : trans.__(
          '%1 Code that names the old key has to be changed: get_%2_connection("%3").',
          stored,
          owner,
          key
        );
  }

  /** What happens when a connection is removed from the app file. */
  removing(connection: IConnection, file: string): string {
    const { trans } = this;
    const gone = trans.__(
      '%1 is removed from %2. Cells that need it fail then.',
      this.title(connection),
      file
    );
    const { stored_for, client_secret_stored } = connection;
    const stays =
      stored_for.length > 0 || client_secret_stored
        ? trans.__(
            'Without the check mark, what is stored stays in the vault, and a new connection with the same owner and key finds it again.'
          )
        : trans.__('Nothing is stored of it.');
    return `${gone} ${stays}`;
  }

  /** What is deleted with a connection that is removed, or '' where nothing is stored of it. */
  removingStored(connection: IConnection): string {
    const { trans } = this;
    const { stored_for, client_secret_stored, owner } = connection;
    const whose =
      owner === 'workspace'
        ? trans.__('the workspace')
        : allOf(stored_for.map(isolated));
    if (stored_for.length === 0) {
      return client_secret_stored
        ? trans.__('Delete the client secret too')
        : '';
    }
    return client_secret_stored
      ? trans.__(
          'Delete what is stored for %1 too, and the client secret',
          whose
        )
      : trans.__('Delete what is stored for %1 too', whose);
  }

  attention(count: number): string {
    return this.trans._n('%1 needs attention', '%1 need attention', count);
  }
}

/**
 * A time as seen from now, such as "2 hours ago" or "in 59 minutes".
 *
 * JupyterLab's own `Time.formatHuman` is for times that have passed: it rounds
 * up, so that what comes in an hour comes "next year".
 *
 * @param seconds - since the epoch
 * @param now - in milliseconds since the epoch
 */
export function relative(seconds: number, now = Date.now()): string {
  const distance = seconds - now / MILLISECONDS;
  const [unit, length] =
    UNITS.find(([, length]) => Math.abs(distance) >= length) ?? SECOND;
  return new Intl.RelativeTimeFormat(language(), { numeric: 'auto' }).format(
    Math.trunc(distance / length),
    unit
  );
}

/** A time by the clock; seconds since the epoch. */
export function exact(seconds: number): string {
  return Time.format(new Date(seconds * MILLISECONDS));
}
