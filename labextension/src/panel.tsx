/** What stands in the panel. It owns no data: it draws what the model says. */
import type { SidePanel } from '@jupyterlab/ui-components';
import {
  CommandToolbarButton,
  ReactWidget,
  UseSignal
} from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import { PromiseDelegate } from '@lumino/coreutils';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

import { Acting } from './acting';
import { CommandIDs } from './commands';
import type { IPanelContext } from './context';
import { Face, Problems } from './faces';
import { Groups } from './groups';
import { FocusKeeper, News } from './keeper';
import { MemberChoice } from './memberchoice';

/**
 * Fill the panel.
 *
 * @param panel - an empty one
 * @param commands - what its toolbar runs
 * @param args - arguments for these commands, which prove that a person chose them here
 * @param context - what it shows
 * @returns once it is drawn
 */
export async function fill(
  panel: SidePanel,
  commands: CommandRegistry,
  args: ReadonlyJSONObject,
  context: IPanelContext
): Promise<void> {
  const { trans } = context.wording;
  const button = (id: string, label = '') =>
    new CommandToolbarButton({
      commands,
      id,
      args,
      label,
      noFocusOnClick: false
    });
  panel.toolbar.node.setAttribute('aria-label', trans.__('Connections'));
  panel.toolbar.addItem('add', button(CommandIDs.add, trans.__('Add')));
  panel.toolbar.addItem('refresh', button(CommandIDs.refresh));
  panel.toolbar.addItem('open', button(CommandIDs.openAppFile));
  panel.header.addWidget(new Following(context, Acting));
  followSize(panel);
  const section = new Following(context, Connections);
  section.title.label = trans.__('Connections');
  panel.insertWidget(0, section);
  // Drawn at once, and not in the next frame, so that it can have the focus.
  MessageLoop.sendMessage(section, Widget.Msg.UpdateRequest);
  await section.drawn;
}

/** Lay the sections out anew when what stands above them has grown, which nobody tells them of. */
function followSize({ content, disposed }: SidePanel): void {
  const observer = new ResizeObserver(() =>
    MessageLoop.sendMessage(content, Widget.ResizeMessage.UnknownSize)
  );
  observer.observe(content.node);
  disposed.connect(() => observer.disconnect());
}

/** Draws something of the model anew whenever the model has changed. */
class Following extends ReactWidget {
  private readonly first = new PromiseDelegate<void>();
  /** Resolves once it stands in the page, for which `renderPromise` may be too early. */
  readonly drawn = this.first.promise;

  constructor(
    private readonly context: IPanelContext,
    private readonly part: React.FC<{ context: IPanelContext }>
  ) {
    super();
    this.addClass('jp-AttioConnections-section');
  }

  protected override render(): JSX.Element {
    const { context, part: Part } = this;
    return (
      <Drawn tell={() => this.first.resolve()}>
        <UseSignal signal={context.model.changed}>
          {() => <Part context={context} />}
        </UseSignal>
      </Drawn>
    );
  }
}

/** Tells once what it holds stands in the page. */
function Drawn(props: {
  tell: () => void;
  children: React.ReactNode;
}): JSX.Element {
  React.useLayoutEffect(() => props.tell(), []);
  return <>{props.children}</>;
}

/** The first section: the connections, or why there are none. */
function Connections({ context }: { context: IPanelContext }): JSX.Element {
  const { model, wording } = context;
  const kernel = wording.kernel(model.kernel);
  // Of an app file that never could be read, there is nothing to connect.
  const hasRows = model.face === 'connections' && !!model.state?.app;
  return (
    <>
      <News rows={model.rows} />
      <FocusKeeper>
        <Problems context={context} />
        {(hasRows || model.face === 'empty') &&
          !model.unlistedUser &&
          kernel && <p className="jp-AttioConnections-kernel">{kernel}</p>}
        <MemberChoice context={context} />
        {!model.unlistedUser && (
          <>
            <Face context={context} />
            {hasRows && <Groups context={context} />}
            {hasRows && model.state?.key_file && (
              <p className="jp-AttioConnections-keyFile">
                {wording.keyFile(model.state.key_file)}
              </p>
            )}
          </>
        )}
      </FocusKeeper>
    </>
  );
}
