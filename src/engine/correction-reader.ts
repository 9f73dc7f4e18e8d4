/** Reads the corrections of a repair once, within the limits, with their digest when one is needed. */
import {
  correctionBytesMax,
  Corrections,
  correctionsMax,
  createChunkSplitter,
  decodeLines,
  readCorrection,
  recordBytesMax,
  settleRow,
  type Chunk,
  type ChunkSplitter,
  type CorrectionReading,
  type Job,
  type RowSyntax,
} from '../jobs/index.ts';
import type { Repair, RepairVerdict } from './job-service.ts';
import type { ContentDigest } from './upload-reader.ts';

/** Bytes of all corrections of a repair. */
export const correctionsBytesMax = 64 * 1024 * 1024;

export interface CorrectionReaderDependencies {
  readonly isUtf8: (bytes: Uint8Array) => boolean;
  readonly digest: ContentDigest | undefined;
}

export interface ReadCorrections {
  readonly corrections: Corrections;
  /** Ids that are beyond the last line of the job: the first ones, and how many there are. */
  readonly unknown: LineList;
  readonly contentDigest: string | undefined;
}

/** Lines to be named to a user: the first of them, and how many there are in all. */
export class LineList {
  readonly first: number[] = [];
  count = 0;

  add(line: number): void {
    if (this.first.length < namedLinesMax) this.first.push(line);
    this.count += 1;
  }
}

const namedLinesMax = 100;

type CorrectionRejection = Extract<
  RepairVerdict,
  { kind: 'bad-correction' | 'not-utf8' | 'too-many-bytes' | 'too-many-corrections' }
>;

/** `syntax`: how rows of the job are written; undefined: its operations are lines. */
export async function readCorrections(
  dependencies: CorrectionReaderDependencies,
  repair: Repair,
  job: Pick<Job, 'operations'>,
  syntax: RowSyntax | undefined,
): Promise<ReadCorrections | CorrectionRejection> {
  const reader = new CorrectionReader(dependencies, repair, job, syntax);
  for await (const bytes of repair.source) {
    const rejection = reader.push(bytes);
    if (rejection !== undefined) return rejection;
  }
  return reader.end();
}

class CorrectionReader {
  readonly #dependencies: CorrectionReaderDependencies;
  readonly #repair: Repair;
  readonly #operations: number;
  readonly #syntax: RowSyntax | undefined;
  readonly #splitter: ChunkSplitter;
  readonly #corrections = new Corrections();
  readonly #unknown = new LineList();
  #bytesTotal = 0;

  constructor(
    dependencies: CorrectionReaderDependencies,
    repair: Repair,
    { operations }: Pick<Job, 'operations'>,
    syntax: RowSyntax | undefined,
  ) {
    this.#dependencies = dependencies;
    this.#repair = repair;
    this.#operations = operations;
    this.#syntax = syntax;
    const lineBytesMax = syntax === undefined ? recordBytesMax : correctionBytesMax;
    this.#splitter = createChunkSplitter({ lineBytesMax, isUtf8: dependencies.isUtf8 });
    dependencies.digest?.update(`repair ${repair.jobId}\n`);
  }

  push(bytes: Uint8Array): CorrectionRejection | undefined {
    this.#bytesTotal += bytes.length;
    if (this.#bytesTotal > correctionsBytesMax) return { kind: 'too-many-bytes', max: correctionsBytesMax };
    this.#dependencies.digest?.update(bytes);
    return this.#take(this.#splitter.push(bytes));
  }

  end(): ReadCorrections | CorrectionRejection {
    const rejection = this.#take(this.#splitter.end());
    if (rejection !== undefined) return rejection;
    const repeated = this.#corrections.seal();
    if (repeated !== undefined) {
      const problem = `The "id" ${JSON.stringify(String(repeated))} appears more than once. Write one correction for each operation.`;
      return { kind: 'bad-correction', line: undefined, problem };
    }
    return {
      corrections: this.#corrections,
      unknown: this.#unknown,
      contentDigest: this.#dependencies.digest?.finish(),
    };
  }

  #take(chunks: readonly Chunk[]): CorrectionRejection | undefined {
    const { foreignEncoding } = this.#splitter;
    if (foreignEncoding !== undefined) return { kind: 'not-utf8', encoding: foreignEncoding };
    for (const chunk of chunks) {
      const rejection = this.#takeChunk(chunk);
      if (rejection !== undefined) return rejection;
    }
    return undefined;
  }

  #takeChunk({ text, firstLine, faults }: Chunk): CorrectionRejection | undefined {
    const [fault] = faults;
    for (const [index, line] of decodeLines(text).entries()) {
      const number = firstLine + index;
      if (fault?.line === number) return { kind: 'bad-correction', line: number, problem: fault.message };
      const problem = this.#keep(readCorrection(line));
      if (problem !== undefined) return { kind: 'bad-correction', line: number, problem };
      if (this.#corrections.count > correctionsMax) return { kind: 'too-many-corrections', max: correctionsMax };
    }
    this.#repair.reserve?.(this.#corrections.bytesHeld);
    return undefined;
  }

  /** Its fault, or undefined. */
  #keep(reading: CorrectionReading): string | undefined {
    if (reading.kind === 'blank') return undefined;
    if (reading.kind === 'refused') return reading.problem;
    const { line, request } = reading;
    if (line > this.#operations) {
      this.#unknown.add(line);
      return undefined;
    }
    if (this.#syntax !== undefined && !isOneRow(request, this.#syntax)) {
      return 'The "request" holds more than one row. Write one row, as it stands in the file, without its line end.';
    }
    this.#corrections.add(line, request);
    return undefined;
  }
}

const encoder = new TextEncoder();

function isOneRow(request: string, syntax: RowSyntax): boolean {
  // Most rows hold no line break, and then there is nothing to be found.
  return !request.includes('\n') || settleRow(encoder.encode(request), syntax, 1).isOne;
}
