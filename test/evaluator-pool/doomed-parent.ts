/** A program for tests: keeps a process of an evaluator pool busy forever, and reports the id of that process to its parent. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createEvaluatorPool } from '../../src/evaluator-pool/index.ts';
import { faultyEvaluator, requestOf } from './pool-fixture.ts';

const file = join(process.argv[2] ?? '', 'pid');
const pool = createEvaluatorPool({}, { threads: 1, lineCpuMsMax: 600_000, evaluatorModule: faultyEvaluator });
await pool.start();
const first = pool.evaluate(requestOf([`pid ${file}`], { attempt: 4 }));
void pool.evaluate(requestOf(['hang'], { attempt: 4, firstLine: 2 }));
await first;
process.send?.(Number(await readFile(file, 'utf8')));
