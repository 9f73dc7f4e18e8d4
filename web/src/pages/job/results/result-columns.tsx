import type { ComponentChildren } from 'preact';
import type { Job, OperationError } from '../../../api/types.ts';
import { UserText } from '../../../parts/user-text.tsx';
import type { Column } from '../../../parts/results-table/column.ts';
import { isPending, type Row } from '../../../parts/results-table/row.ts';
import { formulaNames, isTableJob } from '../job-options.ts';

/** How the text of an operation is shown; while a job is repaired, as an input. */
export type RenderRequest = (row: Row) => ComponentChildren;

export const renderRequest: RenderRequest = (row) => <UserText text={row.request} />;

export function createColumns(job: Job, hasCustomIds: boolean, request: RenderRequest): Column[] {
  const operation = { key: 'request', width: 12, share: 4, render: request };
  if (isTableJob(job)) return [{ ...operation, title: 'Row' }, ...formulaNames(job).map(formulaColumn)];
  const customId: Column = { key: 'id', title: 'Id', width: 7, share: 2, render: renderCustomId };
  const result: Column = { key: 'result', title: 'Result', width: 12, share: 4, render: renderResult };
  return [...(hasCustomIds ? [customId] : []), { ...operation, title: 'Operation' }, result];
}

function renderCustomId({ custom_id: id }: Row): ComponentChildren {
  return id === undefined ? null : <UserText text={id} />;
}

function renderResult({ result, error }: Row): ComponentChildren {
  if (error !== undefined) return <ErrorCell error={error} />;
  return result === undefined ? <Pending /> : <UserText text={result} />;
}

function formulaColumn(name: string): Column {
  return {
    key: `formula ${name}`,
    title: name,
    width: 9,
    share: 3,
    render: (row) => {
      const error = row.errors?.[name] ?? row.error;
      if (error !== undefined) return <ErrorCell error={error} />;
      if (isPending(row)) return <Pending />;
      const result = row.results?.[name];
      return typeof result === 'string' ? <UserText text={result} /> : null;
    },
  };
}

function ErrorCell({ error: { code, message } }: { readonly error: OperationError }) {
  return (
    <span class="error-cell">
      <span class="error-code">{code}</span> <UserText text={message} />
    </span>
  );
}

function Pending() {
  return <span class="muted">pending</span>;
}
