/** What can be done about a connection: the one action of its row, and its menu. */
import {
  canApprove,
  canConnect,
  canDisconnect,
  canRedefine,
  canReplaceClientSecret,
  isMissing,
  isSpoilt,
  offersStored
} from './can';
import { needsAttention } from './rows';
import type { IConnectionName } from './state';
import type { IRow } from './tokens';
import type { Wording } from './wording';

export type RowAction =
  | 'approve'
  | 'connect'
  | 'test'
  | 'copy'
  | 'edit'
  | 'replace-client-secret'
  | 'forget-client-secret'
  | 'use-stored'
  | 'rename-key'
  | 'disconnect'
  | 'remove';

export interface IMenuItem {
  id: RowAction;
  label: string;
}

/** What has to be done before a connection can be tested; `test` where nothing has. */
export type TestStep = 'test' | 'connect' | 'approve' | 'set-address' | 'none';

/** What a person most likely wants to do next about a connection. */
export function mainAction(row: IRow): RowAction {
  const { connection } = row;
  // What is under way does not change it: its button stays where it is.
  const mayConnect = canConnect({ ...row, doing: '' });
  if (mayConnect && connection.standing === 'changed') {
    return 'approve';
  }
  if (mayConnect && offersStored(row)) {
    return 'use-stored';
  }
  if (mayConnect && (isMissing(connection) || isSpoilt(connection))) {
    return 'connect';
  }
  return testStep(row) === 'test' ? 'test' : 'copy';
}

/** Whether the main action of a row is in sight all the time, since somebody should take it. */
export function isOffered(row: IRow): boolean {
  const hasCause = needsAttention(row) || offersStored(row);
  const leadsOn = !['test', 'copy'].includes(mainAction(row));
  return hasCause && leadsOn && row.prompt === null;
}

/** What a person has to do first to be able to test a connection. */
export function testStep({ connection }: IRow): TestStep {
  const { why_no_test, may_configure, variable, standing } = connection;
  if (!why_no_test) {
    return 'test';
  }
  if (!may_configure) {
    return 'none';
  }
  if (isMissing(connection)) {
    return variable ? 'none' : 'connect';
  }
  return standing === 'changed' ? 'approve' : 'set-address';
}

/** What the menu of a row lists, in groups. */
export function menuGroups(row: IRow, wording: Wording): IMenuItem[][] {
  const { trans } = wording;
  const isFree = row.doing === '';
  const item = (id: RowAction, label: string, isOffered: boolean) =>
    isOffered ? [{ id, label }] : [];
  const hasSecret = canReplaceClientSecret(row);
  const hasStored = canConnect(row) && offersStored(row);
  const groups = [
    [
      ...item('approve', trans.__('Review addresses…'), canApprove(row)),
      ...item('use-stored', trans.__('Use the stored value'), hasStored),
      ...item('connect', connectLabel(row, wording), canConnect(row)),
      ...item('test', testLabel(row, wording), isFree),
      ...item('copy', trans.__('Copy code'), true)
    ],
    [
      ...item('edit', trans.__('Edit…'), row.connection.may_configure),
      ...item('rename-key', trans.__('Rename key…'), canRedefine(row))
    ],
    [
      ...item(
        'replace-client-secret',
        trans.__('Replace client secret…'),
        hasSecret
      ),
      ...item(
        'forget-client-secret',
        trans.__('Forget client secret…'),
        hasSecret
      )
    ],
    [
      ...item('disconnect', trans.__('Disconnect…'), canDisconnect(row)),
      ...item('remove', trans.__('Remove…'), canRedefine(row))
    ]
  ];
  return groups.filter(group => group.length > 0);
}

/** The lines of Python that get a connection. */
export function codeFor(name: IConnectionName): string {
  return `from attio_nb import get_${name.owner}_connection\n\nconnection = ${callFor(name)}`;
}

/** The call that gets a connection. */
export function callFor({ owner, key }: IConnectionName): string {
  return `get_${owner}_connection(${key === null ? '' : JSON.stringify(key)})`;
}

/** What the button of a row's main action says. */
export function mainLabel(row: IRow, { trans }: Wording): string {
  switch (mainAction(row)) {
    case 'approve':
      return trans.__('Review');
    case 'connect':
      return isMissing(row.connection)
        ? trans.__('Connect')
        : trans.__('Reconnect');
    case 'use-stored':
      return trans.__('Use it');
    case 'test':
      return trans.__('Test');
    default:
      return trans.__('Copy code');
  }
}

function connectLabel({ connection }: IRow, { trans }: Wording): string {
  return isMissing(connection) ? trans.__('Connect…') : trans.__('Reconnect…');
}

/** A test that is not possible yet is listed with what makes it possible. */
function testLabel(row: IRow, { trans }: Wording): string {
  switch (testStep(row)) {
    case 'test':
      return trans.__('Test');
    case 'connect':
      return trans.__('Test (connect first)…');
    case 'approve':
      return trans.__('Test (review addresses first)…');
    case 'set-address':
      return trans.__('Test (set a test address first)…');
    case 'none':
      return trans.__('Test (why not?)');
  }
}
