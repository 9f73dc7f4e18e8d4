/**
 * Executes the calls of the writer on its connection: one prepared statement for each change of a job record, so that a
 * condition and its change are one step. Knows nothing of threads and transactions: see writer-thread.ts.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { JobSeal, RecordVerdict } from '../../engine/index.ts';
import { encodeTable, toTotalsFields, type Fold } from '../../jobs/index.ts';
import { firstKeyOf, lastKeyOf, toKey } from './chunk-key.ts';
import { jobColumns, numberIn, optionalTextIn, textIn, toJob, type Row } from './job-row.ts';
import { outcomeColumns, outcomeTextIn } from './outcome-row.ts';
import { packOutcomes } from './packed-text.ts';
import { TokenWriter } from './token-writer.ts';
import type { Answer, Params, PackedRecord, WriterCall, WriterCallName } from './writer-protocol.ts';

type Handlers = { [Name in WriterCallName]: (params: Params<Name>) => Answer<Name> };

/** Rows of a deleted job leave these together; the chunk itself last, because the next slice starts at the first one left. */
const chunkTables = ['outcome_totals', 'outcome_text', 'outcome', 'chunk_text', 'chunk'] as const;

const updates = {
  sealJob: `UPDATE job SET state = 'InProgress', operations = $operations, chunks = $chunks,
      content_digest = $contentDigest, sealed_at = $sealedAt, lease_until = $leaseUntil
    WHERE id = $jobId AND state = 'Receiving' AND lease_owner = $owner`,
  abortJob: `UPDATE job SET state = 'Deleting', idempotency_key = NULL
    WHERE id = $jobId AND state = 'Receiving' AND iif($owner IS NULL, lease_until <= $now, lease_owner = $owner)`,
  claimJob: `UPDATE job SET takeovers = takeovers + (lease_owner <> $owner), lease_owner = $owner, lease_until = $until
    WHERE id = $jobId AND state IN ('Receiving', 'InProgress', 'Cancelling')
      AND (lease_owner = $owner OR (state <> 'Receiving' AND lease_until <= $now))
    RETURNING ${jobColumns}`,
  releaseJob: 'UPDATE job SET lease_until = 0, takeovers = 0 WHERE id = $jobId AND lease_owner = $owner',
  foldJob: `UPDATE job SET fold_through = $to, fold_succeeded = $succeeded, fold_failed = $failed,
      fold_cancelled = $cancelled, fold_cost = $cost, fold_errors = $errors, fold_engines = $engines,
      fold_totals = $columns, takeovers = 0
    WHERE id = $jobId AND fold_through = $through AND state IN ('InProgress', 'Cancelling')`,
  finishJob: `UPDATE job SET state = $state, finished_at = $finishedAt, expires_at = $expiresAt, fold_through = $to,
      fold_succeeded = $succeeded, fold_failed = $failed, fold_cancelled = $cancelled, fold_cost = $cost,
      fold_errors = $errors, fold_engines = $engines, fold_totals = $columns
    WHERE id = $jobId AND state = $from AND fold_through = $through AND $to = operations`,
  cancelJob: `UPDATE job SET state = 'Cancelling' WHERE id = $jobId AND state = 'InProgress'`,
  deleteJob: `UPDATE job SET state = 'Deleting', idempotency_key = NULL WHERE id = $jobId AND is_visible
      AND state IN (SELECT value FROM json_each($states))`,
  checkHealth: `UPDATE counter SET value = value + 1 WHERE name = 'health_checks'`,
} as const;

