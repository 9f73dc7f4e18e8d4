/** Preview of a table: its first rows, read, planned and evaluated by the code that runs jobs. Nothing is kept. */
import { splitRows, type Chunk, type TableProgram } from '../jobs/index.ts';
import { invariant } from './errors.ts';
import type { PreviewVerdict, Upload } from './job-service.ts';
import type { ChunkEvaluator, RequestMessage } from './ports.ts';
import { isRejection, UploadReader, type UploadReaderDependencies } from './upload-reader.ts';

/** Rows of a preview: a screen full. */
const previewRows = 20;
/** Bytes read for them, where one row at least is complete. */
const previewBytes = 64 * 1024;
/** Cost units of a preview, about one second: it is answered while its caller waits. */
const previewCostMax = 20_000_000;

const unlimited = { operationsMax: Infinity, uploadBytesMax: Infinity } as const;

export interface PreviewDependencies extends Pick<UploadReaderDependencies, 'isUtf8' | 'planTable'> {
  readonly chunkEvaluator: Pick<ChunkEvaluator, 'evaluate'>;
}

/** `previewId`: stands for the job's id where the evaluator is fair between jobs. The source is returned immediately. */
export async function previewTable(
  dependencies: PreviewDependencies,
  upload: Upload,
  previewId = 'preview',
): Promise<PreviewVerdict> {
  const reader = new UploadReader(upload, dependencies, unlimited);
  const beginning = await readFirstRows(reader);
  if (isRejection(beginning)) return beginning;
  const { plan } = reader;
  const [first] = beginning.chunks;
  invariant(plan !== undefined && first !== undefined, 'a table with rows is settled');
  const { program } = plan.table;
  const chunk = firstRowsOf(first, program);
  const outcomes = await dependencies.chunkEvaluator.evaluate(toRequest(previewId, upload, program, chunk));
  const { firstLine, count } = chunk;
  return {
    kind: 'preview',
    preview: { ...plan, slice: { firstLine, count, fromLine: 1, toLine: count, outcomes, chunk } },
  };
}

async function readFirstRows(reader: UploadReader) {
  try {
    return await reader.readRows(previewRows, previewBytes);
  } finally {
    await reader.close();
  }
}

function firstRowsOf(chunk: Chunk, { dialect }: TableProgram): Chunk {
  if (chunk.count <= previewRows) return chunk;
  const end = splitRows({ ...chunk, count: previewRows }, dialect).at(-1)?.end;
  const faults = chunk.faults.filter(({ line }) => line <= previewRows);
  return { ...chunk, count: previewRows, text: chunk.text.slice(0, end), faults };
}

function toRequest(
  jobId: string,
  { mode, precision }: Upload,
  table: TableProgram,
  { firstLine, count, text, faults }: Chunk,
): RequestMessage {
  return { jobId, firstLine, count, mode, precision, text, faults, attempt: 1, costMax: previewCostMax, table };
}
