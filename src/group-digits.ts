/**
 * An integer with a comma before each three digits, as English writes it. `Intl` would do the same, but a process that uses
 * it for the first time waits some 20 ms, as long as a short command takes.
 */
export function groupDigits(whole: number): string {
  return String(whole).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}
