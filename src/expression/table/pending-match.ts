/** A call of `match` whose arguments are being read. */
export class PendingMatch {
  /** Arguments that are complete. */
  arguments = 0;
  /** The column whose text is compared, and where it was written; -1: numbers are. */
  column = -1;
  origin = 0;
  /** The jump over the value being read, which its key did not choose. */
  skip = 0;
  /** The jumps from the values to the end. */
  readonly jumps: number[] = [];
  /** The type of the values. */
  type: number | undefined;

  get isOfTexts(): boolean {
    return this.column >= 0;
  }
}
