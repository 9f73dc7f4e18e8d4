/** A job in progress whose results never end, for tests of what a client's silence or leave does. */
import { randomInt } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { JobService, JobView, ResultSlice } from '../../src/engine/index.ts';

const id = '01900000-0000-7000-8000-000000000000';

const job: JobView = {
  id,
  tenant: 'default',
  name: undefined,
  status: 'InProgress',
  mode: 'decimal',
  precision: 34,
  operations: 1e9,
  completed: 0,
  succeeded: 0,
  failed: 0,
  cancelled: 0,
  errors: {},
  engines: [],
  createdAt: 0,
  finishedAt: undefined,
  expiresAt: undefined,
  isTable: false,
  repairs: undefined,
  table: undefined,
  totals: [],
};

/** Odd, so that the slices use all texts in turn. */
const linesPerSlice = 511;

/** Digits without a pattern, so that compression does not make gigabytes fit the buffers of a connection. */
function createText(): Uint8Array {
  return Buffer.from(Array.from({ length: linesPerSlice }, () => `${randomInt(2 ** 47)}\n`).join(''));
}

export interface EndlessResults {
  readonly path: string;
  readonly service: Pick<JobService, 'streamResults'>;
  /** Bytes of results that were read so far. */
  bytes(): number;
  /** Resolves when that many clients in all have left. */
  untilLeft(count: number): Promise<void>;
}

export function createEndlessResults(): EndlessResults {
  const leaves = new EventEmitter();
  let left = 0;
  let bytes = 0;
  const texts = Array.from({ length: 64 }, createText);

  async function* slices(): AsyncGenerator<ResultSlice> {
    for (let firstLine = 1; ; firstLine += linesPerSlice) {
      const text = texts[firstLine % texts.length] ?? createText();
      bytes += text.length;
      const outcomes = { succeeded: linesPerSlice, failed: 0, cancelled: 0, cost: 0, engine: '3', text };
      yield {
        firstLine,
        count: linesPerSlice,
        fromLine: firstLine,
        toLine: firstLine + linesPerSlice - 1,
        outcomes,
        chunk: undefined,
      };
    }
  }

  return {
    path: `/api/jobs/${id}/results`,
    bytes: () => bytes,
    service: {
      async streamResults(_id, _query, signal) {
        signal.addEventListener('abort', () => {
          left += 1;
          leaves.emit('left');
        });
        return { job, lines: undefined, slices: slices() };
      },
    },
    async untilLeft(count) {
      while (left < count) await once(leaves, 'left');
    },
  };
}
