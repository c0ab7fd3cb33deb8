/** Adding and editing a connection of the app file, in a dialog. */
import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { FormComponent, ReactWidget } from '@jupyterlab/ui-components';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import type { ErrorSchema, ValidatorType } from '@rjsf/utils';
import * as React from 'react';

import type { GivenFields } from './addform';
import type { Fields } from './definitionfields';
import { typeOf } from './definitionfields';
import { definitionSchema } from './definitionschema';
import type { IFormContext } from './definitionwidgets';
import { ID_PREFIX, TEMPLATES, WIDGETS } from './definitionwidgets';
import { Draft } from './draft';
import { markOwn } from './mark';
import type { IConnectionsModel, INotebookApp, IRow } from './tokens';
import { Wording } from './wording';

/** How a form is opened. */
export interface IFormOpening {
  /** What stands in the fields of a new connection at first. */
  given?: GivenFields;
  /** The field that gets the focus; '' for the first one. */
  field?: string;
}

/** What an app file is called where there is none yet. */
const NEW_FILE = 'attio-app.toml';

const CONTROLS = 'select, input';

/**
 * Let the person write a connection, and put it into the app file.
 *
 * @param model - what is known of the app
 * @param app - whose file it is
 * @param editing - the connection to change, or null for a new one
 * @param opening - how the form is there at first
 * @returns once the dialog is closed: whether anything was written
 */
export async function editDefinition(
  model: IConnectionsModel,
  app: INotebookApp,
  trans: TranslationBundle,
  editing: IRow | null,
  { given = {}, field = '' }: IFormOpening = {}
): Promise<boolean> {
  // As it is now: another notebook may come to the front before the form is there.
  const mayConfigureWorkspace = model.acting?.role !== 'member';
  const { shown } = app;
  const file = model.state?.app?.file ?? NEW_FILE;
  const connections = model.rows.map(({ connection }) => connection);
  // Without them every provider can still be written out.
  const presets = editing ? [] : await model.presets().catch(() => []);
  const draft = new Draft(app, {
    app: shown.app,
    editing: editing?.connection ?? null,
    connections,
    presets,
    owner: mayConfigureWorkspace ? 'workspace' : 'user',
    noAnswer: trans.__('The Jupyter server did not answer. Try again.')
  });
  draft.begin(given);
  const body = new DefinitionBody(
    draft,
    mayConfigureWorkspace,
    file,
    trans,
    field
  );
  const title = editing
    ? new Wording(trans).editing(editing.connection)
    : trans.__('Add a connection');
  const dialog = new DefinitionDialog(draft, body, title, trans, field);
  void draft.look();
  try {
    const { button } = await dialog.launch();
    return button.accept;
  } finally {
    draft.dispose();
  }
}

/** The checks are the server's: it knows the file. */
const NO_CHECKS: ValidatorType<ReadonlyJSONObject> = {
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  toErrorList: () => [],
  isValid: () => true,
  rawValidation: () => ({})
};

/** Leaves the controls to React, which would not find them again once wrapped. */
class PlainRenderer extends Dialog.Renderer {
  override createBody(body: ReactWidget): ReactWidget {
    body.addClass('jp-Dialog-body');
    return body;
  }
}

