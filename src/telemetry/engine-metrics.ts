/** Metrics of the engine. */
import type { EngineObserver, Load, RecordVerdict } from '../engine/index.ts';
import { errorCodes, numberModes, type ErrorCode, type NumberMode } from '../expression/index.ts';
import type { Job } from '../jobs/index.ts';
import { mediumJobMax, smallJobMax, type AttributesOf } from './contract.ts';
import type { Counter, Instruments } from './instruments.ts';

type Mode = AttributesOf<'mathmill.evaluation.duration'>['mode'];
type JobSize = AttributesOf<'mathmill.job.duration'>['size'];
type Outcome = AttributesOf<'mathmill.operations.evaluated'>['outcome'];

export function createEngineMetrics(instruments: Instruments): EngineObserver {
  const jobs = instruments.counter('mathmill.jobs');
  const chunks = instruments.counter('mathmill.chunks');
  const uploadSize = instruments.counter('mathmill.upload.size');
  const batchSize = instruments.histogram('mathmill.store.batch.size');
  const jobDuration = instruments.histogram('mathmill.job.duration');
  const commitDuration = instruments.histogram('mathmill.store.commit.duration');
  const evaluation = createEvaluationMetrics(instruments);

  return {
    ...evaluation,
    upload: (submit) => submit(),
    uploadBytes: (count) => uploadSize.add(count, {}),
    jobAdopted(job, how) {
      jobs.add(1, { state: how === 'accepted' ? 'accepted' : 'taken_over' });
      if (how === 'accepted') chunks.add(job.chunks, { state: 'accepted' });
    },
    jobFinished(job, state) {
      jobs.add(1, { state: state === 'Completed' ? 'completed' : 'cancelled' });
      if (state === 'Completed') jobDuration.record(secondsOf(job), { size: sizeOf(job.operations) });
    },
    jobLeft() {},
    async sending(sending, send) {
      await send();
      chunks.add(sending.chunks, { state: sending.isAgain ? 'resent' : 'sent' });
    },
    findOrigin: () => undefined,
    async recording({ messages }, record) {
      const startedAt = performance.now();
      const verdicts = await record();
      commitDuration.record(secondsSince(startedAt), {});
      batchSize.record(messages.length, {});
      countVerdicts(verdicts, chunks);
      return verdicts;
    },
  };
}

/** From the acceptance of a job until its last outcome was stored; how long its upload took is up to the client. */
function secondsOf({ createdAt, sealedAt = createdAt, finishedAt = sealedAt }: Job): number {
  return Math.max(0, finishedAt - sealedAt) / 1_000;
}

function sizeOf(operations: number): JobSize {
  if (operations <= smallJobMax) return 'small';
  return operations <= mediumJobMax ? 'medium' : 'large';
}

function countVerdicts(verdicts: readonly RecordVerdict[], chunks: Counter<'mathmill.chunks'>): void {
  for (const state of verdicts) chunks.add(1, { state });
}

/** The part of it that a process has which only evaluates. */
export function createEvaluationMetrics(instruments: Instruments): Pick<EngineObserver, 'evaluation'> {
  const operations = instruments.counter('mathmill.operations.evaluated');
  const duration = instruments.histogram('mathmill.evaluation.duration');
  return {
    async evaluation(request, evaluate) {
      const startedAt = performance.now();
      const outcomes = await evaluate();
      const mode = toMode(request.mode);
      duration.record(secondsSince(startedAt), { mode });
      if (outcomes.succeeded > 0) operations.add(outcomes.succeeded, { mode, outcome: 'RESULT' });
      for (const [code, count] of Object.entries(outcomes.errors ?? {})) {
        operations.add(count, { mode, outcome: toOutcome(code) });
      }
      return outcomes;
    },
  };
}

/** Gauges whose values the engine has. */
export function observeLoad(instruments: Instruments, read: () => Load): void {
  instruments.observe('mathmill.jobs.active', () => [[read().jobs, {}]]);
  instruments.observe('mathmill.jobs.oldest_unfinished.age', () => {
    return [[ageOf(read().oldestCreatedAt), {}]];
  });
  instruments.observe('mathmill.jobs.last_progress.age', () => [[ageOf(read().oldestProgressAt), {}]]);
  instruments.observe('mathmill.window.used', () => [[read().chunksInFlight, {}]]);
  instruments.observe('mathmill.window.limit', () => [[read().chunksInFlightMax, {}]]);
}

/** Seconds since then; 0 where there is no such time. */
function ageOf(time: number | undefined): number {
  return time === undefined ? 0 : Math.max(0, (Date.now() - time) / 1_000);
}

function toMode(mode: string): Mode {
  // The counter counts values that are not in the list as other.
  return numberModes.find((known) => known === mode) ?? (mode as NumberMode);
}

function toOutcome(code: string): Outcome {
  return errorCodes.find((known) => known === code) ?? (code as ErrorCode);
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1_000;
}
