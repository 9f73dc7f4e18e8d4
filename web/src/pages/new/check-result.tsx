import type { TablePreview, OperationError } from '../../api/types.ts';
import { ErrorBox } from '../../parts/error-box.tsx';
import { FaultText } from '../../parts/fault-text.tsx';
import { UserText } from '../../parts/user-text.tsx';
import { check, type CheckedLine } from './check.ts';
import { isFormulaFault } from './formula-fault.tsx';
import { expressionOf } from './formulas.ts';

/** The preview of the first lines or rows. */
export function CheckResult() {
  const { value } = check;
  return (
    <div class="check-result" aria-live="polite">
      {value.kind === 'running' && <p aria-busy="true">Checking …</p>}
      {value.kind === 'failed' && !isFormulaFault(value.error) && <ErrorBox error={value.error} />}
      {value.kind === 'lines' && <CheckedLines lines={value.lines} isAll={value.isAll} />}
      {value.kind === 'table' && <CheckedTable preview={value.preview} />}
    </div>
  );
}

function CheckedLines({ lines, isAll }: { readonly lines: readonly CheckedLine[]; readonly isAll: boolean }) {
  if (lines.length === 0) return <p>There is nothing to check: write an operation, or choose a file.</p>;
  const failed = lines.filter(({ error }) => error !== undefined).length;
  return (
    <section class="card" aria-label="Preview">
      <h2>{isAll ? 'Preview' : `Preview of the first ${lines.length} lines`}</h2>
      <p class={failed > 0 ? 'error-text' : 'success-text'}>
        {failed === 0 ? 'No errors.' : `${failed} of ${lines.length} lines fail. The others are not affected.`}
      </p>
      <div class="table-scroll" tabIndex={0} role="region" aria-label="Preview of lines">
        <table class="compact">
          <thead>
            <tr>
              <th scope="col">Line</th>
              <th scope="col">Operation</th>
              <th scope="col">Result</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <LineRow key={line.line} line={line} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function LineRow({ line: { line, request, result, error } }: { readonly line: CheckedLine }) {
  return (
    <tr>
      <th scope="row" class="numeric">
        {line}
      </th>
      <td class="mono">
        {error?.column === undefined ? (
          <UserText text={request} />
        ) : (
          <FaultText text={request} column={error.column} endColumn={error.end_column} />
        )}
      </td>
      <td class="mono">{error === undefined ? <UserText text={result ?? ''} /> : <ErrorText error={error} />}</td>
    </tr>
  );
}

function ErrorText({ error: { code, message } }: { readonly error: OperationError }) {
  return (
    <span class="error-text">
      <strong>{code}</strong> <UserText text={message} />
    </span>
  );
}

type Row = TablePreview['rows'][number];

function CheckedTable({ preview: { columns, formulas, rows } }: { readonly preview: TablePreview }) {
  const failed = rows.filter(({ error, errors }) => error !== undefined || errors !== undefined).length;
  return (
    <section class="card" aria-label="Preview">
      <h2>Preview of the first {rows.length} rows</h2>
      <p class="muted">
        {columns.length} columns, {formulas.length} {formulas.length === 1 ? 'formula' : 'formulas'}.{' '}
        <span class={failed > 0 ? 'error-text' : 'success-text'}>
          {failed === 0 ? 'No errors.' : `${failed} of ${rows.length} rows fail. The others are not affected.`}
        </span>
      </p>
      <div class="table-scroll" tabIndex={0} role="region" aria-label="Preview of rows">
        <table class="compact">
          <thead>
            <tr>
              <th scope="col">Row</th>
              <th scope="col">In the file</th>
              {formulas.map(({ name }) => (
                <th scope="col" class="numeric" key={name}>
                  <UserText text={name} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <TableRow key={row.id} row={row} names={formulas.map(({ name }) => name)} />
            ))}
          </tbody>
        </table>
      </div>
      <RowErrors rows={rows} formulas={formulas} />
    </section>
  );
}

function TableRow({ row, names }: { readonly row: Row; readonly names: readonly string[] }) {
  return (
    <tr>
      <th scope="row" class="numeric">
        {row.id}
      </th>
      <td class="mono">
        <UserText text={row.request} />
      </td>
      {row.error === undefined ? (
        names.map((name) => (
          <td key={name} class="mono numeric">
            {row.errors?.[name] === undefined ? (
              <UserText text={row.results[name] ?? ''} />
            ) : (
              <strong class="error-text">{row.errors[name].code}</strong>
            )}
          </td>
        ))
      ) : (
        <td colSpan={names.length}>
          <ErrorText error={row.error} />
        </td>
      )}
    </tr>
  );
}

/** Each kind of error once, with the first row that has it. */
function RowErrors({ rows, formulas }: Pick<TablePreview, 'rows' | 'formulas'>) {
  const found = formulas.flatMap(({ name, formula }) => {
    const failed = rows.filter(({ errors }) => errors?.[name] !== undefined);
    const byCode = Map.groupBy(failed, ({ errors }) => errors?.[name]?.code);
    return Array.from(byCode.values(), (same) => ({ name, formula, first: same[0], count: same.length }));
  });
  if (found.length === 0) return null;
  return (
    <ul class="row-errors">
      {found.map(({ name, formula, first, count }) => {
        const error = first?.errors?.[name];
        return error === undefined ? null : (
          <li key={`${name} ${error.code}`}>
            <strong>
              Row {first?.id}
              {count > 1 && ` and ${count - 1} more`}, <UserText text={name} />:
            </strong>{' '}
            <ErrorText error={error} />
            <FaultText text={expressionOf(formula)} column={error.column} endColumn={error.end_column} />
          </li>
        );
      })}
    </ul>
  );
}
