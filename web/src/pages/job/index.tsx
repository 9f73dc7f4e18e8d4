import { type ReadonlySignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { ProblemError } from '../../api/errors.ts';
import type { Job } from '../../api/types.ts';
import { PageHeading } from '../../parts/page-heading.tsx';
import { JobActions } from './actions/job-actions.tsx';
import { ErrorCounts } from './error-counts.tsx';
import { followJob } from './follow-job.ts';
import { JobDownloads } from './job-downloads.tsx';
import { JobFacts } from './job-facts.tsx';
import { JobProgress } from './job-progress.tsx';
import { JobTotals } from './job-totals.tsx';
import { ResultsSection } from './results/results-section.tsx';
import { createResultsState } from './results/results-state.ts';

export function JobPage({ id }: { readonly id: string }) {
  const followed = useMemo(() => followJob(id), [id]);
  useEffect(() => followed.stop, [followed]);
  const job = followed.job.value;
  const problem = followed.problem.value;
  if (problem !== undefined) return <NoJob id={id} problem={problem} />;
  if (job === undefined) return <Loading id={id} />;
  return <LoadedJob job={followed.job as ReadonlySignal<Job>} refresh={followed.refresh} />;
}

interface LoadedJobProps {
  readonly job: ReadonlySignal<Job>;
  readonly refresh: () => Promise<void>;
}

function LoadedJob({ job: followed, refresh }: LoadedJobProps) {
  const state = useMemo(() => createResultsState(followed), []);
  useEffect(() => state.stop, []);
  const job = followed.value;
  return (
    <>
      <PageHeading title={job.name ?? job.id}>
        <span class={`status is-${job.status.toLowerCase()}`} role="status">
          {job.status}
        </span>
        <JobActions job={job} refresh={refresh} />
      </PageHeading>
      <JobFacts job={job} />
      <JobProgress job={job} />
      <div class="panels">
        <ErrorCounts job={job} state={state} />
        <JobTotals job={job} />
        <JobDownloads job={job} />
      </div>
      <ResultsSection job={job} state={state} />
    </>
  );
}

function Loading({ id }: { readonly id: string }) {
  return (
    <>
      <PageHeading title={id} />
      <p aria-busy="true">Loading …</p>
    </>
  );
}

function NoJob({ id, problem }: { readonly id: string; readonly problem: ProblemError }) {
  return (
    <>
      <PageHeading title={problem.code === 'JOB_NOT_FOUND' ? 'No such job' : id} />
      <p>
        {problem.message} <a href="#/jobs">All jobs</a>
      </p>
    </>
  );
}
