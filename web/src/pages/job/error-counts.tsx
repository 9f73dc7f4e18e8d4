import type { Job } from '../../api/types.ts';
import { formatCount, formatShare } from '../../parts/formats.ts';
import type { ResultsState } from './results/results-state.ts';

export interface ErrorCountsProps {
  readonly job: Job;
  readonly state: ResultsState;
}

/** How many lines failed, by the code of their error; a click shows those lines. */
export function ErrorCounts({ job, state }: ErrorCountsProps) {
  const counts = Object.entries(job.error_counts).sort(([, left], [, right]) => right - left);
  if (job.failed === 0) return null;
  const most = Math.max(1, ...counts.map(([, count]) => count));
  const show = (code: string): void => {
    state.change({ errorCode: code, outcome: 'all' });
    document.getElementById('results-heading')?.scrollIntoView({ block: 'start' });
  };
  return (
    <section class="card panel">
      <h2>Errors</h2>
      {counts.length > 0 && (
        <table class="error-counts" aria-label="Errors by code">
          <thead class="visually-hidden">
            <tr>
              <th scope="col">Code</th>
              <th scope="col">Lines</th>
              <th scope="col">Share of the errors</th>
            </tr>
          </thead>
          <tbody>
            {counts.map(([code, count]) => (
              <tr key={code}>
                <th scope="row">
                  <button
                    type="button"
                    class="link-button error-code"
                    aria-pressed={state.filter.value.errorCode === code}
                    onClick={() => show(code)}
                  >
                    {code}
                  </button>
                </th>
                <td class="numeric">{formatCount(count)}</td>
                <td class="bar-cell">
                  <span class="bar" style={{ width: `${(100 * count) / most}%` }} />
                  <span class="visually-hidden">{formatShare(count, job.failed)}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <UnknownErrors job={job} />
    </section>
  );
}

/** Outcomes that a server of an earlier version recorded have no counts by code. */
function UnknownErrors({ job }: { readonly job: Job }) {
  const known = Object.values(job.error_counts).reduce((sum, count) => sum + count, 0);
  if (known >= job.failed) return null;
  return (
    <p class="muted">
      {formatCount(job.failed - known)} more, recorded by an earlier version, are not counted by code.
    </p>
  );
}
