import { useEffect, useMemo, useReducer } from 'preact/hooks';
import type { Job } from '../../api/types.ts';
import { formatCount, formatDuration, formatRate, formatShare } from '../../parts/formats.ts';
import { createRateMeter, type RateMeter } from '../../parts/progress-rate.ts';
import { isFinished } from './follow-job.ts';

export function JobProgress({ job }: { readonly job: Job }) {
  const meter = useRate(job);
  const max = Math.max(1, job.operations);
  return (
    <section class="job-progress" aria-label="Progress of the job">
      <div class="progress-line">
        <strong>{formatShare(job.completed, job.operations)}</strong>
        <span>
          {formatCount(job.completed)} of {formatCount(job.operations)}
        </span>
        <Rate job={job} meter={meter} />
        <Sparkline points={isFinished(job) ? [] : meter.points} />
      </div>
      <progress aria-label="Progress" max={max} value={job.completed} />
      <Counters job={job} />
    </section>
  );
}

function Rate({ job, meter }: { readonly job: Job; readonly meter: RateMeter }) {
  if (isFinished(job)) return <Took job={job} />;
  const { perSecond } = meter;
  const left = meter.secondsLeft(job.operations);
  if (perSecond === undefined) return null;
  return (
    <>
      <span class="muted">{formatRate(perSecond)} per second</span>
      {left !== undefined && <span class="muted">{formatDuration(left)} left</span>}
    </>
  );
}

function Took({ job }: { readonly job: Job }) {
  if (job.finished_at === undefined) return null;
  const seconds = (Date.parse(job.finished_at) - Date.parse(job.created_at)) / 1_000;
  return <span class="muted">in {formatDuration(seconds)}</span>;
}

const sparklineHeight = 20;
const sparklineWidth = 120;

/** The rate of the last minute. It says nothing that is not there as text. */
function Sparkline({ points }: { readonly points: readonly number[] }) {
  if (points.length < 3) return null;
  const top = Math.max(...points, 1);
  const place = (rate: number, index: number): string =>
    `${(index / (points.length - 1)) * sparklineWidth},${sparklineHeight - (rate / top) * (sparklineHeight - 2) - 1}`;
  return (
    <svg class="sparkline" viewBox={`0 0 ${sparklineWidth} ${sparklineHeight}`} aria-hidden="true">
      <polyline points={points.map(place).join(' ')} />
    </svg>
  );
}

function Counters({ job }: { readonly job: Job }) {
  const pending = job.operations - job.completed;
  return (
    <dl class="counters">
      <Counter name="Succeeded" count={job.succeeded} kind="succeeded" />
      <Counter name="Failed" count={job.failed} kind="failed" />
      {(job.cancelled > 0 || job.status === 'Cancelled') && (
        <Counter name="Cancelled" count={job.cancelled} kind="cancelled" />
      )}
      {!isFinished(job) && <Counter name="Pending" count={pending} kind="pending" />}
    </dl>
  );
}

interface CounterProps {
  readonly name: string;
  readonly count: number;
  readonly kind: 'succeeded' | 'failed' | 'cancelled' | 'pending';
}

function Counter({ name, count, kind }: CounterProps) {
  return (
    <div class={`card counter is-${count === 0 ? 'none' : kind}`}>
      <dt>{name}</dt>
      <dd>{formatCount(count)}</dd>
    </div>
  );
}

function useRate({ completed, status }: Job): RateMeter {
  const meter = useMemo(createRateMeter, []);
  const [, redraw] = useReducer<number, void>((count) => count + 1, 0);
  useEffect(() => {
    meter.add({ atMs: performance.now(), count: completed });
    redraw();
  }, [completed, status]);
  return meter;
}
