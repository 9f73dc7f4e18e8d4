/**
 * Runs the hostile corpus in one number mode and writes a report as JSON; the test starts it as a process of its own,
 * with a small heap. Arguments: mode, precision. The CPU time of a line is the best of some tries: whatever else the
 * machine does can only make one slower.
 */
import { ByteBuffer, createLineEvaluator, errorCodes, numberModes } from '../../../src/expression/index.ts';
import type { OperationError } from '../../../src/expression/index.ts';
import { hostileCorpus } from './hostile-corpus.ts';
import type { HostileLine } from './hostile-corpus.ts';

export interface HostileReport {
  readonly lines: number;
  readonly results: number;
  readonly byCode: Readonly<Record<string, number>>;
  /** Violations: one description for each. */
  readonly violations: readonly string[];
  readonly slowest: readonly {
    readonly line: string;
    readonly cpuMs: number;
    readonly cost: number;
    readonly outcome: string;
  }[];
  readonly rssMiB: number;
}

const triesMax = 12;
/** A line that takes less at any try needs no other. */
const clearlyFastMs = 60;
/** A line that takes less in the best of three tries needs no other. */
const fastMs = 200;

function shown(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, 120));
  return JSON.stringify(bytes.length > 120 ? `${text}… (${bytes.length} bytes)` : text);
}

const resultText = /^(?:-?[0-9]+(?:\.[0-9]+)?(?:e[+-][0-9]+)?|-?[0-9]+\/[0-9]+|true|false)$/;

/** Whether the columns of an error, which are UTF-16 units, are those of its line. */
function isWithin({ column, endColumn }: OperationError, bytes: Uint8Array): boolean {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  return column >= 1 && endColumn >= column && endColumn <= text.length + 1;
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}

function runCorpus(lines: readonly HostileLine[]): HostileReport {
  const mode = numberModes.find((name) => name === process.argv[2]);
  if (mode === undefined) throw new Error(`no such mode: ${process.argv[2]}`);
  const evaluator = createLineEvaluator({ mode, precision: Number(process.argv[3]) });
  const output = new ByteBuffer();
  const byCode: Record<string, number> = {};
  const violations: string[] = [];
  const timed: { line: string; cpuMs: number; cost: number; outcome: string }[] = [];
  const codes = new Set<string>(errorCodes);
  let results = 0;
  for (const { bytes } of lines) {
    let best = Infinity;
    let outcome = '';
    for (let attempt = 0; attempt < triesMax; attempt += 1) {
      output.clear();
      const since = process.cpuUsage();
      let error;
      try {
        error = evaluator.evaluateBytes(bytes, 0, bytes.length, output);
      } catch (thrown) {
        violations.push(`${shown(bytes)} threw ${String(thrown)}`);
        break;
      }
      best = Math.min(best, cpuMs(since));
      if (attempt === 0) {
        if (error === undefined) {
          results += 1;
          const text = output.asciiText();
          outcome = text.slice(0, 40);
          if (!resultText.test(text)) violations.push(`${shown(bytes)} has the result ${outcome}`);
        } else {
          outcome = error.code;
          byCode[error.code] = (byCode[error.code] ?? 0) + 1;
          if (!codes.has(error.code)) violations.push(`${shown(bytes)} has the unknown code ${error.code}`);
          if (!isWithin(error, bytes)) {
            violations.push(`${shown(bytes)} has its error in columns ${error.column} to ${error.endColumn}`);
          }
          if (output.length !== 0) violations.push(`${shown(bytes)} left output beside its error`);
        }
      }
      if (best < clearlyFastMs || (best < fastMs && attempt >= 2)) break;
    }
    timed.push({ line: shown(bytes), cpuMs: best, cost: evaluator.cost, outcome });
  }
  timed.sort((a, b) => b.cpuMs - a.cpuMs);
  return {
    lines: lines.length,
    results,
    byCode,
    violations,
    slowest: timed.slice(0, 30),
    rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
  };
}

process.stdout.write(JSON.stringify(runCorpus(hostileCorpus)));
