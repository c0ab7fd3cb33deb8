/** The status item: who acts, and how many connections somebody has to see to. */
import type { IStatusBar } from '@jupyterlab/statusbar';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';

import { connectionsIcon } from './icons';
import { markOwn } from './mark';
import type { IConnectionsModel } from './tokens';
import { isolated } from './wording';
import type { Wording } from './wording';

/**
 * Put the status item into the status bar.
 *
 * @param bar - the status bar
 * @param model - the connections
 * @param wording - the words of the tab
 * @param open - shows the panel
 */
export function addStatus(
  bar: IStatusBar,
  model: IConnectionsModel,
  wording: Wording,
  open: () => void
): void {
  bar.registerStatusItem('attio-nb:connections', {
    item: new Status(model, wording, open),
    align: 'left',
    rank: 5,
    isActive: () => hasApp(model),
    activeStateChanged: model.changed
  });
}

/** Whether there is an app that the status could be about. */
function hasApp({ state }: IConnectionsModel): boolean {
  return state !== null && state.app !== null;
}

class Status extends ReactWidget {
  constructor(
    private readonly model: IConnectionsModel,
    private readonly wording: Wording,
    private readonly open: () => void
  ) {
    super();
    this.addClass('jp-AttioConnections-statusItem');
    this.addClass('jp-mod-highlighted');
    markOwn(this.node);
  }

  protected override render(): JSX.Element {
    const { model } = this;
    return React.createElement(UseSignal, {
      signal: model.changed,
      children: () => (hasApp(model) ? this.button() : null)
    });
  }

  private button(): JSX.Element {
    const { trans } = this.wording;
    const short = this.short();
    const name = trans.__('Connections');
    const label = short ? `${name}: ${short}` : name;
    return React.createElement(
      'button',
      {
        type: 'button',
        className: 'jp-AttioConnections-status',
        'aria-label': label,
        title: label,
        onClick: this.open
      },
      React.createElement(connectionsIcon.react, {
        tag: 'span',
        stylesheet: 'statusBar'
      }),
      short && React.createElement('span', null, short)
    );
  }

  private short(): string {
    const { model, wording } = this;
    const { acting, attention, unlistedUser } = model;
    return [
      acting ? isolated(acting.id) : '',
      unlistedUser ? wording.trans.__('choose who you are') : '',
      attention > 0 ? wording.attention(attention) : ''
    ]
      .filter(Boolean)
      .join(' · ');
  }
}
