import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { UserText } from '../../parts/user-text.tsx';
import {
  applyCompletion,
  completeName,
  findNameStart,
  insertName,
  listNames,
  type Completion,
  type Edit,
} from './complete-name.ts';
import * as form from './form-state.ts';
import { nameOfFormula, readFormulas } from './formulas.ts';
import { FormulaFault } from './formula-fault.tsx';
import { language, loadLanguage } from './language.ts';

const rowsMin = 3;
const rowsMax = 12;
/** Columns that are shown at first; a table may have 16,384. */
const chipsMax = 60;

/** Formulas, one per line, with the columns of the file and completion of names. */
export function FormulasBox() {
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => void loadLanguage(), []);
  const edit = (change: (text: string, caret: number) => Edit): void => {
    const element = box.current;
    if (element !== null) applyEdit(element, change(element.value, element.selectionStart));
  };
  return (
    <section class="card" aria-label="Table">
      <Columns onChoose={(text) => edit((written, caret) => insertName(written, caret, text))} />
      <label for="formulas">Formulas</label>
      <FormulaInput boxRef={box} />
      <small id="formulas-help">
        One per line, <code>name = expression</code>. Tab completes a name.
        {form.format.value === 'ndjson' && ' Without formulas, each line is an operation.'}
      </small>
      <FormulaFault />
    </section>
  );
}

/** Writes as a person would, so that the browser can undo it where it supports that. */
function applyEdit(element: HTMLTextAreaElement, { text, caret }: Edit): void {
  element.value = text;
  element.setSelectionRange(caret, caret);
  element.focus();
  form.formulas.value = text;
}

function Columns({ onChoose }: { readonly onChoose: (text: string) => void }) {
  const { value: head } = form.head;
  if (head.kind === 'fault') {
    return (
      <p class="error-text" role="alert">
        {head.message}
      </p>
    );
  }
  const columns = listNames(
    {
      columns: form.columns.value,
      functions: language.value?.functions ?? [],
      constants: language.value?.constants ?? [],
    },
    [],
  ).filter(({ kind }) => kind === 'column');
  if (columns.length === 0) return null;
  return (
    <ul class="columns" aria-label="Columns">
      {columns.slice(0, chipsMax).map(({ name, text }, index) => (
        <li key={index}>
          <button type="button" class="column-chip" title={`Insert ${text}`} onClick={() => onChoose(text)}>
            <UserText text={name === '' ? text : name} />
          </button>
        </li>
      ))}
      {columns.length > chipsMax && <li class="muted">and {columns.length - chipsMax} more</li>}
    </ul>
  );
}

function FormulaInput({ boxRef }: { readonly boxRef: { current: HTMLTextAreaElement | null } }) {
  const caret = useSignal<number | undefined>(undefined);
  const chosen = useSignal(0);
  const names = useComputed(() =>
    listNames(
      {
        columns: form.columns.value,
        functions: language.value?.functions ?? [],
        constants: language.value?.constants ?? [],
      },
      readFormulas(form.formulas.value).map(({ text }) => nameOfFormula(text)),
    ),
  );
  const start = useComputed(() =>
    caret.value === undefined ? undefined : findNameStart(form.formulas.value, caret.value),
  );
  const completions = useComputed(() => (start.value === undefined ? [] : completeName(start.value, names.value)));
  const close = (): void => void (caret.value = undefined);

  const accept = (completion: Completion): void => {
    const element = boxRef.current;
    if (element === null || start.value === undefined || caret.value === undefined) return;
    applyEdit(element, applyCompletion(element.value, caret.value, start.value, completion));
    close();
  };
  const press = (event: KeyboardEvent): void => {
    const { length } = completions.value;
    const current = completions.value[chosen.value];
    if (current === undefined) return;
    if (event.key === 'ArrowDown') chosen.value = (chosen.value + 1) % length;
    else if (event.key === 'ArrowUp') chosen.value = (chosen.value + length - 1) % length;
    else if (event.key === 'Escape') close();
    // Enter is a new line unless a name was chosen: it must not insert a name instead.
    else if ((event.key === 'Tab' && !event.shiftKey) || (event.key === 'Enter' && chosen.value > 0)) accept(current);
    else return;
    event.preventDefault();
  };
  const write = ({ currentTarget }: { readonly currentTarget: HTMLTextAreaElement }): void => {
    form.formulas.value = currentTarget.value;
    chosen.value = 0;
    caret.value = currentTarget.selectionStart;
  };
  const isOpen = completions.value.length > 0;
  const rows = Math.min(rowsMax, Math.max(rowsMin, form.formulas.value.split('\n').length + 1));
  return (
    <div class="formula-input">
      <textarea
        id="formulas"
        ref={boxRef}
        class="mono"
        rows={rows}
        wrap="off"
        spellcheck={false}
        autocapitalize="off"
        autocomplete="off"
        placeholder="total = price * qty"
        aria-describedby="formulas-help"
        aria-autocomplete="list"
        aria-controls={isOpen ? 'completions' : undefined}
        aria-activedescendant={isOpen ? `completion-${chosen.value}` : undefined}
        value={form.formulas.value}
        onInput={write}
        onKeyDown={press}
        onBlur={close}
        onClick={close}
      />
      {isOpen && (
        <Completions
          completions={completions.value}
          chosen={chosen.value}
          place={placeOf(form.formulas.value, start.value?.start ?? 0)}
          box={boxRef.current}
          onChoose={accept}
        />
      )}
    </div>
  );
}

interface Place {
  readonly line: number;
  readonly column: number;
}

function placeOf(text: string, position: number): Place {
  const before = text.slice(0, position).split('\n');
  return { line: before.length, column: before.at(-1)?.length ?? 0 };
}

interface CompletionsProps {
  readonly completions: readonly Completion[];
  readonly chosen: number;
  readonly place: Place;
  readonly box: HTMLTextAreaElement | null;
  readonly onChoose: (completion: Completion) => void;
}

function Completions({ completions, chosen, place, box, onChoose }: CompletionsProps) {
  const list = useRef<HTMLUListElement>(null);
  useLayoutEffect(() => {
    const element = list.current;
    if (element === null || box === null) return;
    // Lines have the height of the style sheet, and characters the width of `ch`.
    element.style.setProperty('--line', String(place.line));
    element.style.setProperty('--column', String(Math.min(place.column, 40)));
    element.style.setProperty('--scrolled', `${box.scrollTop}px`);
  });
  return (
    <ul id="completions" ref={list} class="completions" role="listbox" aria-label="Names">
      {completions.map((completion, index) => (
        // The keys are those of the box, which keeps the focus.
        <li
          key={`${completion.kind} ${completion.text}`}
          id={`completion-${index}`}
          role="option"
          aria-selected={index === chosen}
          onMouseDown={(event) => {
            event.preventDefault();
            onChoose(completion);
          }}
        >
          <UserText text={completion.name} />
          <span class="muted">{completion.hint}</span>
        </li>
      ))}
    </ul>
  );
}
