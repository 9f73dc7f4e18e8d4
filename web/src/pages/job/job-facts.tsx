import type { ComponentChildren } from 'preact';
import { foreignTenant } from '../../api/session.ts';
import type { Job } from '../../api/types.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { formatRelativeTime, formatTime } from '../../parts/formats.ts';
import { UserText } from '../../parts/user-text.tsx';
import { jobLink } from '../../route.ts';

/** The facts of a job that do not change while it runs. */
export function JobFacts({ job }: { readonly job: Job }) {
  const tenant = foreignTenant(job);
  return (
    <>
      <dl class="facts">
        <Fact name="Id">
          <code class="job-id">{job.id}</code>
          <CopyButton text={linkOf(job)} label="Copy the link to this job" />
        </Fact>
        {tenant !== undefined && (
          <Fact name="Tenant">
            <UserText text={tenant} />
          </Fact>
        )}
        <Fact name="Mode">{job.mode === 'decimal' ? `decimal, ${job.precision} digits` : job.mode}</Fact>
        {job.engine.length > 0 && (
          <Fact name={job.engine.length > 1 ? 'Engine versions' : 'Engine version'}>{job.engine.join(', ')}</Fact>
        )}
        <Fact name="Created">
          <Time time={job.created_at} />
        </Fact>
        {job.finished_at !== undefined && (
          <Fact name="Finished">
            <Time time={job.finished_at} />
          </Fact>
        )}
        {job.expires_at !== undefined && (
          <Fact name="Expires">
            <Time time={job.expires_at} />
          </Fact>
        )}
        {job.repairs !== undefined && (
          <Fact name="Repairs">
            <a href={jobLink(job.repairs)}>{job.repairs}</a>
          </Fact>
        )}
      </dl>
      {job.formulas !== undefined && (
        <ul class="formulas" aria-label="Formulas">
          {job.formulas.map((formula) => (
            <li key={formula}>
              <code>{formula}</code>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Time({ time }: { readonly time: string }) {
  return (
    <time dateTime={time} title={formatTime(time)}>
      {formatRelativeTime(time, Date.now())}
    </time>
  );
}

/** The link without the current filters. */
function linkOf({ id }: Job): string {
  return new URL(jobLink(id), location.href).href;
}
