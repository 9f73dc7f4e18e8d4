/**
 * A server-application of growth.ts that waits instead of computing: each of its slots takes a chunk for a fixed time. So one
 * machine shows what many would do, except for their evaluation.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createKafkaBus, defaultKafkaNames } from '../../src/bus/kafka/index.ts';
import { createEvaluator, noopLogger, type ChunkEvaluator } from '../../src/engine/index.ts';

const { values } = parseArgs({
  options: {
    kafka: { type: 'string', default: '' },
    name: { type: 'string', default: '' },
    slots: { type: 'string', default: '10' },
    'chunk-ms': { type: 'string', default: '100' },
  },
});
/** As the server-application has it. */
const concurrency = 256;

function createWaitingEvaluator(slots: number, chunkMs: number): ChunkEvaluator {
  let free = slots;
  const waiting: (() => void)[] = [];
  return {
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    async evaluate({ count }) {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      await sleep(chunkMs);
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
      const text = Buffer.from('=0\n'.repeat(count));
      return { succeeded: count, failed: 0, cancelled: 0, cost: count, engine: '0', text, serviceMs: chunkMs };
    },
  };
}

const bus = createKafkaBus(
  { logger: noopLogger },
  { bootstrapBrokers: values.kafka.split(','), instanceId: values.name, names: defaultKafkaNames },
);
const chunkEvaluator = createWaitingEvaluator(Number(values.slots), Number(values['chunk-ms']));
await bus.start();
createEvaluator({ bus, chunkEvaluator }, { concurrency }).start();
