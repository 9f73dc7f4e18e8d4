/** The value below which that share of the values lies (nearest rank); a share of 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('There is no quantile of nothing.');
  return value;
}

export function median(values: readonly number[]): number {
  const lower = quantile(values, 0.5);
  const upper = -quantile(
    values.map((value) => -value),
    0.5,
  );
  return (lower + upper) / 2;
}
