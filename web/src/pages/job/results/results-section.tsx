import { useEffect, useMemo, useState } from 'preact/hooks';
import { describeError } from '../../../api/errors.ts';
import { maySubmit } from '../../../api/session.ts';
import type { Job } from '../../../api/types.ts';
import { ResultsTable } from '../../../parts/results-table/results-table.tsx';
import type { RowSource } from '../../../parts/results-table/row-source.ts';
import { isFinished } from '../follow-job.ts';
import { RepairBar } from '../repair/repair-bar.tsx';
import { createRepairState, type RepairState } from '../repair/repair-state.ts';
import { RequestEditor, RequestInput } from '../repair/request-input.tsx';
import { createColumns, renderRequest } from './result-columns.tsx';
import type { OutcomeFilter } from './operations-api.ts';
import type { ResultsState } from './results-state.ts';
import { ResultsToolbar } from './results-toolbar.tsx';
import { RowPanel } from './row-panel.tsx';
import { SearchNotice } from './search-notice.tsx';

export interface ResultsSectionProps {
  readonly job: Job;
  readonly state: ResultsState;
}

export function ResultsSection({ job, state }: ResultsSectionProps) {
  const repair = useMemo(() => createRepairState(job.id), []);
  const source = state.source.value;
  const version = state.version.value;
  const opened = state.opened.value;
  const isRepairing = repair.isOpen.value;
  const hasCustomIds = useCustomIds(source, version);
  const corrections = repair.version.value;
  const columns = useMemo(
    () =>
      createColumns(
        job,
        hasCustomIds,
        isRepairing ? (row) => <RequestInput row={row} repair={repair} onOpen={state.open} /> : renderRequest,
      ),
    [job.formulas?.join(), hasCustomIds, isRepairing, corrections],
  );
  return (
    <section class="results" aria-labelledby="results-heading">
      <div class="section-heading">
        <h2 id="results-heading">Results</h2>
        <RepairButton job={job} state={state} repair={repair} />
      </div>
      <ResultsToolbar job={job} state={state} />
      {isRepairing && <RepairBar job={job} repair={repair} />}
      <SearchNotice job={job} state={state} />
      <Problems source={source} jumpProblem={state.jumpProblem.value} />
      <ResultsTable
        key={tableKey(state)}
        label="Results"
        source={source}
        version={version}
        columns={columns}
        lineMax={job.operations}
        jump={state.jump.value}
        openedId={opened?.id}
        onOpen={(row) => state.open(row.id === opened?.id ? undefined : row)}
        empty={<Empty job={job} state={state} source={source} />}
      />
      {opened !== undefined && (
        <RowPanel
          job={job}
          row={opened}
          onClose={() => state.open(undefined)}
          renderEditor={
            isRepairing ? (operation) => <RequestEditor operation={operation} repair={repair} /> : undefined
          }
        />
      )}
    </section>
  );
}

/** Another list begins at its first row. */
function tableKey({ filter: { value } }: ResultsState): string {
  return JSON.stringify(value);
}

function RepairButton({ job, state, repair }: ResultsSectionProps & { readonly repair: RepairState }) {
  if (!maySubmit.value || !isFinished(job) || job.failed === 0 || repair.isOpen.value) return null;
  const open = (): void => {
    repair.open();
    if (state.filter.value.outcome !== 'failed') state.change({ outcome: 'failed' });
  };
  return (
    <button type="button" class="small" onClick={open}>
      Repair failed lines
    </button>
  );
}

function Problems({ source, jumpProblem }: { readonly source: RowSource; readonly jumpProblem: string }) {
  const { failure } = source;
  return (
    <div aria-live="polite">
      {failure !== undefined && (
        <p class="problem">
          Rows cannot be read: {describeError(failure.error)} {failure.isTemporary && 'Trying again …'}
        </p>
      )}
      {jumpProblem !== '' && <p class="problem">{jumpProblem}</p>}
    </div>
  );
}

const emptyTexts: Readonly<Record<OutcomeFilter, string>> = {
  all: 'There are no lines.',
  failed: 'No line has failed.',
  succeeded: 'No line has succeeded.',
  pending: 'No line is pending.',
};

function Empty({ job, state, source }: ResultsSectionProps & { readonly source: RowSource }) {
  // Read, so that it is drawn again when the source has changed.
  void state.version.value;
  const { outcome } = state.filter.value;
  const found = state.found.value;
  if (found !== undefined) return <p>{found.state === 'running' ? 'Searching …' : 'No line matches.'}</p>;
  const isKnown = source.rowAt(0) === undefined && expectedRows(job, outcome) > 0;
  return <p>{isKnown ? 'Loading …' : emptyTexts[outcome]}</p>;
}

function expectedRows(job: Job, outcome: OutcomeFilter): number {
  if (outcome === 'all') return job.operations;
  if (outcome === 'pending') return job.operations - job.completed;
  return outcome === 'failed' ? job.failed + job.cancelled : job.succeeded;
}

/** Whether a row that has been seen has an id of its owner's; the column stays once it is there. */
function useCustomIds(source: RowSource, version: number): boolean {
  const [hasIds, setHasIds] = useState(false);
  useEffect(() => {
    if (hasIds) return;
    const rows = Array.from({ length: Math.min(source.count, 50) }, (_, index) => source.rowAt(index));
    if (rows.some((row) => row?.custom_id !== undefined)) setHasIds(true);
  }, [source, version, hasIds]);
  return hasIds;
}
