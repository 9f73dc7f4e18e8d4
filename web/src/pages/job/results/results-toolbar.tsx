import type { TargetedEvent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Job } from '../../../api/types.ts';
import { outcomes, type OutcomeFilter } from './operations-api.ts';
import type { ResultsState } from './results-state.ts';

/** UTF-16 units; the API takes no longer ones. */
const searchLengthMax = 256;

export interface ResultsToolbarProps {
  readonly job: Job;
  readonly state: ResultsState;
}

export function ResultsToolbar({ job, state }: ResultsToolbarProps) {
  return (
    <div class="toolbar">
      <ShowField state={state} />
      <SearchField state={state} />
      <LineField job={job} state={state} />
    </div>
  );
}

function ShowField({ state }: { readonly state: ResultsState }) {
  const onChange = ({ currentTarget }: TargetedEvent<HTMLSelectElement>): void =>
    state.change({ outcome: currentTarget.value as OutcomeFilter });
  return (
    <label class="field">
      <span>Show</span>
      <select value={state.filter.value.outcome} onChange={onChange}>
        {outcomes.map((outcome) => (
          <option key={outcome} value={outcome}>
            {outcome}
          </option>
        ))}
      </select>
    </label>
  );
}

/** It searches when the text is complete: each search reads the whole job. */
function SearchField({ state }: { readonly state: ResultsState }) {
  const { text } = state.filter.value;
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  const submit = (event: Event): void => {
    event.preventDefault();
    // The same search again would begin at the first line.
    if (typed !== text) state.change({ text: typed });
  };
  const onInput = ({ currentTarget: { value } }: TargetedEvent<HTMLInputElement>): void => {
    setTyped(value);
    if (value === '') state.change({ text: '' });
  };
  return (
    <form class="field grows" onSubmit={submit}>
      <label>
        <span>Search</span>
        <input
          type="search"
          value={typed}
          maxLength={searchLengthMax}
          placeholder="Text of a line, its result, error code or id"
          autocomplete="off"
          spellcheck={false}
          onInput={onInput}
          onBlur={submit}
        />
      </label>
    </form>
  );
}

function LineField({ job, state }: { readonly job: Job; readonly state: ResultsState }) {
  const [line, setLine] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    const wanted = Math.trunc(Number(line));
    if (wanted >= 1) void state.goToLine(Math.min(wanted, Math.max(1, job.operations)));
  };
  return (
    <form class="field line-field" onSubmit={submit}>
      <label>
        <span>Line</span>
        <input
          type="number"
          inputMode="numeric"
          min={1}
          max={Math.max(1, job.operations)}
          step={1}
          required
          value={line}
          onInput={({ currentTarget }) => setLine(currentTarget.value)}
        />
      </label>
      <button type="submit" class="secondary">
        Go
      </button>
    </form>
  );
}
