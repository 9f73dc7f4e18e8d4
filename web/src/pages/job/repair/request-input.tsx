import { useState } from 'preact/hooks';
import type { Operation } from '../../../api/types.ts';
import { UserText } from '../../../parts/user-text.tsx';
import { isFailed, lineOf, type Row } from '../../../parts/results-table/row.ts';
import type { RepairState } from './repair-state.ts';
import { isCorrectable } from './replace-in-failed.ts';

export interface RequestInputProps {
  readonly row: Row;
  readonly repair: RepairState;
  readonly onOpen: (row: Row) => void;
}

const full = 'A repair can hold no more corrections. Submit these first.';

/** The operation of a row, as an input if it may be corrected. */
export function RequestInput({ row, repair, onOpen }: RequestInputProps) {
  const corrected = repair.corrections.get(lineOf(row));
  if (!isFailed(row) || !isCorrectable(row)) return <UserText text={row.request} />;
  const text = corrected ?? row.request;
  // An input has one line, and a string that is cut must not be sent as the whole.
  if (row.isCut === true || /[\r\n]/u.test(text))
    return (
      <button type="button" class={`cell-button${markOf(corrected)}`} onClick={() => onOpen(row)}>
        Edit <UserText text={text} />
      </button>
    );
  return (
    <input
      type="text"
      class={`cell-input${markOf(corrected)}`}
      aria-label={`Correction of line ${row.id}`}
      value={text}
      autocomplete="off"
      spellcheck={false}
      onInput={({ currentTarget }) => {
        const isKept = repair.correct(lineOf(row), currentTarget.value, row.request);
        currentTarget.setCustomValidity(isKept ? '' : full);
        if (!isKept) currentTarget.reportValidity();
      }}
    />
  );
}

/** In the opened row: the whole text, in as many lines as it has. */
export function RequestEditor({ operation, repair }: { readonly operation: Operation; readonly repair: RepairState }) {
  const [isFull, setFull] = useState(false);
  const line = Number(operation.id);
  const corrected = repair.corrections.get(line);
  if (!isFailed(operation) || !isCorrectable(operation) || 'isCut' in operation) return null;
  return (
    <label>
      Correction
      <textarea
        class={`mono${markOf(corrected)}`}
        rows={Math.min(8, 1 + (corrected ?? operation.request).split('\n').length)}
        value={corrected ?? operation.request}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => setFull(!repair.correct(line, currentTarget.value, operation.request))}
      />
      {isFull && <small class="problem">{full}</small>}
      {corrected !== undefined && (
        <button
          type="button"
          class="small secondary outline"
          onClick={() => repair.correct(line, operation.request, operation.request)}
        >
          Undo
        </button>
      )}
    </label>
  );
}

function markOf(corrected: string | undefined): string {
  return corrected === undefined ? '' : ' is-corrected';
}
