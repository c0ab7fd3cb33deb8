/** The question who acts, for a user whom the app file does not list as a member. */
import * as React from 'react';

import type { IPanelContext } from './context';
import { useOwnId } from './context';
import { Button } from './faces';
import { isolated } from './wording';

interface IMemberChoiceProps {
  context: IPanelContext;
}

/** A button for each member while one has to be chosen; afterwards it only says who was chosen. */
export function MemberChoice({ context }: IMemberChoiceProps): JSX.Element {
  const { model, wording } = context;
  const [chosen, setChosen] = React.useState('');
  return (
    <>
      {model.unlistedUser && <Members context={context} choose={setChosen} />}
      <div className="jp-AttioConnections-news" role="status">
        {chosen && model.acting?.id === chosen
          ? wording.trans.__('Acting as %1.', isolated(chosen))
          : ''}
      </div>
    </>
  );
}

function Members(
  props: IMemberChoiceProps & { choose: (id: string) => void }
): JSX.Element {
  const { model, wording, actions } = props.context;
  const { trans } = wording;
  const id = useOwnId();
  return (
    <section
      className="jp-AttioConnections-members"
      aria-labelledby={id}
      aria-describedby={`${id}-why`}
    >
      <h3 id={id}>{trans.__('Choose who you are')}</h3>
      <p id={`${id}-why`} role="status" dir="auto">
        {trans.__(
          '%1 lists the members of this app, and %2 is not one of them. The panel and the cells of this notebook then use the connections of the member that you choose.',
          model.state?.app?.file ?? 'attio-app.toml',
          isolated(model.unlistedUser)
        )}
      </p>
      {model.state?.members.map(member => (
        <Button
          key={member.id}
          onPress={() => {
            props.choose(member.id);
            actions.actAs(member.id);
          }}
        >
          {wording.member(member)}
        </Button>
      ))}
    </section>
  );
}
