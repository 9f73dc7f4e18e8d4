/** One row with all of its text, and where its error is. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { describeError, isAbort } from '../../../api/errors.ts';
import type { Job, Operation, OperationError } from '../../../api/types.ts';
import { CopyButton } from '../../../parts/copy-button.tsx';
import { FaultText } from '../../../parts/fault-text.tsx';
import { UserText } from '../../../parts/user-text.tsx';
import { isPending, isUnread, type Row } from '../../../parts/results-table/row.ts';
import { expressionOf, formulaName, isTableJob, type TableJob } from '../job-options.ts';
import { loadOperation } from './operations-api.ts';
import { nameCells } from './row-cells.ts';

export interface RowPanelProps {
  readonly job: Job;
  readonly row: Row;
  readonly onClose: () => void;
  /** Next to the operation, such as an input for its correction. */
  readonly renderEditor?: ((operation: Operation) => ComponentChildren) | undefined;
}

export function RowPanel({ job, row, onClose, renderEditor }: RowPanelProps) {
  const panel = useRef<HTMLElement>(null);
  const { operation, problem } = useWholeRow(job, row);
  useEffect(() => panel.current?.scrollIntoView({ block: 'nearest' }), [row.id]);
  const isLoading = isUnread(operation);
  return (
    <section ref={panel} class="card row-panel" aria-label={`Line ${row.id}`} onKeyDown={onEscape(onClose)}>
      <header>
        <h3>
          Line {row.id}
          {operation.custom_id !== undefined && (
            <span class="muted">
              {' · '}
              <UserText text={operation.custom_id} />
            </span>
          )}
        </h3>
        <button type="button" class="small secondary outline" aria-label="Close the row" onClick={onClose}>
          Close
        </button>
      </header>
      {problem !== '' && <p class="problem">{problem}</p>}
      {isLoading ? (
        problem === '' && <p aria-busy="true">Loading …</p>
      ) : (
        <RowFields job={job} operation={operation} renderEditor={renderEditor} />
      )}
    </section>
  );
}

interface RowFieldsProps extends Pick<RowPanelProps, 'job' | 'renderEditor'> {
  readonly operation: Operation;
}

function RowFields({ job, operation, renderEditor }: RowFieldsProps) {
  return (
    <>
      <dl class="row-fields">
        <Field name={isTableJob(job) ? 'Row' : 'Operation'} text={operation.request} />
      </dl>
      {isTableJob(job) && operation.error === undefined && <Cells job={job} row={operation.request} />}
      {renderEditor !== undefined && <div class="row-editor">{renderEditor(operation)}</div>}
      <dl class="row-fields">
        {isTableJob(job) ? (
          (job.formulas ?? []).map((formula) => <FormulaField key={formula} formula={formula} operation={operation} />)
        ) : (
          <LineOutcome operation={operation} />
        )}
        {isTableJob(job) && operation.error !== undefined && <ErrorField error={operation.error} text="" />}
      </dl>
    </>
  );
}

function Cells({ job, row }: { readonly job: TableJob; readonly row: string }) {
  const cells = nameCells(job, row);
  if (cells.length === 0) return null;
  return (
    <dl class="row-cells" aria-label="Cells">
      {cells.map(({ name, text }, index) => (
        <div key={index}>
          <dt>
            <bdi>{name}</bdi>
          </dt>
          <dd>{text === '' ? <span class="muted">empty</span> : <UserText text={text} />}</dd>
        </div>
      ))}
    </dl>
  );
}

function LineOutcome({ operation }: { readonly operation: Operation }) {
  if (operation.error !== undefined) return <ErrorField error={operation.error} text={operation.request} />;
  if (operation.result === undefined) return <PendingField name="Result" />;
  return <Field name="Result" text={operation.result} />;
}

function FormulaField({ formula, operation }: { readonly formula: string; readonly operation: Operation }) {
  const name = formulaName(formula);
  const error = operation.errors?.[name];
  if (error !== undefined) return <ErrorField name={name} error={error} text={expressionOf(formula)} />;
  if (isPending(operation)) return <PendingField name={name} />;
  const result = operation.results?.[name];
  return typeof result === 'string' ? <Field name={name} text={result} /> : null;
}

function Field({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div>
      <dt>
        <bdi>{name}</bdi>
        <CopyButton text={text} label={`Copy ${name}`} />
      </dt>
      <dd class="row-text" tabIndex={0}>
        <UserText text={text} />
      </dd>
    </div>
  );
}

function PendingField({ name }: { readonly name: string }) {
  return (
    <div>
      <dt>
        <bdi>{name}</bdi>
      </dt>
      <dd class="muted">pending</dd>
    </div>
  );
}

interface ErrorFieldProps {
  readonly name?: string;
  readonly error: OperationError;
  /** The text to which the error's columns refer. */
  readonly text: string;
}

function ErrorField({ name = 'Error', error, text }: ErrorFieldProps) {
  const { code, message, column, end_column: endColumn } = error;
  return (
    <div>
      <dt>
        <bdi>{name}</bdi>
        <CopyButton text={`${code}: ${message}`} label={`Copy ${name === 'Error' ? 'error' : `error of ${name}`}`} />
      </dt>
      <dd>
        <p class="error-message">
          <span class="error-code">{code}</span> <UserText text={message} />
          {column !== undefined && <span class="muted"> (column {column})</span>}
        </p>
        <FaultText text={text} column={column} endColumn={endColumn} />
      </dd>
    </div>
  );
}

/** The row of the table may have its text cut; then the whole one is read, and the cut one shown until it is there. */
function useWholeRow(job: Job, row: Row): { readonly operation: Operation; readonly problem: string } {
  const [whole, setWhole] = useState<Operation | undefined>(undefined);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    if (row.isCut !== true) return undefined;
    const controller = new AbortController();
    const read = async (): Promise<void> => {
      try {
        setWhole(await loadOperation(job.id, row.id, controller.signal));
        setProblem('');
      } catch (error) {
        if (!isAbort(error)) setProblem(describeError(error));
      }
    };
    void read();
    return () => controller.abort();
  }, [job.id, row]);
  return { operation: whole?.id === row.id && row.isCut === true ? whole : row, problem };
}

function onEscape(action: () => void) {
  return (event: KeyboardEvent): void => {
    if (event.key === 'Escape') action();
  };
}
