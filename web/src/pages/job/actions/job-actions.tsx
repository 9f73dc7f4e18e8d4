import { useEffect, useRef, useState } from 'preact/hooks';
import { requestJson } from '../../../api/client.ts';
import { describeError, isAbort } from '../../../api/errors.ts';
import { maySubmit } from '../../../api/session.ts';
import type { Job } from '../../../api/types.ts';
import { goTo } from '../../../current-route.ts';
import { jobLink } from '../../../route.ts';
import { isFinished } from '../follow-job.ts';
import { createKey, submitRepair } from '../repair/repair-state.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { SubmitAgainDialog } from './submit-again-dialog.tsx';
import { canSubmitAgain } from './submit-again.ts';

export interface JobActionsProps {
  readonly job: Job;
  /** Reads the job again. */
  readonly refresh: () => Promise<void>;
}

export function JobActions({ job, refresh }: JobActionsProps) {
  const [dialog, setDialog] = useState<'delete' | 'again' | undefined>(undefined);
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  // A user who left the page is not brought back by an action that was started on it.
  const leaving = useRef(new AbortController());
  useEffect(() => () => leaving.current.abort(), []);
  const run = async (action: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setProblem('');
    try {
      await action();
    } catch (error) {
      if (!isAbort(error)) setProblem(describeError(error));
    } finally {
      setBusy(false);
    }
  };
  const cancel = async (): Promise<void> => {
    await requestJson<Job>('POST', `api/jobs/${encodeURIComponent(job.id)}/cancel`);
    await refresh();
  };
  const resume = async (): Promise<void> => {
    const { id } = await submitRepair(job.id, [], createKey(), leaving.current.signal);
    goTo(jobLink(id));
  };
  const close = (): void => setDialog(undefined);
  if (!maySubmit.value) return null;
  return (
    <div class="button-row job-actions">
      {problem !== '' && (
        <span class="problem" role="alert">
          {problem}
        </span>
      )}
      {job.status === 'Cancelled' && job.cancelled > 0 && (
        <button
          type="button"
          class="secondary outline"
          disabled={isBusy}
          aria-busy={isBusy}
          onClick={() => void run(resume)}
        >
          Resume as a new job
        </button>
      )}
      {canSubmitAgain(job) && (
        <button type="button" class="secondary outline" onClick={() => setDialog('again')}>
          Submit again
        </button>
      )}
      {!isFinished(job) && (
        <button
          type="button"
          class="secondary outline"
          disabled={isBusy || job.status === 'Cancelling'}
          onClick={() => void run(cancel)}
        >
          Cancel job
        </button>
      )}
      <button type="button" class="danger outline" onClick={() => setDialog('delete')}>
        Delete job
      </button>
      {dialog === 'delete' && <DeleteDialog job={job} onClose={close} />}
      {dialog === 'again' && <SubmitAgainDialog job={job} onClose={close} />}
    </div>
  );
}
