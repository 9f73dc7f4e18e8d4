import { useEffect, useRef, useState } from 'preact/hooks';
import { describeError, isAbort } from '../../../api/errors.ts';
import type { Job } from '../../../api/types.ts';
import { goTo } from '../../../current-route.ts';
import { formatCount } from '../../../parts/formats.ts';
import { jobLink } from '../../../route.ts';
import { RepairPreview } from './repair-preview.tsx';
import type { RepairState } from './repair-state.ts';

export interface RepairBarProps {
  readonly job: Job;
  readonly repair: RepairState;
}

export function RepairBar({ job, repair }: RepairBarProps) {
  const [isPreviewing, setPreviewing] = useState(false);
  const task = useTask();
  void repair.version.value;
  const { size } = repair.corrections;
  const submit = (): Promise<void> =>
    task.run('Submitting …', async (signal) => {
      const { id } = await repair.submit(signal);
      goTo(jobLink(id));
      return '';
    });
  return (
    <section class="card repair-bar" aria-label="Repair">
      <p>
        Edit failed lines in the table, or replace a string in all of them. The repair is a new job: it takes over every
        other result, and this job stays as it is.
      </p>
      <ReplaceForm job={job} repair={repair} task={task} />
      <div class="button-row">
        <strong>{size === 1 ? '1 correction' : `${formatCount(size)} corrections`}</strong>
        <span class="grows" aria-live="polite">
          {task.message}
          {task.problem !== '' && <span class="problem">{task.problem}</span>}
        </span>
        <button type="button" class="secondary outline" onClick={repair.close} disabled={task.isRunning}>
          {size === 0 ? 'Close' : 'Discard'}
        </button>
        <button
          type="button"
          class="secondary"
          disabled={size === 0 || task.isRunning}
          onClick={() => setPreviewing(true)}
        >
          Preview
        </button>
        <button type="button" disabled={size === 0 || task.isRunning} onClick={() => void submit()}>
          Submit repair
        </button>
      </div>
      {isPreviewing && (
        <RepairPreview
          job={job}
          repair={repair}
          onClose={() => setPreviewing(false)}
          onSubmit={() => {
            setPreviewing(false);
            void submit();
          }}
        />
      )}
    </section>
  );
}

interface ReplaceFormProps extends RepairBarProps {
  readonly task: Task;
}

function ReplaceForm({ job, repair, task }: ReplaceFormProps) {
  const [searched, setSearched] = useState('');
  const [replacement, setReplacement] = useState('');
  const replace = async (signal: AbortSignal): Promise<string> => {
    const { lines, isFull } = await repair.replaceAll(job, searched, replacement, {
      signal,
      onProgress: (count) => task.report(`Read ${formatCount(count)} failed lines …`),
    });
    const replaced = lines === 1 ? 'Replaced in 1 line.' : `Replaced in ${formatCount(lines)} lines.`;
    return isFull ? `${replaced} A repair can hold no more corrections.` : replaced;
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void task.run('Reading failed lines …', replace);
  };
  return (
    <form class="toolbar" onSubmit={submit}>
      <label class="field grows">
        <span>Replace</span>
        <input
          type="text"
          class="mono"
          value={searched}
          required
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => setSearched(currentTarget.value)}
        />
      </label>
      <label class="field grows">
        <span>With</span>
        <input
          type="text"
          class="mono"
          value={replacement}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => setReplacement(currentTarget.value)}
        />
      </label>
      {task.isRunning ? (
        <button type="button" class="secondary" onClick={task.stop}>
          Stop
        </button>
      ) : (
        <button type="submit" class="secondary">
          Replace in all failed lines
        </button>
      )}
    </form>
  );
}

interface Task {
  readonly isRunning: boolean;
  readonly message: string;
  readonly problem: string;
  /** The promise of the action is what is said at its end. */
  run(message: string, action: (signal: AbortSignal) => Promise<string>): Promise<void>;
  report(message: string): void;
  readonly stop: () => void;
}

/** One thing at a time that takes a while and can be stopped. It ends with the page. */
function useTask(): Task {
  const controller = useRef<AbortController | undefined>(undefined);
  const [isRunning, setRunning] = useState(false);
  const [message, setMessage] = useState('');
  const [problem, setProblem] = useState('');
  useEffect(() => () => controller.current?.abort(), []);
  const run = async (begin: string, action: (signal: AbortSignal) => Promise<string>): Promise<void> => {
    controller.current = new AbortController();
    setRunning(true);
    setMessage(begin);
    setProblem('');
    try {
      setMessage(await action(controller.current.signal));
    } catch (error) {
      setMessage(isAbort(error) ? 'Stopped.' : '');
      if (!isAbort(error)) setProblem(describeError(error));
    } finally {
      setRunning(false);
    }
  };
  return { isRunning, message, problem, run, report: setMessage, stop: () => controller.current?.abort() };
}
