/** How the form of a definition draws its fields: labelled, described, marked. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type {
  FieldTemplateProps,
  ObjectFieldTemplateProps,
  WidgetProps
} from '@rjsf/utils';
import * as React from 'react';

import type { Choices } from './definitionschema';
import { ownId } from './mark';
import { PresetField } from './presetfield';
import { Registration } from './registration';
import type { IPreset, IRegistration } from './state';

/** What the fields are told beside their own schema; all of it can be compared. */
export interface IFormContext {
  trans: TranslationBundle;
  first: string[];
  folded: string[];
  /** The field that is at fault, or ''. */
  faulty: string;
  /** The field that the form was opened for, or ''. */
  wanted: string;
  isNew: boolean;
  preset: IPreset | null;
  registration: IRegistration | null;
}

export const ID_PREFIX = ownId('field');

/** A label, the name in the app file, the control, and what there is to say. */
function Field(props: FieldTemplateProps): JSX.Element {
  const { id, label, required, schema, rawErrors = [], children } = props;
  const { trans } = props.formContext as IFormContext;
  if (schema.type === 'object') {
    return <>{children}</>;
  }
  const name = id.slice(ID_PREFIX.length + 1);
  return (
    <div className="jp-AttioDefinition-field" data-key={name}>
      <div className="jp-AttioDefinition-fieldHead">
        <label htmlFor={id}>{label}</label>
        {required && <span aria-hidden="true">{trans.__('required')}</span>}
        {name !== 'kind' && (
          <code aria-hidden="true" title={trans.__('In the app file')}>
            {name}
          </code>
        )}
      </div>
      {children}
      <div
        id={`${id}__error`}
        className="jp-AttioDefinition-problem"
        aria-live="polite"
      >
        {rawErrors.join(' ')}
      </div>
      <p id={`${id}__description`} className="jp-AttioDefinition-hint">
        {schema.description}
      </p>
    </div>
  );
}

/** The fields in their order, with what to register among them. */
function Fields(props: ObjectFieldTemplateProps): JSX.Element {
  const { properties } = props;
  const context = props.formContext as IFormContext;
  const { trans, first, folded, faulty, wanted } = context;
  const isMain = (name: string) =>
    !first.includes(name) && !folded.includes(name);
  const drawn = (wanted: (name: string) => boolean) =>
    properties.filter(({ name }) => wanted(name)).map(each => each.content);
  return (
    <>
      <div className="jp-AttioDefinition-pair">
        {drawn(name => first.includes(name))}
      </div>
      <Registration {...context} />
      {drawn(isMain)}
      <Fold
        summary={trans.__('Advanced')}
        isWanted={folded.includes(faulty) || folded.includes(wanted)}
      >
        {drawn(name => folded.includes(name))}
      </Fold>
    </>
  );
}

interface IFoldProps {
  summary: string;
  /** Whether it has to be open, for what is wrong or wanted in it. */
  isWanted: boolean;
  children: React.ReactNode;
}

function Fold({ summary, isWanted, children }: IFoldProps): JSX.Element {
  const [isOpen, setOpen] = React.useState(isWanted);
  React.useEffect(() => {
    if (isWanted) {
      setOpen(true);
    }
  }, [isWanted]);
  return (
    <details
      className="jp-AttioDefinition-fold"
      open={isOpen}
      onToggle={event => setOpen(event.currentTarget.open)}
    >
      <summary>{summary}</summary>
      {children}
    </details>
  );
}

/** What every control has: its names, and what is said of it. */
export function common({ id, rawErrors, required }: WidgetProps) {
  return {
    id,
    name: id,
    'aria-describedby': `${id}__error ${id}__description`,
    'aria-invalid': !!rawErrors?.length,
    'aria-required': required
  };
}

/** What every field has in which one types. */
function typed(props: WidgetProps) {
  const { onChange, placeholder, readonly, value } = props;
  return {
    ...common(props),
    className: 'jp-AttioDefinition-input',
    value: (value as string | undefined) ?? '',
    placeholder,
    readOnly: readonly,
    autoComplete: 'off',
    autoCapitalize: 'off',
    spellCheck: false,
    dir: 'auto',
    onChange: (
      event: React.ChangeEvent<HTMLInputElement | HTMLTextAreaElement>
    ) => onChange(event.target.value)
  };
}

function TextWidget(props: WidgetProps): JSX.Element {
  return <input type="text" {...typed(props)} />;
}

function TextareaWidget(props: WidgetProps): JSX.Element {
  return <textarea {...typed(props)} rows={props.options.rows} />;
}

function SelectWidget(props: WidgetProps): JSX.Element {
  const { onChange, options, readonly, value } = props;
  // The names that a schema itself can give depend on JupyterLab's release.
  const choices = (options.choices ?? []) as Choices;
  if (readonly) {
    const [, name] = choices.find(([each]) => each === value) ?? [];
    return <input type="text" {...typed({ ...props, value: name })} />;
  }
  return (
    <select
      {...common(props)}
      className="jp-AttioDefinition-input"
      value={value as string}
      onChange={event => onChange(event.target.value)}
    >
      {choices.map(([each, name]) => (
        <option key={each} value={each}>
          {name}
        </option>
      ))}
    </select>
  );
}

export const TEMPLATES = { FieldTemplate: Field, ObjectFieldTemplate: Fields };
export const WIDGETS = {
  TextWidget,
  TextareaWidget,
  SelectWidget,
  PresetField
};
