import { useState } from 'preact/hooks';
import { resolveUrl } from '../../api/url.ts';
import type { Job } from '../../api/types.ts';
import { isTableJob } from './job-options.ts';
import { isFinished } from './follow-job.ts';

const titles = { text: 'Text', csv: 'CSV', tsv: 'TSV', ndjson: 'NDJSON' } as const;
type Format = keyof typeof titles;

function formatsOf(job: Job): readonly Format[] {
  if (!isTableJob(job)) return ['text', 'csv', 'ndjson'];
  if (job.dialect.format === 'ndjson') return ['text', 'ndjson'];
  return job.dialect.delimiter === '\t' ? ['text', 'tsv', 'ndjson'] : ['text', 'csv', 'ndjson'];
}

/** Links and not requests of the page: the browser writes the file as it comes, of any size. */
export function JobDownloads({ job }: { readonly job: Job }) {
  const [isFailedOnly, setFailedOnly] = useState(false);
  const [isSafe, setSafe] = useState(false);
  const formats = formatsOf(job);
  const hasCells = formats.includes('csv') || formats.includes('tsv');
  const link = (format: Format): string =>
    resolveUrl(`api/jobs/${encodeURIComponent(job.id)}/results`, {
      format,
      outcome: isFailedOnly ? 'failed' : undefined,
      spreadsheet_safe: isSafe && (format === 'csv' || format === 'tsv') ? true : undefined,
    }).href;
  return (
    <section class="card panel">
      <h2>Download{!isFinished(job) && <small class="muted"> the results so far</small>}</h2>
      <div class="button-row">
        {formats.map((format) => (
          <a key={format} href={link(format)} download class="button-link">
            {titles[format]}
          </a>
        ))}
      </div>
      <label>
        <input
          type="checkbox"
          checked={isFailedOnly}
          onChange={({ currentTarget }) => setFailedOnly(currentTarget.checked)}
        />
        Failed lines only
      </label>
      {hasCells && (
        <label>
          <input type="checkbox" checked={isSafe} onChange={({ currentTarget }) => setSafe(currentTarget.checked)} />
          Safe for spreadsheets: no cell can run as a formula
        </label>
      )}
    </section>
  );
}
