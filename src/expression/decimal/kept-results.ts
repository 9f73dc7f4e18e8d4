import { formulasMax } from '../limits.ts';
import type { ScaledStack } from './scaled-stack.ts';

/** The results of formulas that are held in machine numbers, for the formulas that use them. */
export class KeptResults {
  private readonly mantissas = new Float64Array(formulasMax);
  private readonly exponents = new Int32Array(formulasMax);
  private readonly isHeld = new Uint8Array(formulasMax);
  /** One past the last formula that ever had a result here: lines have none. */
  private end = 0;

  get hasAny(): boolean {
    return this.end > 0;
  }

  /** Keeps the result at the bottom of the stack. */
  keep(formula: number, stack: ScaledStack): void {
    this.mantissas[formula] = stack.mantissas[0] as number;
    this.exponents[formula] = stack.exponents[0] as number;
    this.isHeld[formula] = 1;
    this.end = Math.max(this.end, formula + 1);
  }

  forget(formula: number): void {
    this.isHeld[formula] = 0;
  }

  /** Puts the result on the stack as it was there, and returns true; false if none is held. */
  restore(formula: number, stack: ScaledStack, at: number): boolean {
    if (this.isHeld[formula] !== 1) return false;
    stack.mantissas[at] = this.mantissas[formula] as number;
    stack.exponents[at] = this.exponents[formula] as number;
    return true;
  }

  /** Calls `take` with each result held. */
  forEach(take: (formula: number, mantissa: number, exponent: number) => void): void {
    for (let formula = 0; formula < this.end; formula += 1) {
      if (this.isHeld[formula] === 1) {
        take(formula, this.mantissas[formula] as number, this.exponents[formula] as number);
      }
    }
  }
}
