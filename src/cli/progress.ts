import cliProgress, { type Options, type Params } from 'cli-progress';
import type { Output } from './output.ts';
import { formatBytes, formatCount, formatDuration } from './text.ts';

/** Redraws a second: enough to look alive, too few to cost anything. */
const redrawsPerSecond = 8;

/** What a bar says beside itself. */
export interface ProgressState {
  /** What the bar measures, such as bytes read; it is full at the `total` that the bar was created with. */
  readonly done: number;
  /** How many operations are done, where the bar measures something else. */
  readonly operations?: number;
}

export interface Progress {
  update(state: ProgressState): void;
  /** Removes the bar, so that what follows stands on a clean line. */
  stop(): void;
}

const silentProgress: Progress = { update() {}, stop() {} };

export interface ProgressOptions {
  readonly label: string;
  /** What the rate is in. */
  readonly unit: 'operations' | 'bytes';
  /** What `done` will be in the end; undefined: not known, and there is no bar but only the counts. */
  readonly total: number | undefined;
  /** What was done before anybody looked: no part of the rate. Default: nothing. */
  readonly doneBefore?: number;
  readonly isWanted: boolean;
}

/** A bar with rate and remaining time on a terminal; nothing anywhere else. */
export function createProgress(output: Output, options: ProgressOptions): Progress {
  if (!options.isWanted || !output.isTerminal) return silentProgress;
  const startedAt = performance.now();
  const doneBefore = options.doneBefore ?? 0;
  let state: ProgressState = { done: doneBefore };
  const bar = new cliProgress.SingleBar({
    stream: output.stream,
    fps: redrawsPerSecond,
    clearOnComplete: true,
    // A signal ends the process at once, so nothing about the terminal may have been changed: the cursor stays, long
    // lines still wrap (`formatProgress` keeps within one), and signals are left alone.
    hideCursor: null,
    linewrap: true,
    gracefulExit: false,
    // Rate and time change although the bar does not.
    forceRedraw: true,
    barsize: 24,
    format: (barOptions, params) =>
      formatProgress(barOptions, params, {
        ...options,
        doneBefore,
        state,
        elapsedMs: performance.now() - startedAt,
      }).slice(0, output.stream.columns - 1),
  });
  bar.start(options.total ?? 0, 0);
  return {
    update(next) {
      state = next;
      bar.update(Math.min(next.done, options.total ?? 0));
    },
    stop: () => bar.stop(),
  };
}

interface Reading extends ProgressOptions {
  readonly doneBefore: number;
  readonly state: ProgressState;
  readonly elapsedMs: number;
}

function formatProgress(barOptions: Options, params: Params, reading: Reading): string {
  const { label, unit, total, doneBefore, state, elapsedMs } = reading;
  const perSecond = 1000 / Math.max(elapsedMs, 1);
  const count = state.operations ?? state.done;
  const rate = Math.round((count - doneBefore) * perSecond);
  const counts =
    unit === 'bytes'
      ? `${formatBytes(count)}  ${formatBytes(rate)}/s`
      : `${formatCount(count)} operations  ${formatCount(rate)}/s`;
  if (total === undefined) return `${label}  ${counts}  ${formatDuration(elapsedMs)}`;
  const bar = cliProgress.Format.BarFormat(params.progress, barOptions);
  const doneNow = state.done - doneBefore;
  const remainingMs = (elapsedMs * Math.max(0, total - state.done)) / doneNow;
  const remaining = doneNow === 0 ? '' : `  ${formatDuration(remainingMs)} left`;
  return `${label}  [${bar}] ${Math.floor(params.progress * 100)} %  ${counts}${remaining}`;
}
