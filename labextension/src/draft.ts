/** A definition that a person is writing, and what the server says of it. */
import { Signal } from '@lumino/signaling';

import type { Fields } from './definitionfields';
import {
  OTHER_PROVIDER,
  SECRET,
  changedFields,
  definitionOf,
  fieldsOf,
  filling,
  refilled,
  takenKeys,
  withProvider
} from './definitionfields';
import type {
  Definition,
  IConnection,
  IConnectionName,
  IPreset,
  IRegistration
} from './state';
import type { INotebookApp, IOpenedForm } from './tokens';

/** How long nothing has to be typed before it is looked at, in milliseconds. */
const PAUSE = 300;

/** Who looks at a definition, and who writes it. */
type IDefiner = Pick<INotebookApp, 'check' | 'save'>;

/** What a draft begins with. */
export interface IDraftOptions {
  /** The app that it is for, or null where there is none yet. */
  app: IOpenedForm['app'];
  /** The connection that it takes the place of, or null for a new one. */
  editing: IConnection | null;
  /** All connections that there are. */
  connections: IConnectionName[];
  presets: IPreset[];
  owner: IConnectionName['owner'];
  /** Said where no answer comes. */
  noAnswer: string;
  /** How long to wait after a key, in milliseconds. */
  pause?: number;
}

export interface IProblem {
  /** The field that is at fault, or '' for all of it. */
  field: string;
  message: string;
}

const NONE: IProblem = { field: '', message: '' };

