/** What the engine does, in the counters and histograms of the contract. */
import type { EngineObserver, Load, RecordVerdict } from '../engine/index.ts';
import { errorCodes, numberModes, type ErrorCode, type NumberMode } from '../expression/index.ts';
import { errorMark, lineFeed, type ChunkOutcomes } from '../jobs/index.ts';
import type { AttributesOf } from './contract.ts';
import type { Counter, Instruments } from './instruments.ts';

type Mode = AttributesOf<'mathmill.evaluation.duration'>['mode'];
type Outcome = AttributesOf<'mathmill.operations.evaluated'>['outcome'];

const space = 0x20;
const decoder = new TextDecoder('latin1');

export function createEngineMetrics(instruments: Instruments): EngineObserver {
  const jobs = instruments.counter('mathmill.jobs');
  const chunks = instruments.counter('mathmill.chunks');
  const uploadSize = instruments.counter('mathmill.upload.size');
  const batchSize = instruments.histogram('mathmill.store.batch.size');
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
    jobFinished: (_jobId, state) => jobs.add(1, { state: state === 'Completed' ? 'completed' : 'cancelled' }),
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
      for (const [outcome, count] of countErrors(outcomes)) operations.add(count, { mode, outcome });
      return outcomes;
    },
  };
}

/** Gauges whose values the engine has. */
export function observeLoad(instruments: Instruments, read: () => Load): void {
  instruments.observe('mathmill.jobs.active', () => [[read().jobs, {}]]);
  instruments.observe('mathmill.jobs.oldest_unfinished.age', () => {
    const { oldestCreatedAt } = read();
    return [[oldestCreatedAt === undefined ? 0 : Math.max(0, (Date.now() - oldestCreatedAt) / 1_000), {}]];
  });
  instruments.observe('mathmill.window.used', () => [[read().chunksInFlight, {}]]);
  instruments.observe('mathmill.window.limit', () => [[read().chunksInFlightMax, {}]]);
}

function toMode(mode: string): Mode {
  // What the list does not name, the counter counts as other.
  return numberModes.find((known) => known === mode) ?? (mode as NumberMode);
}

/** How often each error code is among the outcomes of a chunk; only the codes are read. */
export function countErrors({ failed, text }: ChunkOutcomes): ReadonlyMap<Outcome, number> {
  const counts = new Map<Outcome, number>();
  let left = failed;
  for (let start = 0; left > 0 && start < text.length; start = text.indexOf(lineFeed, start) + 1) {
    if (text[start] === errorMark) {
      const code = decoder.decode(text.subarray(start + 1, text.indexOf(space, start)));
      const outcome = errorCodes.find((known) => known === code) ?? (code as ErrorCode);
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      left -= 1;
    }
    if (text.indexOf(lineFeed, start) < 0) break;
  }
  return counts;
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1_000;
}
