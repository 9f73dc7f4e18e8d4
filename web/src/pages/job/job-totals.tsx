import type { Job } from '../../api/types.ts';
import { formatCount } from '../../parts/formats.ts';
import { isFinished } from './follow-job.ts';

const numbers = ['sum', 'min', 'max', 'mean'] as const;
const titles = { sum: 'Sum', min: 'Minimum', max: 'Maximum', mean: 'Mean' } as const;

/** Control totals of a table. The numbers are results: they stay exactly as the server writes them. */
export function JobTotals({ job }: { readonly job: Job }) {
  const totals = Object.entries(job.totals ?? {});
  if (totals.length === 0) return null;
  return (
    <section class="card panel">
      <h2>Totals{!isFinished(job) && <small class="muted"> of the first rows</small>}</h2>
      <div class="scrolls-sideways" tabIndex={0} role="region" aria-label="Totals of columns">
        <table class="totals" aria-label="Totals">
          <thead>
            <tr>
              <th scope="col">Column</th>
              <th scope="col" class="numeric">
                Count
              </th>
              {numbers.map((name) => (
                <th key={name} scope="col" class="numeric">
                  {titles[name]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {totals.map(([column, values]) => (
              <tr key={column}>
                <th scope="row">
                  <bdi>{column}</bdi>
                </th>
                <td class="numeric">{formatCount(values.count)}</td>
                {numbers.map((name) => (
                  <td key={name} class="numeric mono">
                    {values[name] ?? '–'}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
