import { useEffect, useState } from 'preact/hooks';
import { describeError } from '../../api/errors.ts';
import { maySubmit, session } from '../../api/session.ts';
import type { JobPage } from '../../api/types.ts';
import { PageHeading } from '../../parts/page-heading.tsx';
import { usePolled } from '../../parts/use-polled.ts';
import { useQueryState } from '../../parts/use-query-state.ts';
import { ActionDialog, describeJobs } from './action-dialog.tsx';
import {
  canCancel,
  changeJobs,
  changeMatching,
  findMatching,
  toQuery,
  type ActionKind,
  type Filter,
  type MatchingJobs,
} from './actions.ts';
import { Filters, isStatus } from './filters.tsx';
import { JobTable } from './job-table.tsx';
import { Pager } from './pager.tsx';
import type { Selection } from './selection.ts';

const pageSize = 50;
const queryNames = ['status', 'name'] as const;
const nothing: Selection = new Set();
const noCursors: readonly string[] = [];

/** The subject of a dialog: the jobs chosen, or all that match the filter. */
type Question =
  | { readonly kind: ActionKind; readonly jobs: 'selected'; readonly ids: readonly string[] }
  | { readonly kind: ActionKind; readonly jobs: 'matching'; readonly matching: MatchingJobs };

/** All jobs, newest first, as they change. The URL holds the filter. */
export function JobsPage() {
  const [values, setFilter] = useQueryState(queryNames);
  const filter: Filter = { ...values, status: isStatus(values.status) ? values.status : '' };
  /** Cursors of the pages from the first one on: the last is that of the page shown. */
  const [cursors, setCursors] = useState(noCursors);
  const [selection, setSelection] = useState(nothing);
  const [question, setQuestion] = useState<Question>();
  const [notice, setNotice] = useState('');
  const { body, atMs, message, isCurrent, refresh } = usePolled<JobPage>('api/jobs', {
    ...toQuery(filter),
    size: pageSize,
    after: cursors.at(-1),
  });

  // Also when a link has changed it.
  useEffect(() => {
    setCursors(noCursors);
    setSelection(nothing);
    setNotice('');
  }, [filter.status, filter.name]);
  const askAboutMatching = async (kind: ActionKind): Promise<void> => {
    try {
      setQuestion({ kind, jobs: 'matching', matching: await findMatching(kind, filter) });
    } catch (error) {
      setNotice(describeError(error));
    }
  };
  const close = (kind: ActionKind, done?: number): void => {
    setQuestion(undefined);
    if (done === undefined) return;
    setNotice(`${describeJobs(done)} ${kind === 'delete' ? 'deleted' : 'cancelled'}.`);
    setSelection(nothing);
    refresh();
  };

  return (
    <>
      <PageHeading title="Jobs" />
      <div class="toolbar">
        <Filters filter={filter} onChange={setFilter} />
        {maySubmit.value && (
          <Actions
            selection={selection}
            onSelected={(kind) => setQuestion({ kind, jobs: 'selected', ids: [...selection] })}
            onMatching={(kind) => void askAboutMatching(kind)}
            canCancelAll={canCancel(filter) && body !== undefined && body.total > 0}
            canDeleteAll={body !== undefined && body.total > 0}
            onClear={() => setSelection(nothing)}
          />
        )}
      </div>
      <p role="status" class="jobs-notice">
        {notice}
      </p>
      {message !== undefined && (
        <p role="alert" class="error-text">
          {message}
        </p>
      )}
      {body !== undefined && (
        <div class="jobs-list" aria-busy={!isCurrent}>
          {body.items.length > 0 ? (
            <JobTable jobs={body.items} nowMs={atMs} selection={selection} onSelect={setSelection} />
          ) : (
            <EmptyList filter={filter} onClear={() => setFilter({ status: '', name: '' })} />
          )}
          <Pager
            offset={cursors.length * pageSize}
            shown={body.items.length}
            total={body.total}
            hasOlder={isCurrent && body.next !== undefined}
            onNewest={() => setCursors(noCursors)}
            onNewer={() => setCursors(cursors.slice(0, -1))}
            onOlder={() => body.next !== undefined && setCursors([...cursors, body.next])}
          />
        </div>
      )}
      {question !== undefined && (
        <QuestionDialog question={question} filter={filter} onClose={(done) => close(question.kind, done)} />
      )}
    </>
  );
}

