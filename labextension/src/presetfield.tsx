/** A field in which a service is searched for, as an editable combobox (ARIA APG). */
import type { WidgetProps } from '@rjsf/utils';
import * as React from 'react';

import type { IFormContext } from './definitionwidgets';
import { common } from './definitionwidgets';
import type { IOffer } from './presetsearch';
import { fitting } from './presetsearch';

/** What the field knows while somebody searches. */
interface ISearch {
  text: string;
  /** The place of the offer that Enter would choose. */
  active: number;
}

/** The search field, and the list below it while it is open. */
export function PresetField(props: WidgetProps): JSX.Element {
  const { id, onChange, options } = props;
  const { trans } = props.formContext as IFormContext;
  const offers = (options.offers ?? []) as IOffer[];
  const chosen = offers.find(({ value }) => value === props.value);
  const [search, setSearch] = React.useState<ISearch | null>(null);
  const input = React.useRef<HTMLInputElement>(null);
  const found = search ? fitting(offers, search.text) : [];
  const listId = `${id}__list`;
  const optionId = (place: number) => `${id}__option${place}`;

  const open = (text = '', active = 0) => setSearch({ text, active });
  const close = () => setSearch(null);
  const choose = (offer: IOffer | undefined) => {
    close();
    if (offer) {
      onChange(offer.value);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const next = moved(event.key, search, found.length);
    if (event.nativeEvent.isComposing || !(next || isAnswer(event.key))) {
      return;
    }
    if (next) {
      setSearch(next);
    } else if (search === null) {
      // Enter opens the list, and Escape is for the dialog.
      if (event.key === 'Escape') {
        return;
      }
      open();
    } else {
      choose(event.key === 'Enter' ? found[search.active] : undefined);
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      className="jp-AttioDefinition-search"
      // Not where the focus goes on within: a press on the list is no farewell.
      onBlur={event => {
        if (!event.currentTarget.contains(event.relatedTarget)) {
          close();
        }
      }}
    >
      <input
        {...common(props)}
        ref={input}
        type="text"
        role="combobox"
        className="jp-AttioDefinition-input"
        aria-expanded={search !== null}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={
          search && found.length > 0 ? optionId(search.active) : undefined
        }
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        placeholder={chosen?.title}
        value={search ? search.text : (chosen?.title ?? '')}
        onChange={event => open(event.target.value)}
        onClick={() => search ?? open()}
        onKeyDown={onKeyDown}
      />
      <ul
        id={listId}
        role="listbox"
        aria-label={trans.__('Services')}
        className="jp-AttioDefinition-offers"
        hidden={search === null}
      >
        {found.map((offer, place) => (
          <Offer
            key={offer.value}
            id={optionId(place)}
            offer={offer}
            isActive={place === search?.active}
            isChosen={offer === chosen}
            onChoose={() => {
              choose(offer);
              input.current?.focus();
            }}
          />
        ))}
      </ul>
      {search && (
        <span role="status" className="jp-sr-only">
          {search.text ? countOf(found, props) : ''}
        </span>
      )}
    </div>
  );
}

interface IOfferProps {
  id: string;
  offer: IOffer;
  isActive: boolean;
  isChosen: boolean;
  onChoose: () => void;
}

function Offer(props: IOfferProps): JSX.Element {
  const { id, offer, isActive, isChosen, onChoose } = props;
  const node = React.useRef<HTMLLIElement>(null);
  React.useEffect(() => {
    if (isActive) {
      node.current?.scrollIntoView({ block: 'nearest' });
    }
  }, [isActive]);
  return (
    <li
      ref={node}
      id={id}
      role="option"
      aria-selected={isChosen}
      data-active={isActive || undefined}
      // The field keeps the focus.
      onMouseDown={event => event.preventDefault()}
      onClick={onChoose}
    >
      <span dir="auto">{offer.title}</span>
      <span>{offer.kind}</span>
    </li>
  );
}

/** Where the keyboard leads in the list; null where the key is no such one. */
function moved(
  key: string,
  search: ISearch | null,
  count: number
): ISearch | null {
  if (key !== 'ArrowDown' && key !== 'ArrowUp') {
    return null;
  }
  if (search === null || count === 0) {
    return { text: search?.text ?? '', active: 0 };
  }
  const step = key === 'ArrowDown' ? 1 : count - 1;
  return { ...search, active: (search.active + step) % count };
}

function isAnswer(key: string): boolean {
  return key === 'Enter' || key === 'Escape';
}

function countOf(found: IOffer[], props: WidgetProps): string {
  const { trans } = props.formContext as IFormContext;
  const count = found.filter(({ isGeneral }) => !isGeneral).length;
  return count === 0
    ? trans.__('No service of this name is known. Choose what it is.')
    : trans._n('%1 service found', '%1 services found', count);
}
