import assert from 'node:assert/strict';
import type { RequestMessage, ResponseMessage } from '../../../src/engine/index.ts';

export function request(firstLine: number, text = '1 + 1\n'): RequestMessage {
  return {
    jobId: 'job-1',
    firstLine,
    count: text.split('\n').length - 1,
    mode: 'decimal',
    precision: 34,
    text: Buffer.from(text),
    faults: [],
    attempt: 1,
    costMax: 1_000,
  };
}

export function response(firstLine: number, text = '2\n'): ResponseMessage {
  const count = text.split('\n').length - 1;
  const outcomes = { succeeded: count, failed: 0, cancelled: 0, cost: 3, engine: '3', text: Buffer.from(text) };
  return { jobId: 'job-1', firstLine, count, outcomes };
}

/** Collects what is delivered, and resolves `all` when every line from 1 to `count` was. */
export function collectLines(count: number) {
  const all = Promise.withResolvers<void>();
  const times = new Map<number, number>();
  return {
    times,
    all: all.promise,
    take({ firstLine }: { readonly firstLine: number }): void {
      assert.ok(firstLine >= 1 && firstLine <= count, `line ${firstLine} was sent`);
      times.set(firstLine, (times.get(firstLine) ?? 0) + 1);
      if (times.size === count) all.resolve();
    },
  };
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