/** The fields, looked at whenever they have changed. */
export class Draft {
  /** Emitted after anything below has changed. */
  readonly changed = new Signal<this, void>(this);
  readonly editing: IConnection | null;
  readonly presets: IPreset[];
  private current: Fields;
  private filled: Fields;
  private found: IProblem = NONE;
  private refusal = '';
  private known = false;
  private toRegister: IRegistration | null = null;
  private madeKey = '';
  private readonly touched = new Set<string>();
  private insisted = false;
  private saving = false;
  private round = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly definer: IDefiner,
    private readonly options: IDraftOptions
  ) {
    const { editing, owner, presets } = options;
    this.editing = editing;
    this.presets = presets;
    this.filled = filling(null, []);
    this.current = editing
      ? {
          ...fieldsOf(editing.definition),
          owner: editing.owner,
          key: editing.key ?? '',
          kind: editing.type === 'secret' ? SECRET : OTHER_PROVIDER
        }
      : { ...this.filled, owner, kind: SECRET };
  }

  get fields(): Fields {
    return this.current;
  }

  /** The provider that was chosen, if it is one that is known. */
  get preset(): IPreset | null {
    return this.presets.find(({ id }) => id === this.current.kind) ?? null;
  }

  /** What is wrong; its message is '' where nothing is, or nobody has looked yet. */
  get problem(): IProblem {
    return this.refusal ? { field: '', message: this.refusal } : this.found;
  }

  /** What to show of that: an empty field that nobody has come to yet is no fault. */
  get shownProblem(): IProblem {
    const { field } = this.problem;
    const isAhead =
      field !== '' && !this.current[field] && !this.touched.has(field);
    return isAhead && !this.insisted ? NONE : this.problem;
  }

  /** What was said last of what to register. */
  get registration(): IRegistration | null {
    return this.toRegister;
  }

  /** The key that a new connection gets where none is typed; '' while that is not known. */
  get proposedKey(): string {
    return this.editing ? '' : this.madeKey;
  }

  get isSaving(): boolean {
    return this.saving;
  }

  get isTouched(): boolean {
    return this.touched.size > 0;
  }

  get maySave(): boolean {
    return this.known && !this.saving && this.found.message === '';
  }

  /** Whether the owner has other connections, so that the key is worth a look. */
  get needsKey(): boolean {
    return this.taken.length > 0;
  }

  /**
   * Begin with what somebody has said elsewhere; the provider first, which fills other fields.
   *
   * @param given - what stands in the fields; an owner or a kind that there is not is left out
   */
  begin(given: Readonly<Record<string, string>>): void {
    const { owner, kind, ...others } = given;
    const kinds = [SECRET, OTHER_PROVIDER, ...this.presets.map(({ id }) => id)];
    const first: Fields = {};
    if (owner === 'workspace' || owner === 'user') {
      first.owner = owner;
    }
    if (kind !== undefined && kinds.includes(kind)) {
      first.kind = kind;
    }
    this.change({ ...this.current, ...first });
    this.change({ ...this.current, ...others });
  }

  /** Take what stands in the fields now. */
  change(fields: Fields): void {
    const before = this.current;
    const names = changedFields(before, fields);
    if (names.length === 0) {
      return;
    }
    names.forEach(name => this.touched.add(name));
    this.current = fields;
    this.refusal = '';
    this.refill(names);
    this.changed.emit();
    this.lookLater();
  }

  /**
   * Look at what stands in the fields now; answers to earlier questions do not count.
   *
   * @returns whether the answer to this one does
   */
  async look(): Promise<boolean> {
    clearTimeout(this.timer);
    const round = ++this.round;
    const checked = await this.definer
      .check(this.definition, this.opened)
      .catch(() => ({
        field: '',
        message: this.options.noAnswer,
        registration: null,
        key: null
      }));
    if (round !== this.round) {
      return false;
    }
    this.known = true;
    this.toRegister = checked.registration ?? this.toRegister;
    this.madeKey = checked.key ?? this.madeKey;
    this.found = { field: checked.field, message: checked.message };
    this.changed.emit();
    return true;
  }

  /** Show what is wrong, wherever the person is: they want to save. */
  insist(): void {
    this.insisted = true;
    this.changed.emit();
  }

  /** Save it if nothing is wrong any more, and say whether it stands in the app file now. */
  async submit(): Promise<boolean> {
    if (this.saving) {
      return false;
    }
    if (this.maySave || (await this.isRightNow())) {
      return this.save();
    }
    this.insist();
    return false;
  }

  /** Write it into the app file, and say whether it stands there now. */
  async save(): Promise<boolean> {
    this.saving = true;
    this.changed.emit();
    this.refusal = await this.definer
      .save(this.definition, this.opened)
      .catch(() => this.options.noAnswer);
    this.saving = false;
    this.insisted = true;
    this.changed.emit();
    return this.refusal === '';
  }

  /** To be called when nobody writes at it any more. */
  dispose(): void {
    clearTimeout(this.timer);
    this.round += 1;
    Signal.clearData(this);
  }

  /** What was wrong may have passed, and what was typed last may not have been looked at. */
  private async isRightNow(): Promise<boolean> {
    this.saving = true;
    this.refusal = '';
    this.changed.emit();
    const counts = await this.look();
    this.saving = false;
    return counts && this.maySave;
  }

  private get definition(): Definition {
    return definitionOf(this.current);
  }

  /** What was there when this began: others may change it meanwhile. */
  private get opened(): IOpenedForm {
    const { editing } = this;
    return {
      app: this.options.app,
      editing: editing && {
        owner: editing.owner,
        key: editing.key,
        definition: editing.definition
      }
    };
  }

  private get taken(): (string | null)[] {
    return this.editing
      ? []
      : takenKeys(this.options.connections, this.current.owner);
  }

  private refill(names: string[]): void {
    const before = this.filled;
    if (names.includes('kind')) {
      this.toRegister = null;
      this.filled = filling(this.preset, this.taken);
      this.current = withProvider(this.current, before, this.filled);
    } else if (names.includes('owner')) {
      this.filled = filling(this.preset, this.taken);
      this.current = refilled(this.current, before, this.filled);
    }
  }

  private lookLater(): void {
    // An answer that is on its way is about what stood here before.
    this.round += 1;
    clearTimeout(this.timer);
    const { pause = PAUSE } = this.options;
    this.timer = setTimeout(() => void this.look(), pause);
  }
}
