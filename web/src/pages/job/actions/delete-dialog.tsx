import { useState } from 'preact/hooks';
import { request } from '../../../api/client.ts';
import { describeError } from '../../../api/errors.ts';
import type { Job } from '../../../api/types.ts';
import { goTo } from '../../../current-route.ts';
import { Dialog } from '../../../parts/dialog.tsx';
import { formatCount } from '../../../parts/formats.ts';

export function DeleteDialog({ job, onClose }: { readonly job: Job; readonly onClose: () => void }) {
  const [isDeleting, setDeleting] = useState(false);
  const [problem, setProblem] = useState('');
  const remove = async (): Promise<void> => {
    setDeleting(true);
    try {
      await request('DELETE', `api/jobs/${encodeURIComponent(job.id)}`);
      goTo('#/jobs');
    } catch (error) {
      setProblem(describeError(error));
      setDeleting(false);
    }
  };
  return (
    <Dialog
      title="Delete this job?"
      onClose={onClose}
      buttons={
        <>
          <button type="button" class="secondary" onClick={onClose}>
            Keep
          </button>
          <button
            type="button"
            class="danger"
            aria-busy={isDeleting}
            disabled={isDeleting}
            onClick={() => void remove()}
          >
            Delete
          </button>
        </>
      }
    >
      <p>
        <strong>
          <bdi>{job.name ?? job.id}</bdi>
        </strong>{' '}
        with its {formatCount(job.operations)} lines and all results is deleted. This cannot be undone.
      </p>
      {problem !== '' && <p class="problem">{problem}</p>}
    </Dialog>
  );
}
