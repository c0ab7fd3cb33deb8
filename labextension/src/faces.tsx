/** What the panel shows where there are no connections to show, and what is wrong. */
import * as React from 'react';

import type { IPanelContext } from './context';
import { CopyButton } from './copy';
import { warningIcon } from './icons';
import type { IProblem } from './state';

/** What switches the server extension on. */
const ENABLE = 'jupyter server extension enable attio_nb.jupyter';

interface IFaceProps {
  context: IPanelContext;
}

/** The face of a panel without connections; nothing where there are some. */
export function Face({ context }: IFaceProps): JSX.Element | null {
  const { trans } = context.wording;
  switch (context.model.face) {
    case 'no-notebook':
      return (
        <div className="jp-AttioConnections-face">
          <p>
            {trans.__('Open a notebook to see the connections of its app.')}
          </p>
        </div>
      );
    case 'loading':
      return (
        <p className="jp-AttioConnections-loading" role="status">
          {trans.__('Loading the connections…')}
        </p>
      );
    case 'no-server':
      return <NoServer context={context} />;
    case 'failed':
      return <Failed context={context} />;
    case 'no-app':
      return <NoApp context={context} />;
    case 'empty':
      return <Empty context={context} />;
    default:
      return null;
  }
}

function NoServer({ context }: IFaceProps): JSX.Element {
  const { trans } = context.wording;
  return (
    <div className="jp-AttioConnections-face">
      <p>
        {trans.__(
          'The server extension of attio_nb does not answer: it is missing or switched off on this Jupyter server.'
        )}
      </p>
      <p>{trans.__('Run this where the server runs, then restart it:')}</p>
      <div className="jp-AttioConnections-command">
        <code>{ENABLE}</code>
        <CopyButton
          trans={trans}
          text={ENABLE}
          className="jp-AttioConnections-action jp-mod-bordered"
        />
      </div>
      <TryAgain context={context} />
    </div>
  );
}

function Failed({ context }: IFaceProps): JSX.Element {
  const { model, wording } = context;
  const plain = wording.trans.__('The connections could not be loaded.');
  return (
    <div className="jp-AttioConnections-face">
      <p role="alert" dir="auto">
        {model.failure || plain}
      </p>
      <TryAgain context={context} />
    </div>
  );
}

function NoApp({ context }: IFaceProps): JSX.Element | null {
  const { model, wording, actions } = context;
  const { trans } = wording;
  // Where one may be there and cannot be read, its problem says so.
  return model.state?.problems.some(isOfFile) ? null : (
    <div className="jp-AttioConnections-face">
      <p>
        {trans.__(
          'No attio-app.toml was found in the folder of this notebook or in a folder above it. Adding a connection writes one beside the notebook.'
        )}
      </p>
      <Button isMain onPress={() => actions.add()}>
        {trans.__('Add a connection')}
      </Button>
    </div>
  );
}

/** Whether it keeps from being known what the app file says, or whether there is one. */
function isOfFile({ kind }: IProblem): boolean {
  return kind === 'app-file' || kind === 'folder';
}

function Empty({ context }: IFaceProps): JSX.Element {
  const { trans } = context.wording;
  return (
    <div className="jp-AttioConnections-face">
      <p>{trans.__('This app has no connections yet.')}</p>
      <Button isMain onPress={() => context.actions.add()}>
        {trans.__('Add a connection')}
      </Button>
    </div>
  );
}

function TryAgain({ context }: IFaceProps): JSX.Element {
  return (
    <Button isMain onPress={() => context.actions.refresh()}>
      {context.wording.trans.__('Try again')}
    </Button>
  );
}

/** What keeps the connections, or a part of them, from being known. */
export function Problems({ context }: IFaceProps): JSX.Element {
  const { model } = context;
  // The other faces say themselves what has failed.
  const isKept = ['connections', 'empty', 'no-app'].includes(model.face);
  return (
    <>
      {isKept && model.failure && <Problem message={model.failure} />}
      {model.state?.problems.map(problem => (
        <Problem key={problem.kind} message={problem.message}>
          <Remedy problem={problem} context={context} />
        </Problem>
      ))}
    </>
  );
}

function Problem(props: {
  message: string;
  children?: React.ReactNode;
}): JSX.Element {
  return (
    <div className="jp-AttioConnections-problem" role="alert">
      <warningIcon.react tag="span" />
      <div>
        <p dir="auto">{props.message}</p>
        {props.children}
      </div>
    </div>
  );
}

function Remedy(props: IFaceProps & { problem: IProblem }): JSX.Element | null {
  const { problem, context } = props;
  const { model, actions, wording } = context;
  const { trans } = wording;
  if (problem.kind === 'vault-locked') {
    return (
      <Button onPress={() => actions.unlock()}>{trans.__('Unlock')}</Button>
    );
  }
  const { kind, path, line } = problem;
  if (kind !== 'app-file') {
    return null;
  }
  return (
    <>
      {model.rows.length > 0 && (
        <p className="jp-AttioConnections-quiet">
          {trans.__('Below is what it said before.')}
        </p>
      )}
      {path !== null && (
        <Button onPress={() => actions.openAppFile(path, line)}>
          {trans.__('Open the app file')}
        </Button>
      )}
    </>
  );
}

interface IButtonProps {
  isMain?: boolean;
  onPress: () => void;
  children: string;
}

export function Button({
  isMain,
  onPress,
  children
}: IButtonProps): JSX.Element {
  const kind = isMain ? 'jp-mod-styled jp-mod-accept' : 'jp-mod-bordered';
  return (
    <button
      type="button"
      className={`jp-AttioConnections-action ${kind}`}
      onClick={onPress}
    >
      {children}
    </button>
  );
}
