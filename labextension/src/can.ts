/** What can be done about a connection, as it stands. */
import type { IConnection } from './state';
import type { IRow } from './tokens';

/** Whether it has to be connected before a cell can use it. */
export function isMissing({ standing }: IConnection): boolean {
  return standing === 'not-connected' || standing === 'not-configured';
}

/** Whether it was connected and does not work any more. */
export function isSpoilt({ standing }: IConnection): boolean {
  return standing === 'expired' || standing === 'refused';
}

/** Whether it can be connected, or connected anew. */
export function canConnect({ connection, doing }: IRow): boolean {
  // What an environment variable says wins over what would be stored.
  return connection.may_configure && !connection.variable && doing === '';
}

/** Whether its value waits for somebody to review where it may go. */
export function canApprove(row: IRow): boolean {
  return canConnect(row) && row.connection.standing === 'changed';
}

/** Whether it signs in as an OAuth client that has a secret, which can be replaced. */
export function canReplaceClientSecret(row: IRow): boolean {
  return canConnect(row) && hasClientSecret(row.connection);
}

/** Whether its OAuth client has a secret, as the app file says. */
export function hasClientSecret({ type, definition }: IConnection): boolean {
  const method = definition.client_authentication ?? 'none';
  return type === 'oauth2' && method !== 'none';
}

/** Whether its key can be renamed and it can be removed from the app file. */
export function canRedefine({ connection, doing }: IRow): boolean {
  return (
    connection.may_configure && connection.suggested_key !== '' && doing === ''
  );
}

/** Whether a value that fits is stored under a key that the app file no longer names. */
export function offersStored({ connection }: IRow): boolean {
  return connection.stored_under !== null && isMissing(connection);
}

/** Whether there is something stored that can be deleted. */
export function canDisconnect(row: IRow): boolean {
  return canConnect(row) && !isMissing(row.connection);
}

/** Whether it can be tried at its service. */
export function canTest({ connection, doing }: IRow): boolean {
  return connection.why_no_test === '' && doing === '';
}
