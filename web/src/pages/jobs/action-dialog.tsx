import { useState } from 'preact/hooks';
import { describeError } from '../../api/errors.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { formatCount } from '../../parts/formats.ts';
import type { ActionKind, Progress } from './actions.ts';

export interface ActionDialogProps {
  readonly kind: ActionKind;
  readonly count: number;
  /** Which jobs they are, after "Delete 3 jobs". */
  readonly which: string;
  readonly run: (onProgress: (progress: Progress) => void) => Promise<number>;
  /** With the number of jobs that were changed; without one if nothing was done. */
  readonly onClose: (done?: number) => void;
}

const verbs = { cancel: 'Cancel', delete: 'Delete' } as const;

export function describeJobs(count: number): string {
  return count === 1 ? '1 job' : `${formatCount(count)} jobs`;
}

/** Asks before it acts, shows how far it is, and stays open when it fails. */
export function ActionDialog({ kind, count, which, run, onClose }: ActionDialogProps) {
  const [progress, setProgress] = useState<Progress>();
  const [message, setMessage] = useState<string>();
  const isBusy = progress !== undefined;
  const act = async (): Promise<void> => {
    setProgress({ kind, done: 0, of: count });
    setMessage(undefined);
    try {
      onClose(await run(setProgress));
    } catch (error) {
      setMessage(describeError(error));
      setProgress(undefined);
    }
  };
  const close = (): void => {
    if (!isBusy) onClose();
  };
  return (
    <Dialog
      title={`${verbs[kind]} ${describeJobs(count)}?`}
      onClose={close}
      buttons={
        <>
          <button type="button" class="secondary outline" disabled={isBusy} onClick={close}>
            Keep
          </button>
          <button type="button" class="danger" disabled={isBusy} onClick={() => void act()}>
            {verbs[kind]} {describeJobs(count)}
          </button>
        </>
      }
    >
      <p>
        {which} {kind === 'delete' ? deletionNote : cancellationNote}
      </p>
      {isBusy && <progress value={progress.done} max={progress.of} aria-label={`${verbs[kind]} jobs`} />}
      {message !== undefined && (
        <p role="alert" class="error-text">
          {message}
        </p>
      )}
    </Dialog>
  );
}

const deletionNote = 'Their operations and results are deleted with them. This cannot be undone.';
const cancellationNote =
  'Results that are there stay; operations without one are not evaluated. Finished jobs stay as they are.';
