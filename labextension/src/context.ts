/** What every part of the panel is handed. */
import * as React from 'react';

import type { ConnectionActions } from './actions';
import { ownId } from './mark';
import type { Forms } from './opened';
import type { IConnectionsModel, IRow } from './tokens';
import type { Wording } from './wording';

/** What the panel shows, what a person can do there, and in which words. */
export interface IPanelContext {
  model: IConnectionsModel;
  actions: ConnectionActions;
  wording: Wording;
  /** What is half typed. */
  forms: Forms;
}

/** What a row and its parts are handed. */
export interface IRowProps {
  row: IRow;
  context: IPanelContext;
}

/** The id of the element that names a row. */
export function titleId({ id }: IRow): string {
  return ownId(id.replace(/[^\w-]/g, '-'));
}

/** Make an id for an element of the panel, which stays its own. */
export function useOwnId(): string {
  return ownId(React.useId());
}
