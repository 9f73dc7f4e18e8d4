import { useEffect, useRef } from 'preact/hooks';
import { foreignTenant, maySubmit } from '../../api/session.ts';
import type { Job } from '../../api/types.ts';
import { formatCount, formatRelativeTime, formatShare, formatTime } from '../../parts/formats.ts';
import { UserText } from '../../parts/user-text.tsx';
import { jobLink } from '../../route.ts';
import { extentOf, rangeBetween, selectAll, type Extent, type Selection } from './selection.ts';

export interface JobTableProps {
  readonly jobs: readonly Job[];
  readonly nowMs: number;
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
}

export function JobTable({ jobs, nowMs, selection, onSelect }: JobTableProps) {
  const lastId = useRef<string | undefined>(undefined);
  const ids = jobs.map(({ id }) => id);
  const select = (id: string, isSelected: boolean, isRange: boolean): void => {
    const range = isRange ? rangeBetween(ids, lastId.current, id) : [id];
    lastId.current = id;
    onSelect(selectAll(selection, range, isSelected));
  };
  return (
    <table class={`compact jobs-table ${maySubmit.value ? 'has-boxes' : ''}`} aria-label="Jobs">
      <thead>
        <tr>
          {maySubmit.value && (
            <td>
              <SelectPage
                extent={extentOf(selection, ids)}
                onChange={(isSelected) => onSelect(selectAll(selection, ids, isSelected))}
              />
            </td>
          )}
          <th scope="col">Name</th>
          <th scope="col">Status</th>
          <th scope="col">Progress</th>
          <th scope="col" class="numeric secondary">
            Operations
          </th>
          <th scope="col" class="numeric">
            Failed
          </th>
          <th scope="col" class="secondary">
            Mode
          </th>
          <th scope="col" class="secondary">
            Created
          </th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <JobRow key={job.id} job={job} nowMs={nowMs} isSelected={selection.has(job.id)} onSelect={select} />
        ))}
      </tbody>
    </table>
  );
}

interface SelectPageProps {
  readonly extent: Extent;
  readonly onChange: (isSelected: boolean) => void;
}

function SelectPage({ extent, onChange }: SelectPageProps) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current !== null) box.current.indeterminate = extent === 'some';
  }, [extent]);
  return (
    <input
      ref={box}
      type="checkbox"
      aria-label="Select all jobs of this page"
      checked={extent === 'all'}
      onChange={({ currentTarget }) => onChange(currentTarget.checked)}
    />
  );
}

interface JobRowProps {
  readonly job: Job;
  readonly nowMs: number;
  readonly isSelected: boolean;
  readonly onSelect: (id: string, isSelected: boolean, isRange: boolean) => void;
}

function JobRow({ job, nowMs, isSelected, onSelect }: JobRowProps) {
  const tenant = foreignTenant(job);
  return (
    <tr class={isSelected ? 'is-selected' : undefined}>
      {maySubmit.value && (
        <td>
          <input
            type="checkbox"
            aria-label={`Select ${job.name ?? job.id}`}
            checked={isSelected}
            onClick={(event) => onSelect(job.id, event.currentTarget.checked, event.shiftKey)}
          />
        </td>
      )}
      <th scope="row" class="job-name">
        <a href={jobLink(job.id)} class={job.name === undefined ? 'mono' : undefined} title={job.id}>
          <UserText text={job.name ?? job.id} />
        </a>
        {tenant !== undefined && (
          <span class="tag">
            tenant <UserText text={tenant} />
          </span>
        )}
        {job.formulas !== undefined && <span class="tag">table</span>}
        {job.repairs !== undefined && <span class="tag">repair</span>}
      </th>
      <td>
        <span class={`status is-${job.status.toLowerCase()}`}>{job.status}</span>
      </td>
      <td>
        <RowProgress job={job} />
      </td>
      <td class="numeric secondary">{formatCount(job.operations)}</td>
      <td class={`numeric ${job.failed > 0 ? 'error-text' : 'muted'}`}>{formatCount(job.failed)}</td>
      <td class="secondary">{job.mode}</td>
      <td class="secondary" title={formatTime(job.created_at)}>
        {formatRelativeTime(job.created_at, nowMs)}
      </td>
    </tr>
  );
}

/** Cancelled operations were not evaluated, so they are no progress. */
function RowProgress({ job: { completed, cancelled, operations, status } }: { readonly job: Job }) {
  const evaluated = completed - cancelled;
  return (
    <span class={status === 'InProgress' ? 'row-progress is-running' : 'row-progress'}>
      <span class="track" aria-hidden="true">
        <span style={{ width: `${operations === 0 ? 0 : (100 * evaluated) / operations}%` }} />
      </span>
      <span class="share">{formatShare(evaluated, operations)}</span>
    </span>
  );
}
