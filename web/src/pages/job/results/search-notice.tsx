import type { Job } from '../../../api/types.ts';
import { formatCount, formatShare } from '../../../parts/formats.ts';
import type { FoundRows } from '../../../parts/results-table/found-rows.ts';
import type { ResultsState } from './results-state.ts';

export interface SearchNoticeProps {
  readonly job: Job;
  readonly state: ResultsState;
}

/** How far a search is, and what it searches for. Nothing while all rows of an outcome are shown. */
export function SearchNotice({ job, state }: SearchNoticeProps) {
  // Read, so that it is drawn again when the search has continued.
  void state.version.value;
  const { errorCode, fromLine } = state.filter.value;
  const found = state.found.value;
  if (found === undefined) return null;
  return (
    <div class="search-notice">
      {errorCode !== '' && <CodeChip code={errorCode} state={state} />}
      <p>
        {describeCount(found, fromLine)}
        <span class="muted"> {describeState(found, job)}</span>
      </p>
      <SearchButton found={found} state={state} />
    </div>
  );
}

function CodeChip({ code, state }: { readonly code: string; readonly state: ResultsState }) {
  return (
    <button
      type="button"
      class="chip"
      aria-label={`Error code ${code}: show all`}
      onClick={() => state.change({ errorCode: '' })}
    >
      {code} <span aria-hidden="true">×</span>
    </button>
  );
}

function SearchButton({ found, state }: { readonly found: FoundRows; readonly state: ResultsState }) {
  switch (found.state) {
    case 'running':
      return (
        <button type="button" class="small secondary outline" onClick={() => found.pause()}>
          Stop search
        </button>
      );
    case 'stopped':
      return (
        <button type="button" class="small secondary outline" onClick={() => found.resume()}>
          Continue search
        </button>
      );
    case 'full':
      return (
        <button
          type="button"
          class="small secondary outline"
          onClick={() => state.change({ fromLine: found.searchedThrough + 1 })}
        >
          Next matches
        </button>
      );
    case 'paused':
    case 'ended':
      return null;
  }
}

function describeCount({ count, state }: FoundRows, fromLine: number): string {
  const from = fromLine > 1 ? ` from line ${formatCount(fromLine)}` : '';
  if (count === 0) return state === 'ended' ? `No matches${from}.` : `No matches yet${from}.`;
  const matches = count === 1 ? '1 match' : `${formatCount(count)} matches`;
  return `${matches}${from}${state === 'ended' ? '.' : ' so far.'}`;
}

function describeState({ state, searchedThrough }: FoundRows, { operations }: Job): string {
  switch (state) {
    case 'running':
      return `Searching … ${formatShare(searchedThrough, operations)}`;
    case 'stopped':
      return `Stopped after line ${formatCount(searchedThrough)}.`;
    case 'paused':
      return 'Scroll down for more.';
    case 'full':
      return `Searched through line ${formatCount(searchedThrough)}.`;
    case 'ended':
      return '';
  }
}