/** A dialog that stays until what was written stands in the file. */
class DefinitionDialog extends Dialog<void> {
  constructor(
    private readonly draft: Draft,
    body: ReactWidget,
    title: string,
    trans: TranslationBundle,
    field: string
  ) {
    super({
      title,
      body,
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.okButton({
          label: trans.__('Save'),
          className: 'jp-AttioDefinition-save'
        })
      ],
      focusNodeSelector: field
        ? `#${ID_PREFIX}_${field}`
        : 'select, input:not([readonly])',
      renderer: new PlainRenderer()
    });
    this.addClass('jp-AttioDefinition-dialog');
    markOwn(this.node);
    this.node.setAttribute('aria-label', title);
    draft.changed.connect(this.draw, this);
    this.draw();
  }

  override resolve(index = 1): void {
    if (index === 1) {
      void this.save();
    } else {
      super.resolve(index);
    }
  }

  override handleEvent(event: Event): void {
    // One pastes by the browser's own menu as well.
    if (event.type !== 'contextmenu') {
      super.handleEvent(event);
    }
  }

  /** What was typed is not lost to a click beside the dialog. */
  protected override _evtClick(event: MouseEvent): void {
    const isBeside = event.target === this.node;
    if (!isBeside || !this.draft.isTouched) {
      super._evtClick(event);
    }
  }

  /** Enter saves from a line of text, and from nothing else but the button. */
  protected override _evtKeydown(event: KeyboardEvent): void {
    const isEnter = event.key === 'Enter';
    if ((isEnter || event.key === 'Escape') && hasOpenList(event.target)) {
      return;
    }
    if (isEnter && (event.isComposing || !savesOnEnter(event.target))) {
      return;
    }
    if (event.key !== 'Tab' || !this.goRound(event)) {
      super._evtKeydown(event);
    }
  }

  /** Whether it may be saved is for the server to say. */
  protected override _checkValidation(): void {}

  private get saveButton(): HTMLElement | null {
    return this.node.querySelector('.jp-AttioDefinition-save');
  }

  /** What JupyterLab takes for the first control was there before the fields were. */
  private goRound(event: KeyboardEvent): boolean {
    const first = this.node.querySelector<HTMLElement>(CONTROLS);
    const [from, to] = event.shiftKey
      ? [first, this.saveButton]
      : [this.saveButton, first];
    const isAtEnd = document.activeElement === from;
    if (isAtEnd) {
      event.preventDefault();
      event.stopPropagation();
      to?.focus();
    }
    return isAtEnd;
  }

  private draw(): void {
    const { isSaving, maySave } = this.draft;
    // A button that is disabled in earnest would lose the focus.
    this.saveButton?.setAttribute('aria-disabled', String(!maySave));
    this.node.setAttribute('aria-busy', String(isSaving));
  }

  private async save(): Promise<void> {
    const { draft } = this;
    if (draft.isSaving) {
      return;
    }
    const { fields } = draft;
    if (await draft.submit()) {
      super.resolve(1);
    } else if (draft.fields === fields && !this.isDisposed) {
      // Whoever has typed on meanwhile stays where they are.
      this.focusOnProblem();
    }
  }

  private focusOnProblem(): void {
    const { field } = this.draft.problem;
    const id = CSS.escape(`${ID_PREFIX}_${field}`);
    this.node.querySelector<HTMLElement>(`#${id}`)?.focus();
  }
}

/** Whether a list is open in which a key chooses, or which it closes. */
function hasOpenList(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.matches('[role="combobox"][aria-expanded="true"]')
  );
}

function savesOnEnter(target: EventTarget | null): boolean {
  return (
    (target instanceof HTMLInputElement &&
      target.type === 'text' &&
      target.role !== 'combobox') ||
    (target instanceof HTMLElement && target.matches('.jp-Dialog-button'))
  );
}

/** Draws a draft. */
class DefinitionBody extends ReactWidget {
  constructor(
    private readonly draft: Draft,
    private readonly mayConfigureWorkspace: boolean,
    private readonly file: string,
    private readonly trans: TranslationBundle,
    private readonly wanted: string
  ) {
    super();
    this.addClass('jp-AttioDefinition-form');
    this.node.setAttribute('data-jp-suppress-context-menu', '');
    draft.changed.connect(() => this.update());
  }

  protected override render(): JSX.Element {
    const { draft, trans } = this;
    const problem = draft.shownProblem;
    const { schema, uiSchema, first, folded } = definitionSchema(
      draft,
      this.mayConfigureWorkspace,
      trans
    );
    const isPlaced = Object.keys(schema.properties ?? {}).includes(
      problem.field
    );
    const context: IFormContext = {
      trans,
      first,
      folded,
      faulty: problem.field,
      wanted: this.wanted,
      isNew: draft.editing === null,
      preset: draft.preset,
      registration: draft.registration
    };
    return (
      <>
        <p role="alert" className="jp-AttioDefinition-problem">
          {isPlaced ? '' : problem.message}
        </p>
        <FormComponent
          schema={schema}
          uiSchema={uiSchema}
          formData={draft.fields}
          formContext={context}
          extraErrors={isPlaced ? errorAt(problem) : {}}
          idPrefix={ID_PREFIX}
          // A form of its own would be sent by the browser.
          tagName="div"
          templates={TEMPLATES}
          widgets={WIDGETS}
          validator={NO_CHECKS}
          noValidate={true}
          showErrorList={false}
          onChange={event => draft.change(event.formData as Fields)}
        />
        <p className="jp-AttioDefinition-promise">
          {promise(draft.fields, this.file, trans)}
        </p>
      </>
    );
  }
}

function errorAt({
  field,
  message
}: {
  field: string;
  message: string;
}): ErrorSchema {
  return message ? ({ [field]: { __errors: [message] } } as ErrorSchema) : {};
}

/** Say where everything goes, and where what is secret is asked for. */
function promise(
  fields: Fields,
  file: string,
  trans: TranslationBundle
): string {
  return typeOf(fields) === 'secret'
    ? trans.__(
        'This is written to %1. The value is not: it is asked for when you connect, and kept in the vault.',
        file
      )
    : trans.__(
        'This is written to %1. A client secret is not: it is asked for when you connect, and kept in the vault.',
        file
      );
}
