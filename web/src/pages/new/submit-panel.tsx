import { useEffect, useRef } from 'preact/hooks';
import { createRateMeter } from '../../parts/progress-rate.ts';
import { ErrorBox } from '../../parts/error-box.tsx';
import { formatBytes, formatDuration, formatShare } from '../../parts/formats.ts';
import { jobLink } from '../../route.ts';
import { check, runCheck } from './check.ts';
import * as form from './form-state.ts';
import { readFormulas } from './formulas.ts';
import { stopSubmission, submission, submit, type Submission } from './submit.ts';

/** The buttons, and what becomes of the upload. */
export function SubmitPanel() {
  const { value } = submission;
  const isBusy = value.kind === 'running' || value.kind === 'checking';
  const needsFormula = form.isTableUpload.value && readFormulas(form.formulas.value).length === 0;
  const isReady = !form.isEmpty.value && !needsFormula;
  return (
    <section class="card submit-panel" aria-label="Submission">
      {value.kind === 'running' ? (
        <Progress submission={value} />
      ) : (
        <div class="submit-buttons">
          <button
            type="button"
            class="secondary outline"
            disabled={!isReady || isBusy}
            aria-busy={check.value.kind === 'running'}
            onClick={() => void runCheck()}
          >
            Check
          </button>
          <button type="button" disabled={!isReady || isBusy} aria-busy={isBusy} onClick={() => void submit()}>
            Submit
          </button>
        </div>
      )}
      <Hint isEmpty={form.isEmpty.value} needsFormula={needsFormula} />
      {value.kind === 'failed' && <ErrorBox error={value.error} />}
      {value.kind === 'done' && (
        <p>
          Submitted: <a href={jobLink(value.job.id)}>the last job</a>
        </p>
      )}
    </section>
  );
}

function Hint({ isEmpty, needsFormula }: { readonly isEmpty: boolean; readonly needsFormula: boolean }) {
  if (isEmpty) return <small>Write operations, or choose a file.</small>;
  return needsFormula ? <small>A table needs a formula.</small> : null;
}

const stepTexts = { compressing: 'Compressing', sending: 'Uploading' } as const;

function Progress({ submission }: { readonly submission: Extract<Submission, { kind: 'running' }> }) {
  const { step, bytes, bytesMax } = submission;
  const isSent = step === 'sending' && bytes >= bytesMax;
  return (
    <div class="upload">
      <div class="upload-head">
        <strong>{isSent ? 'Storing' : stepTexts[step]}</strong>
        <span>{formatShare(bytes, bytesMax)}</span>
      </div>
      <progress aria-label="Upload" value={bytesMax === 0 ? 1 : bytes / bytesMax} max={1} />
      <Speed key={step} bytes={bytes} bytesMax={bytesMax} />
      <button type="button" class="secondary" onClick={stopSubmission}>
        Stop
      </button>
    </div>
  );
}

function Speed({ bytes, bytesMax }: { readonly bytes: number; readonly bytesMax: number }) {
  const meter = useRef(createRateMeter());
  useEffect(() => meter.current.add({ atMs: performance.now(), count: bytes }), [bytes]);
  const { perSecond } = meter.current;
  const left = meter.current.secondsLeft(bytesMax);
  return (
    <small>
      {formatBytes(bytes)} of {formatBytes(bytesMax)}
      {perSecond !== undefined && perSecond > 0 && `, ${formatBytes(perSecond)}/s`}
      {left !== undefined && bytes < bytesMax && `, ${formatDuration(left)} left`}
    </small>
  );
}
