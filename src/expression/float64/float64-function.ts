import type { Budget } from '../budget.ts';

/** A function of the arguments values[base, base + count). What is not finite becomes a fault in the machine. */
export type Float64Function = (values: Float64Array, base: number, count: number, budget: Budget) => number;
