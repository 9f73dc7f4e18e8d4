import { useEffect, useRef, useState } from 'preact/hooks';
import { describeError, isAbort } from '../../../api/errors.ts';
import type { Job } from '../../../api/types.ts';
import { goTo } from '../../../current-route.ts';
import { Dialog } from '../../../parts/dialog.tsx';
import { formatCount } from '../../../parts/formats.ts';
import { jobLink } from '../../../route.ts';
import { submitAgain } from './submit-again.ts';

const modes = ['decimal', 'float64', 'rational', 'bigint'] as const;

export function SubmitAgainDialog({ job, onClose }: { readonly job: Job; readonly onClose: () => void }) {
  const [name, setName] = useState(job.name ?? '');
  const [mode, setMode] = useState(job.mode);
  const [precision, setPrecision] = useState(String(job.precision));
  const [progress, setProgress] = useState('');
  const [problem, setProblem] = useState('');
  const controller = useRef(new AbortController());
  useEffect(() => () => controller.current.abort(), []);

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const { signal } = controller.current;
    setProblem('');
    setProgress('Reading the lines …');
    try {
      const onProgress = (lines: number | undefined): void =>
        setProgress(lines === undefined ? 'Submitting …' : `Reading the lines … ${formatCount(lines)}`);
      const { id } = await submitAgain(job, { name, mode, precision: Number(precision), signal, onProgress });
      goTo(jobLink(id));
    } catch (error) {
      setProgress('');
      if (!isAbort(error)) setProblem(describeError(error));
    }
  };

  return (
    <Dialog
      title="Submit again"
      onClose={onClose}
      buttons={
        <>
          <button type="button" class="secondary" onClick={onClose}>
            Close
          </button>
          <button type="submit" form="submit-again" aria-busy={progress !== ''} disabled={progress !== ''}>
            Submit
          </button>
        </>
      }
    >
      <form id="submit-again" onSubmit={(event) => void submit(event)}>
        <p>All {formatCount(job.operations)} lines are evaluated again, as a new job.</p>
        <label>
          Name
          <input value={name} maxLength={200} onInput={({ currentTarget }) => setName(currentTarget.value)} />
        </label>
        <div class="field-pair">
          <label>
            Mode
            <select value={mode} onChange={({ currentTarget }) => setMode(currentTarget.value)}>
              {modes.map((mode) => (
                <option key={mode}>{mode}</option>
              ))}
            </select>
          </label>
          <label>
            Precision
            <input
              type="number"
              min={1}
              max={100}
              required
              disabled={mode !== 'decimal'}
              value={precision}
              onInput={({ currentTarget }) => setPrecision(currentTarget.value)}
            />
          </label>
        </div>
      </form>
      <p aria-live="polite">
        {progress}
        {problem !== '' && <span class="problem">{problem}</span>}
      </p>
    </Dialog>
  );
}