export class StoreWriter {
  readonly #database: DatabaseSync;
  readonly #updates: Record<keyof typeof updates, StatementSync>;
  readonly #insertJob: StatementSync;
  readonly #findJob: StatementSync;
  readonly #insertChunk: StatementSync;
  readonly #insertChunkText: StatementSync;
  readonly #insertOutcome: StatementSync;
  readonly #insertOutcomeText: StatementSync;
  readonly #insertOutcomeTotals: StatementSync;
  readonly #tokens: TokenWriter;
  readonly #handlers: Handlers;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const prepared = Object.entries(updates).map(([name, sql]) => {
      const statement = database.prepare(sql);
      // Records are handed over whole, and may hold more than a statement needs.
      statement.setAllowUnknownNamedParameters(true);
      return [name, statement] as const;
    });
    this.#updates = Object.fromEntries(prepared) as Record<keyof typeof updates, StatementSync>;
    this.#insertJob = database.prepare(
      `INSERT INTO job(id, state, name, mode, precision, created_at, lease_owner, lease_until, idempotency_key, is_table,
         repairs, tenant)
       VALUES ($id, 'Receiving', $name, $mode, $precision, $createdAt, $owner, $leaseUntil, $idempotencyKey, $isTable,
         $repairs, $tenant)
       ON CONFLICT (id) DO NOTHING`,
    );
    this.#insertJob.setAllowUnknownNamedParameters(true);
    this.#findJob = database.prepare('SELECT sequence, state FROM job WHERE id = ?');
    this.#findJob.setReadBigInts(true);
    this.#insertChunk = database.prepare('INSERT OR IGNORE INTO chunk VALUES (?, ?)');
    this.#insertChunkText = database.prepare('INSERT INTO chunk_text VALUES (?, ?, ?, ?)');
    this.#insertOutcome = database.prepare('INSERT OR IGNORE INTO outcome VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    this.#insertOutcomeText = database.prepare('INSERT INTO outcome_text VALUES (?, ?, ?)');
    this.#insertOutcomeTotals = database.prepare('INSERT INTO outcome_totals VALUES (?, ?)');
    this.#tokens = new TokenWriter(database);
    this.#handlers = {
      createJob: (params) => this.#createJob(params),
      appendChunks: (params) => this.#appendChunks(params),
      sealJob: ({ jobId, owner, seal }) => this.#sealJob(jobId, owner, seal),
      abortJob: ({ jobId, owner = null, now }) => this.#change('abortJob', { jobId, owner, now }),
      claimJob: (params) => {
        const row = this.#updates.claimJob.get({ ...params });
        return row === undefined ? undefined : toJob(row);
      },
      releaseJob: (params) => void this.#change('releaseJob', { ...params }),
      recordOutcomes: (params) => this.#recordOutcomes(params),
      foldJob: ({ jobId, through, fold }) => this.#change('foldJob', { jobId, through, ...toFoldValues(fold) }),
      finishJob: ({ jobId, from, finish: { fold, expiresAt = null, ...finish } }) =>
        this.#change('finishJob', { jobId, from, ...finish, expiresAt, ...toFoldValues(fold) }),
      cancelJob: (params) => this.#change('cancelJob', { ...params }),
      deleteJob: ({ jobId, states }) => this.#change('deleteJob', { jobId, states: JSON.stringify(states) }),
      deleteSlice: (params) => this.#deleteSlice(params),
      insertToken: ({ token, forgetBefore }) => void this.#tokens.insert(token, forgetBefore),
      revokeToken: ({ id, revokedAt }) => this.#tokens.revoke(id, revokedAt),
      noteTokenUse: ({ id, usedAt }) => void this.#tokens.noteUse(id, usedAt),
      checkHealth: () => void this.#change('checkHealth', {}),
    };
  }

  /** Must run inside a transaction; throws what SQLite throws, and the transaction is then to be rolled back. */
  execute(call: WriterCall): unknown {
    const handle = this.#handlers[call.name] as (params: WriterCall['params']) => unknown;
    return handle(call.params);
  }

  #change(name: keyof typeof updates, params: Record<string, SQLInputValue>): boolean {
    return this.#updates[name].run(params).changes > 0;
  }

  #find(jobId: string): { sequence: bigint; state: string } | undefined {
    const row = this.#findJob.get(jobId);
    return row === undefined ? undefined : { sequence: row['sequence'] as bigint, state: textIn(row, 'state') };
  }

  #createJob({ job, whole }: Params<'createJob'>): Answer<'createJob'> {
    if (job.idempotencyKey !== undefined) {
      const holder = this.#database
        .prepare(`SELECT ${jobColumns} FROM job WHERE idempotency_key = ? AND id <> ?`)
        .get(job.idempotencyKey, job.id);
      if (holder !== undefined) return { kind: 'exists', job: toJob(holder) };
    }
    this.#insertRecord(job);
    if (whole !== undefined) {
      this.#appendChunks({ jobId: job.id, content: whole.content });
      this.#sealJob(job.id, job.owner, whole.seal);
    }
    return { kind: 'created' };
  }

  /** Again: nothing changes. */
  #insertRecord({ table, ...record }: Params<'createJob'>['job']): void {
    const { name = null, idempotencyKey = null, repairs = null } = record;
    const isTable = table === undefined ? 0 : 1;
    const { changes, lastInsertRowid } = this.#insertJob.run({
      ...record,
      name,
      idempotencyKey,
      isTable,
      repairs,
    });
    if (changes === 0 || table === undefined) return;
    this.#database.prepare('INSERT INTO table_definition VALUES (?, ?)').run(lastInsertRowid, encodeTable(table));
  }

  #sealJob(jobId: string, owner: string, { contentDigest, ...numbers }: JobSeal): boolean {
    return this.#change('sealJob', { jobId, owner, contentDigest: contentDigest ?? null, ...numbers });
  }

  #appendChunks({ jobId, content: { chunks, texts } }: Params<'appendChunks'>): undefined {
    const job = this.#find(jobId);
    if (job?.state !== 'Receiving') return;
    let position = 0;
    for (const { firstLine, count, faults, customIds, bytes } of chunks) {
      const key = toKey(job.sequence, firstLine);
      const text = texts.subarray(position, position + bytes);
      position += bytes;
      if (this.#insertChunk.run(key, count).changes > 0) this.#insertChunkText.run(key, faults, customIds, text);
    }
  }

  #recordOutcomes({ records, texts }: Params<'recordOutcomes'>): RecordVerdict[] {
    const sequences = new Map<string, bigint | undefined>();
    let position = 0;
    return records.map((record) => {
      const text = texts.subarray(position, position + record.bytes);
      position += record.bytes;
      if (!sequences.has(record.jobId)) {
        const job = this.#find(record.jobId);
        sequences.set(record.jobId, job === undefined || job.state === 'Deleting' ? undefined : job.sequence);
      }
      const sequence = sequences.get(record.jobId);
      return sequence === undefined ? 'gone' : this.#record(toKey(sequence, record.firstLine), record, text);
    });
  }

  #record(key: bigint, record: PackedRecord, text: Uint8Array): RecordVerdict {
    const { count, succeeded, failed, cancelled, cost, engine = null, errors } = record;
    if (this.#insertOutcome.run(key, count, succeeded, failed, cancelled, cost, engine, errors).changes > 0) {
      if (text.length > 0) this.#insertText(key, record, text);
      if (record.totals !== null) this.#insertOutcomeTotals.run(key, record.totals);
      return 'recorded';
    }
    // Rare: the same record again, whose answer was lost, or another evaluation that came second.
    const stored = this.#database
      .prepare(
        `SELECT count, succeeded, failed, cancelled, cost, totals, ${outcomeColumns}
         FROM outcome LEFT JOIN outcome_text USING (key) LEFT JOIN outcome_totals USING (key) WHERE key = ?`,
      )
      .get(key);
    return stored !== undefined && isSameRecord(stored, record, text) ? 'recorded' : 'duplicate';
  }

  #insertText(key: bigint, record: PackedRecord, text: Uint8Array): void {
    const packed = packOutcomes(record, text);
    if (packed === undefined) this.#insertOutcomeText.run(key, text, null);
    else this.#insertOutcomeText.run(key, packed, text.length);
  }

  #deleteSlice({ jobId, chunksMax }: Params<'deleteSlice'>): 'more' | 'done' {
    const job = this.#find(jobId);
    if (job?.state !== 'Deleting') return 'done';
    const first = firstKeyOf(job.sequence);
    const slice = this.#database.prepare(
      'SELECT count(*) AS chunks, max(key) AS last FROM (SELECT key FROM chunk WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ?)',
    );
    slice.setReadBigInts(true);
    const { chunks, last } = slice.get(first, lastKeyOf(job.sequence), chunksMax) as { chunks: bigint; last: bigint };
    const isLast = chunks < BigInt(chunksMax);
    for (const table of chunkTables) {
      this.#database
        .prepare(`DELETE FROM ${table} WHERE key BETWEEN ? AND ?`)
        .run(first, isLast ? lastKeyOf(job.sequence) : last);
    }
    if (!isLast) return 'more';
    this.#database.prepare('DELETE FROM table_definition WHERE sequence = ?').run(job.sequence);
    this.#database.prepare('DELETE FROM job WHERE sequence = ?').run(job.sequence);
    return 'done';
  }
}

function toFoldValues({ through, errors, engines, columns, ...counts }: Fold) {
  return {
    to: through,
    errors: JSON.stringify(errors),
    engines: JSON.stringify(engines),
    columns: JSON.stringify(toTotalsFields(columns)),
    ...counts,
  };
}

/** The errors are in the text. */
function isSameRecord(stored: Row, record: PackedRecord, text: Uint8Array): boolean {
  const numbers = ['count', 'succeeded', 'failed', 'cancelled', 'cost'] as const;
  return (
    numbers.every((column) => numberIn(stored, column) === record[column]) &&
    optionalTextIn(stored, 'engine') === record.engine &&
    stored['totals'] === record.totals &&
    Buffer.compare(outcomeTextIn(stored), text) === 0
  );
}
