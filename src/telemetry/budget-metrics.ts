/** Gauges and counters of what the clients of the HTTP server share; the server has the values. */
import { memoryKinds, rejectionReasons, slotKinds, type BudgetKind, type BudgetUse } from '../http/index.ts';
import type { Instruments } from './instruments.ts';

export type ReadBudgets = () => Readonly<Record<BudgetKind, BudgetUse>>;

export function observeBudgets(instruments: Instruments, read: ReadBudgets): void {
  instruments.observe('mathmill.http.slots.used', () => slotKinds.map((kind) => [read()[kind].used, { kind }]));
  instruments.observe('mathmill.http.slots.limit', () => slotKinds.map((kind) => [read()[kind].max, { kind }]));
  instruments.observe('mathmill.http.memory.used', () => memoryKinds.map((kind) => [read()[kind].used, { kind }]));
  instruments.observe('mathmill.http.memory.limit', () => memoryKinds.map((kind) => [read()[kind].max, { kind }]));
  instruments.observe('mathmill.http.rejections', () =>
    [...slotKinds, ...memoryKinds].flatMap((kind) =>
      rejectionReasons.map((reason) => [read()[kind].rejected[reason], { kind, reason }] as const),
    ),
  );
}
