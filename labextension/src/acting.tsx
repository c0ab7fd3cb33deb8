/** On whose behalf cells run: always in sight, and there to be changed. */
import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IPanelContext } from './context';
import { ownId } from './mark';
import type { IMember } from './state';

const ID = ownId('acting');

interface IActingProps {
  context: IPanelContext;
}

/** The app, and the member on whose behalf its cells run. */
export function Acting({ context }: IActingProps): JSX.Element | null {
  const { model } = context;
  const app = model.state?.app;
  if (!app) {
    return null;
  }
  return (
    <div className="jp-AttioConnections-app">
      <h2 className="jp-AttioConnections-appName" dir="auto">
        {app.name}
      </h2>
      {!model.unlistedUser && <Chooser context={context} />}
    </div>
  );
}

function Chooser({ context }: IActingProps): JSX.Element {
  const { model, wording, actions } = context;
  const { trans } = wording;
  const { acting } = model;
  const hint = hintOf(context);
  return (
    <div className="jp-AttioConnections-chooser">
      <label htmlFor={ID}>{trans.__('Acting as')}</label>
      <HTMLSelect
        id={ID}
        value={acting?.id ?? ''}
        aria-describedby={hint ? `${ID}-hint` : undefined}
        onChange={({ target }) => actions.actAs(target.value)}
        options={[
          ...(acting
            ? []
            : [{ value: '', label: trans.__('choose a member') }]),
          ...choices(model.state?.members ?? [], acting).map(member => ({
            value: member.id,
            label: wording.member(member)
          }))
        ]}
      />
      {hint && (
        <p id={`${ID}-hint`} className="jp-AttioConnections-quiet">
          {hint}
        </p>
      )}
    </div>
  );
}

/** The members, and who acts though the app file does not name them. */
function choices(members: IMember[], acting: IMember | null): IMember[] {
  const isNamed = members.some(({ id }) => id === acting?.id);
  return acting && !isNamed ? [acting, ...members] : members;
}

function hintOf({ model, wording }: IPanelContext): string {
  const { trans } = wording;
  if (model.fromNextCell) {
    return trans.__('From the next cell on: one still runs for somebody else.');
  }
  switch (model.kernel) {
    case 'none':
      return trans.__('No kernel runs: this holds for the panel.');
    case 'gone':
      return trans.__(
        'The kernel cannot be reached: this holds for the panel.'
      );
    case 'no-python':
      return trans.__('The kernel runs no Python: this holds for the panel.');
    case 'unloadable':
      return trans.__('The kernel lacks attio_nb: this holds for the panel.');
    case 'starting':
    case 'unloaded':
      return model.acting?.id === model.state?.own_user
        ? ''
        : trans.__(
            'This holds for cells once attio_nb is loaded in the kernel.'
          );
    default:
      return '';
  }
}