interface ActionsProps {
  readonly selection: Selection;
  readonly canCancelAll: boolean;
  readonly canDeleteAll: boolean;
  readonly onSelected: (kind: ActionKind) => void;
  readonly onMatching: (kind: ActionKind) => void;
  readonly onClear: () => void;
}

/** For the jobs chosen, or for all of the list while none is. */
function Actions({ selection, canCancelAll, canDeleteAll, onSelected, onMatching, onClear }: ActionsProps) {
  const { size } = selection;
  const act = size > 0 ? onSelected : onMatching;
  const which = size > 0 ? `${size} selected` : 'all';
  return (
    <div class="button-row jobs-actions">
      {size > 0 && (
        <button type="button" class="link-button" onClick={onClear}>
          Clear selection
        </button>
      )}
      <button
        type="button"
        class="secondary outline"
        disabled={size === 0 && !canCancelAll}
        onClick={() => act('cancel')}
      >
        Cancel {which}
      </button>
      <button type="button" class="danger outline" disabled={size === 0 && !canDeleteAll} onClick={() => act('delete')}>
        Delete {which}
      </button>
    </div>
  );
}

interface EmptyListProps {
  readonly filter: Filter;
  readonly onClear: () => void;
}

function EmptyList({ filter, onClear }: EmptyListProps) {
  if (filter.status === '' && filter.name === '') {
    if (!maySubmit.value) return <p class="empty">There are no jobs.</p>;
    return (
      <p class="empty">
        There are no jobs. <a href="#/new">Submit one</a>, or send one with <code>mathmill run</code> or the{' '}
        <a href="docs/">API</a>.
      </p>
    );
  }
  return (
    <p class="empty">
      No job matches.{' '}
      <button type="button" class="link-button" onClick={onClear}>
        Show all jobs
      </button>
    </p>
  );
}

interface QuestionDialogProps {
  readonly question: Question;
  readonly filter: Filter;
  readonly onClose: (done?: number) => void;
}

function QuestionDialog({ question, filter, onClose }: QuestionDialogProps) {
  if (question.jobs === 'selected') {
    const { kind, ids } = question;
    return (
      <ActionDialog
        kind={kind}
        count={ids.length}
        which="These are the jobs that you selected."
        run={(onProgress) => changeJobs(kind, ids, onProgress)}
        onClose={onClose}
      />
    );
  }
  const { kind, matching } = question;
  return (
    <ActionDialog
      kind={kind}
      count={matching.count}
      which={describeFilter(kind, filter)}
      run={(onProgress) => changeMatching(kind, matching, onProgress)}
      onClose={onClose}
    />
  );
}

function describeFilter(kind: ActionKind, { status, name }: Filter): string {
  const jobs = kind === 'cancel' ? 'jobs in progress' : 'jobs';
  const conditions = [
    ...(status === '' || kind === 'cancel' ? [] : [`have the status ${status}`]),
    ...(name === '' ? [] : [`have “${name}” in their names`]),
  ];
  return conditions.length === 0
    ? `These are all ${jobs} ${describeOwners()}.`
    : `These are all ${jobs} that ${conditions.join(' and ')}.`;
}

/** Whose jobs a request without an id changes. */
function describeOwners(): string {
  const { authentication, role, tenant } = session.value ?? {};
  if (authentication !== 'tokens') return 'of the server, including those of other users';
  return role === 'operator'
    ? 'of the server, of all tenants'
    : `of the tenant ${tenant}, including those of other users`;
}
