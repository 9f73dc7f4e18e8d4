import { useEffect, useRef } from 'preact/hooks';
import { PageHeading } from '../../parts/page-heading.tsx';
import { forgetCheck } from './check.ts';
import { CheckResult } from './check-result.tsx';
import { DropArea } from './drop-area.tsx';
import * as form from './form-state.ts';
import { FormulasBox } from './formulas-box.tsx';
import { JobOptions } from './job-options.tsx';
import { SourceInput } from './source-input.tsx';
import { SubmitPanel } from './submit-panel.tsx';
import { forgetFailure } from './submit.ts';
import { TableOptions } from './table-options.tsx';

export function NewJobPage() {
  useForgottenOutcomes();
  return (
    <>
      <PageHeading title="New job" />
      <DropArea>
        <form class="new-job" onSubmit={(event) => event.preventDefault()}>
          <div class="new-job-content">
            <SourceInput />
            {form.takesFormulas.value && <FormulasBox />}
          </div>
          <div class="new-job-options">
            <JobOptions />
            {form.isTableUpload.value && <TableOptions />}
            <SubmitPanel />
          </div>
          <CheckResult />
        </form>
      </DropArea>
    </>
  );
}

/** A check does not cover changes made since, nor does the failure of a submission. */
function useForgottenOutcomes(): void {
  const { value: options } = form.options;
  const { value: source } = form.sample;
  const seen = useRef({ options, source });
  useEffect(() => {
    if (seen.current.options === options && seen.current.source === source) return;
    seen.current = { options, source };
    forgetCheck();
    forgetFailure();
  }, [options, source]);
}
