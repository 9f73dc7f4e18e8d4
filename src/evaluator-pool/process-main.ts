/**
 * The program of the child process in which suspicious chunks are evaluated: a pool of one thread, so that a hang or an
 * exhausted heap is dealt with as usual, in a process that a line may take down.
 */
import { invariant, type RequestMessage } from '../engine/basics.ts';
import { createEvaluatorPool } from './evaluator-pool.ts';
import type { ProcessMessage } from './isolated-process.ts';
import type { PoolSettings } from './pool-options.ts';

const settings = JSON.parse(process.argv[2] ?? '{}') as PoolSettings;
const { evaluatorModule, ...options } = settings;

// The parent is gone, or wants no more.
process.on('disconnect', () => process.exit());

const pool = createEvaluatorPool(
  { onEvent: (event) => send({ kind: 'event', event }) },
  {
    ...options,
    threads: 1,
    threadsAtStart: 1,
    ...(evaluatorModule !== undefined && { evaluatorModule: new URL(evaluatorModule) }),
  },
);
await pool.start();
process.on('message', (request: RequestMessage) => void answer(request));
send({ kind: 'ready' });

async function answer(request: RequestMessage): Promise<void> {
  send({ kind: 'outcomes', outcomes: await pool.evaluate(request) });
}

function send(message: ProcessMessage): void {
  invariant(process.send !== undefined, 'the process was forked with a channel');
  process.send(message);
}
