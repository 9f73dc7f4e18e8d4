import type { OutcomeError } from '../jobs/index.ts';

/** How one format writes lines. Each line ends with LF. */
export interface LineFormat {
  /** Text before the first line. */
  readonly head: string;
  /** Whether requests and custom ids are written. */
  readonly hasRequests: boolean;
  /** The functions for one chunk, chosen by one look at all of its text (lines ended by LF): most need no quoting. */
  begin(requests: string, outcomes: string): ChunkFormat;
}

export interface ChunkFormat {
  result(line: number, customId: string | null, request: string, result: string): string;
  error(line: number, customId: string | null, request: string, error: OutcomeError): string;
}
