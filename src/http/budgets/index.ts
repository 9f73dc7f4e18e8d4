/** Resources that clients share, and their bounds. */
export type { Holder, Lease, RejectionReason } from './budget.ts';
export { rejectionReasons } from './budget.ts';
export {
  createBudgets,
  defaultBudgetLimits,
  memoryKinds,
  readAheadBytes,
  slotKinds,
  type BudgetKind,
  type BudgetLimits,
  type Budgets,
  type BudgetSettings,
  type BudgetUse,
} from './budgets.ts';
export { takeDecoderMemory, takeEncoderMemory, takeUntilClosed } from './claims.ts';
export { createResponseHook } from './waiting-responses.ts';
export { createGrowingReservation, reserveWholeBody, type GrowingReservation } from './whole-bodies.ts';
