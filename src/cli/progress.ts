import cliProgress, { type Options, type Params } from 'cli-progress';
import type { Output } from './output.ts';
import { formatCount, formatDuration } from './text.ts';

/** Redraws a second: enough to look alive, too few to cost anything. */
const redrawsPerSecond = 8;

/** What a bar says beside itself. */
export interface ProgressState {
  /** What the bar measures, such as bytes read; it is full at the `total` that the bar was created with. */
  readonly done: number;
  /** Operations done. */
  readonly operations: number;
}

export interface Progress {
  update(state: ProgressState): void;
  /** Removes the bar, so that what follows stands on a clean line. */
  stop(): void;
}

const silentProgress: Progress = { update() {}, stop() {} };

export interface ProgressOptions {
  readonly label: string;
  /** What `done` will be in the end; undefined: not known, and there is no bar but only the counts. */
  readonly total: number | undefined;
  readonly isWanted: boolean;
}

/** A bar with rate and remaining time on a terminal; nothing anywhere else. */
export function createProgress(output: Output, options: ProgressOptions): Progress {
  if (!options.isWanted || !output.isTerminal) return silentProgress;
  const startedAt = performance.now();
  let state: ProgressState = { done: 0, operations: 0 };
  const bar = new cliProgress.SingleBar({
    stream: output.stream,
    fps: redrawsPerSecond,
    clearOnComplete: true,
    // A signal ends the process at once, so nothing about the terminal may have been changed.
    hideCursor: null,
    linewrap: null,
    gracefulExit: false,
    // Rate and time change although the bar does not.
    forceRedraw: true,
    barsize: 24,
    format: (barOptions, params) =>
      formatProgress(barOptions, params, { ...options, state, elapsedMs: performance.now() - startedAt }),
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

interface Reading {
  readonly label: string;
  readonly total: number | undefined;
  readonly state: ProgressState;
  readonly elapsedMs: number;
}

function formatProgress(barOptions: Options, params: Params, reading: Reading): string {
  const { label, total, state, elapsedMs } = reading;
  const rate = `${formatCount(Math.round((state.operations * 1000) / Math.max(elapsedMs, 1)))}/s`;
  const counts = `${formatCount(state.operations)} operations  ${rate}`;
  if (total === undefined) return `${label}  ${counts}  ${formatDuration(elapsedMs)}`;
  const bar = cliProgress.Format.BarFormat(params.progress, barOptions);
  const remaining =
    state.done === 0 ? '' : `  ${formatDuration((elapsedMs * Math.max(0, total - state.done)) / state.done)} left`;
  return `${label}  [${bar}] ${Math.floor(params.progress * 100)} %  ${counts}${remaining}`;
}
