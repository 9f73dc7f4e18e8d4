/** The gauge of what probes learn: alerts need it even while no client sends requests. */
import type { FailingPart } from '../engine/index.ts';
import type { AttributesOf } from './contract.ts';
import type { Instruments } from './instruments.ts';

export type CheckedPartName = AttributesOf<'mathmill.ready'>['part'];

/** Checks at each collection, which waits for the check: for 2.5 s at most. */
export function observeReadiness(
  instruments: Instruments,
  parts: readonly CheckedPartName[],
  check: () => Promise<readonly FailingPart[]>,
): void {
  instruments.observe('mathmill.ready', async () => {
    const failing = new Set((await check()).map(({ part }) => part));
    return parts.map((part) => [failing.has(part) ? 0 : 1, { part }] as const);
  });
}
