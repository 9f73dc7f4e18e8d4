import { createRequire } from 'node:module';
import type * as CliProgress from 'cli-progress';
import type { Output } from './output.ts';
import { formatBytes, formatCount, formatDuration } from './text.ts';

/** Loaded where a bar is drawn: its two dozen modules take a third as long to load as all of this program. */
const load = createRequire(import.meta.url);

/** Redraws per second: enough to look alive, too few to cost anything. */
const redrawsPerSecond = 8;

/** The text next to a bar. */
export interface ProgressState {
  /** The quantity that the bar shows, such as bytes read; the bar is full at the `total` that it was created with. */
  readonly done: number;
  /** How many operations are done, where the bar measures something else. */
  readonly operations?: number;
}

export interface Progress {
  update(state: ProgressState): void;
  /** Removes the bar, so that the next output begins on a clean line. */
  stop(): void;
}

const silentProgress: Progress = { update() {}, stop() {} };

export interface ProgressOptions {
  readonly label: string;
  /** Unit of the rate. */
  readonly unit: 'operations' | 'rows' | 'bytes';
  /** The final value of `done`; undefined: not known, and there is no bar but only the counts. */
  readonly total: number | undefined;
  /** Work done before the progress was created: no part of the rate. Default: 0. */
  readonly doneBefore?: number;
  readonly isWanted: boolean;
}

/** A bar with rate and remaining time on a terminal; nothing anywhere else. */
export function createProgress(output: Output, options: ProgressOptions): Progress {
  if (!options.isWanted || !output.isTerminal) return silentProgress;
  const cliProgress = load('cli-progress') as typeof CliProgress;
  const startedAt = performance.now();
  const doneBefore = options.doneBefore ?? 0;
  let state: ProgressState = { done: doneBefore };
  const bar = new cliProgress.SingleBar({
    stream: output.stream,
    fps: redrawsPerSecond,
    clearOnComplete: true,
    // A signal ends the process immediately, so nothing about the terminal may have been changed: the cursor stays, long
    // lines still wrap (`formatProgress` keeps within one), and signals are left alone.
    hideCursor: null,
    linewrap: true,
    gracefulExit: false,
    // Rate and time change although the bar does not.
    forceRedraw: true,
    barsize: 24,
    format: (barOptions, params) =>
      formatProgress(
        { ...options, doneBefore, state, elapsedMs: performance.now() - startedAt },
        params.progress,
        cliProgress.Format.BarFormat(params.progress, barOptions),
        // A terminal may wrap as soon as its last cell is written.
        output.columns - 1,
      ),
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

export interface ProgressReading extends Pick<ProgressOptions, 'label' | 'unit' | 'total'> {
  readonly doneBefore: number;
  readonly state: ProgressState;
  readonly elapsedMs: number;
}

/**
 * The line of a progress bar, at most `width` cells long: the least important parts are dropped first. `share`: the
 * fraction done, 0 to 1; `bar`: the drawn bar.
 */
export function formatProgress(reading: ProgressReading, share: number, bar: string, width: number): string {
  const { label, unit, total } = reading;
  const { count, rate } = formatSpeed(reading);
  const word = unit === 'bytes' ? '' : ` ${unit}`;
  const time = formatTime(reading);
  const isKnown = total !== undefined;
  const percent = isKnown ? `${Math.floor(share * 100)} %` : '';
  const lines = [
    ...(isKnown ? [[label, `[${bar}] ${percent}`, `${count}${word}`, rate, time]] : []),
    [label, percent, `${count}${word}`, rate, time],
    [label, percent, count, rate, time],
    [percent, count, rate, time],
    [percent, count, time],
    [percent, count],
  ].map((parts) => parts.filter((part) => part !== '').join('  '));
  return lines.find((line) => line.length <= width) ?? (isKnown ? percent : count).slice(0, Math.max(0, width));
}

function formatSpeed({ unit, doneBefore, state, elapsedMs }: ProgressReading): { count: string; rate: string } {
  const done = state.operations ?? state.done;
  const perSecond = Math.round((1000 * (done - doneBefore)) / Math.max(elapsedMs, 1));
  const format = unit === 'bytes' ? formatBytes : formatCount;
  return { count: format(done), rate: `${format(perSecond)}/s` };
}

/** The remaining time; where that is not known, the elapsed time. */
function formatTime({ total, doneBefore, state, elapsedMs }: ProgressReading): string {
  if (total === undefined) return formatDuration(elapsedMs);
  const doneNow = state.done - doneBefore;
  return doneNow === 0 ? '' : `${formatDuration((elapsedMs * Math.max(0, total - state.done)) / doneNow)} left`;
}
