import { useEffect, useState } from 'preact/hooks';
import { describeError, isAbort } from '../../../api/errors.ts';
import type { Job } from '../../../api/types.ts';
import { Dialog } from '../../../parts/dialog.tsx';
import { UserText } from '../../../parts/user-text.tsx';
import { formatCount } from '../../../parts/formats.ts';
import {
  isSuccess,
  previewCorrections,
  previewedMax,
  type PreviewedCorrection,
  type PreviewedResult,
} from './preview-corrections.ts';
import type { RepairState } from './repair-state.ts';

export interface RepairPreviewProps {
  readonly job: Job;
  readonly repair: RepairState;
  readonly onClose: () => void;
  readonly onSubmit: () => void;
}

export function RepairPreview({ job, repair, onClose, onSubmit }: RepairPreviewProps) {
  const { previewed, problem } = usePreview(job, repair);
  return (
    <Dialog
      title="Preview of the repair"
      isWide
      onClose={onClose}
      buttons={
        <>
          <button type="button" class="secondary" onClick={onClose}>
            Back
          </button>
          <button type="button" onClick={onSubmit}>
            Submit repair
          </button>
        </>
      }
    >
      {problem !== '' && <p class="problem">{problem}</p>}
      {previewed === undefined ? (
        problem === '' && <p aria-busy="true">Evaluating …</p>
      ) : (
        <>
          <p>{describe(previewed, repair.corrections.size)}</p>
          <PreviewTable previewed={previewed} />
        </>
      )}
    </Dialog>
  );
}

function describe(previewed: readonly PreviewedCorrection[], size: number): string {
  const succeeded = previewed.filter(isSuccess).length;
  const which = previewed.length < size ? `the first ${previewed.length} of ${formatCount(size)}` : `${size}`;
  return `${succeeded} of ${which} corrected lines succeed.`;
}

function PreviewTable({ previewed }: { readonly previewed: readonly PreviewedCorrection[] }) {
  return (
    <div class="scrolls-sideways" tabIndex={0} role="region" aria-label="Corrections and their results">
      <table class="preview-table" aria-label="Corrections">
        <thead>
          <tr>
            <th scope="col">Line</th>
            <th scope="col">Now</th>
            <th scope="col">Corrected</th>
            <th scope="col">Result</th>
          </tr>
        </thead>
        <tbody>
          {previewed.map(({ line, original, text, results }) => (
            <tr key={line}>
              <th scope="row">{line}</th>
              <td class="mono">
                <UserText text={original} />
              </td>
              <td class="mono">
                <UserText text={text} />
              </td>
              <td class="mono">
                {results.map((result) => (
                  <Result key={result.name} result={result} />
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Result({ result: { name, text, error } }: { readonly result: PreviewedResult }) {
  return (
    <div>
      {name !== undefined && <span class="muted">{name}: </span>}
      {error === undefined ? (
        <UserText text={text ?? ''} />
      ) : (
        <>
          <span class="error-code">{error.code}</span> <UserText text={error.message} />
        </>
      )}
    </div>
  );
}

function usePreview(job: Job, repair: RepairState) {
  const [previewed, setPreviewed] = useState<readonly PreviewedCorrection[] | undefined>(undefined);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    const controller = new AbortController();
    const read = async (): Promise<void> => {
      try {
        setPreviewed(await previewCorrections(job, repair.corrections.first(previewedMax), controller.signal));
      } catch (error) {
        if (!isAbort(error)) setProblem(describeError(error));
      }
    };
    void read();
    return () => controller.abort();
  }, []);
  return { previewed, problem };
}
