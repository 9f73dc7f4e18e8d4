/**
 * Limits the cost of reading on after a broken quote. The row ends at its first LF, and what was scanned beyond it is scanned
 * again. A file can be made so that this happens on every line and 64 KiB each time, so it is paid from a credit that grows
 * with the file. When the credit is used up, no quote spans lines up to where the failed scan had come: each line there
 * is scanned once. Only the bytes decide, not how they were cut.
 */

/** Bytes that may be scanned again for each byte of the file … */
const creditPerByte = 2;
/** … and besides: a single broken quote costs 64 KiB at most, so a small file can have several. */
const initialCredit = 1024 * 1024;

export class QuoteRepair {
  #rescanned = 0;
  /** Where in the file quotes may span lines again; before it, none does. */
  spansFrom = 0;

  /** The row of a broken quote ended before `rowEnd`; the scan had come to `reached`. Both are places in the file. */
  note(rowEnd: number, reached: number): void {
    this.#rescanned += Math.max(0, reached - rowEnd);
    if (this.#rescanned > initialCredit + creditPerByte * reached) this.spansFrom = Math.max(this.spansFrom, reached);
  }
}
