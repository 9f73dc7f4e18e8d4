import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatProgress, type ProgressReading } from '../../src/cli/progress.ts';

describe('a line of progress', () => {
  const bar = '='.repeat(24);
  const reading: ProgressReading = {
    label: 'Evaluating',
    unit: 'operations',
    total: 3_000_000,
    doneBefore: 0,
    state: { done: 1_234_567 },
    elapsedMs: 10_000,
  };

  it('is whole where there is room', () => {
    const line = formatProgress(reading, 0.41, bar, 100);
    assert.equal(line, `Evaluating  [${bar}] 41 %  1,234,567 operations  123,457/s  15 s left`);
  });

  const widths: readonly (readonly [width: number, line: string])[] = [
    [79, 'Evaluating  41 %  1,234,567 operations  123,457/s  15 s left'],
    [59, 'Evaluating  41 %  1,234,567  123,457/s  15 s left'],
    [39, '41 %  1,234,567  123,457/s  15 s left'],
    [36, '41 %  1,234,567  15 s left'],
    [19, '41 %  1,234,567'],
    [10, '41 %'],
    [3, '41 '],
    [-1, ''],
  ];
  for (const [width, line] of widths) {
    it(`loses the bar first, and keeps within ${width} cells`, () =>
      assert.equal(formatProgress(reading, 0.41, bar, width), line));
  }

  it('has no bar where the total is not known', () => {
    const open = { ...reading, total: undefined };
    assert.equal(formatProgress(open, 0, '', 79), 'Evaluating  1,234,567 operations  123,457/s  10 s');
    assert.equal(formatProgress(open, 0, '', 12), '1,234,567');
  });

  it('writes bytes as such', () => {
    const bytes = { ...reading, label: 'Sending', unit: 'bytes' } as const;
    assert.equal(formatProgress(bytes, 0.41, bar, 50), 'Sending  41 %  1.2 MB  0.1 MB/s  15 s left');
  });
});
