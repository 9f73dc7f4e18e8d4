/** Insertions of chunks and outcomes. The unique key decides which is first; what is there already is never touched. */
import type { Collection, OptionalUnlessRequiredId } from 'mongodb';
import { StoreError, type OutcomeRecord, type RecordVerdict } from '../../engine/index.ts';
import type { Chunk } from '../../jobs/index.ts';
import { jobIdOf } from './chunk-key.ts';
import { bounded, type Collections } from './database.ts';
import {
  isSameOutcome,
  keyOf,
  toChunkDocument,
  toOutcomeDocument,
  type ChunkDocument,
  type OutcomeDocument,
} from './documents.ts';
import type { JobRecords } from './job-records.ts';
import { duplicatesOf } from './mongo-errors.ts';

/**
 * One insertion: far below the limit of the server (48 MB), and short enough to let others in between. From 32
 * chunks on, more per call are not faster.
 */
const insertBytesMax = 4 * 1024 * 1024;
const insertDocumentsMax = 128;
/** Rounds after which a document that is neither inserted nor found again is left to the next try. */
const roundsMax = 3;

export class ChunkWriter {
  readonly #chunks: Collections['chunks'];
  readonly #outcomes: Collections['outcomes'];
  readonly #records: JobRecords;

  constructor({ chunks, outcomes }: Collections, records: JobRecords) {
    this.#chunks = chunks;
    this.#outcomes = outcomes;
    this.#records = records;
  }

  /** The look at the job keeps an upload that was given up from writing on; what slips through is swept. */
  async append(jobId: string, chunks: readonly Chunk[]): Promise<void> {
    if (await this.#records.isReceiving(jobId)) await this.insertChunks(jobId, chunks);
  }

  async insertChunks(jobId: string, chunks: readonly Chunk[]): Promise<void> {
    const documents = chunks.map((chunk) => toChunkDocument(jobId, chunk));
    for (const group of groupsOf(documents)) await insertMissing<ChunkDocument>(this.#chunks, group);
  }

  async record(records: readonly OutcomeRecord[]): Promise<RecordVerdict[]> {
    if (records.length === 0) return [];
    const gone = await this.#records.findGone(Array.from(new Set(records.map(({ jobId }) => jobId))));
    const verdicts = records.map(({ jobId }): RecordVerdict => (gone.has(jobId) ? 'gone' : 'recorded'));
    const wanted = records.flatMap((record, position) =>
      verdicts[position] === 'gone' ? [] : [{ position, document: toOutcomeDocument(record) }],
    );
    for (const group of groupsOf(wanted.map(({ document }) => document))) {
      const others = await this.#findDefeated(group);
      for (const { position, document } of wanted) if (others.has(document)) verdicts[position] = 'duplicate';
    }
    return verdicts;
  }

  /** Inserts outcomes; those whose chunk has other ones. */
  async #findDefeated(documents: readonly OutcomeDocument[]): Promise<ReadonlySet<OutcomeDocument>> {
    const defeated = new Set<OutcomeDocument>();
    let missing = documents;
    for (let round = 0; round < roundsMax; round += 1) {
      const present = await insertMissing<OutcomeDocument>(this.#outcomes, missing);
      const stored = await this.#readStored(present);
      // Seen by the insertion and not by the read: not yet known to a majority, or deleted in between.
      missing = present.filter(({ _id }) => !stored.has(_id));
      for (const document of present) {
        const winner = stored.get(keyOf(document));
        if (winner !== undefined && !isSameOutcome(winner, document)) defeated.add(document);
      }
      if (missing.length === 0) return defeated;
    }
    throw new StoreError('unavailable', 'outcomes are being replaced while they are recorded');
  }

  async #readStored(documents: readonly OutcomeDocument[]): Promise<Map<string, OutcomeDocument>> {
    const stored = new Map<string, OutcomeDocument>();
    const ofJobs = Map.groupBy(documents, ({ _id }) => jobIdOf(_id));
    for (const ofJob of ofJobs.values()) {
      const keys = ofJob.map(({ _id }) => _id).sort();
      const [first = '', last = first] = [keys.at(0), keys.at(-1)];
      const range = { _id: { $gte: first, $lte: last, $in: keys } };
      const found = await this.#outcomes.find(range, { ...bounded, projection: { text: 0 } }).toArray();
      for (const document of found) stored.set(keyOf(document), document);
    }
    return stored;
  }
}

/** Those that were there already. */
async function insertMissing<Stored extends { readonly _id: string }>(
  collection: Collection<Stored>,
  documents: readonly Stored[],
): Promise<Stored[]> {
  try {
    // Unordered: a duplicate must not keep those after it out.
    const given = documents as readonly OptionalUnlessRequiredId<Stored>[];
    await collection.insertMany(given, { ...bounded, ordered: false });
    return [];
  } catch (error) {
    return duplicatesOf(error).flatMap((index) => documents[index] ?? []);
  }
}

/** Runs of documents that fit into one insertion; one that is larger is alone. */
function groupsOf<Stored extends ChunkDocument | OutcomeDocument>(documents: readonly Stored[]): Stored[][] {
  const groups: Stored[][] = [];
  let bytes = Infinity;
  for (const document of documents) {
    const size = sizeOf(document);
    const group = groups.at(-1);
    bytes += size;
    if (group === undefined || bytes > insertBytesMax || group.length >= insertDocumentsMax) {
      groups.push([document]);
      bytes = size;
    } else {
      group.push(document);
    }
  }
  return groups;
}

function sizeOf(document: ChunkDocument | OutcomeDocument): number {
  const others = 'digest' in document ? [document.totals] : [document.faults, document.customIds];
  return others.reduce((sum, json) => sum + (json?.length ?? 0), document.text.length());
}
