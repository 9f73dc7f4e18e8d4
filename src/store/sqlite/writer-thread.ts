/**
 * The writer thread: the only one that writes. Everything that waits goes into one transaction, because flushing the log
 * to the disk costs the same for one call as for a hundred; callers are answered when it is on the disk.
 *
 * A transaction that fails is rolled back and its calls are tried one by one: a call that SQLite rejects must not fail
 * its neighbors. Every call decides from the current contents, so trying it again is safe.
 */
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { invariant } from '../../engine/index.ts';
import { busyTimeoutMs, openWriter } from './open-database.ts';
import { readPragma } from './schema.ts';
import { toStoreError } from './sqlite-errors.ts';
import { StoreWriter } from './store-writer.ts';
import type {
  FromWriter,
  NumberedAnswer,
  NumberedCall,
  ToWriter,
  WriterFault,
  WriterSettings,
} from './writer-protocol.ts';

/** Calls, and bytes of text, in one transaction: enough to make the flush cheap, and a few tens of milliseconds at most. */
const groupCallsMax = 256;
const groupBytesMax = 8 * 1024 * 1024;
/** Pages params back to the file system in one step: a few milliseconds. */
const vacuumPages = 500;
/** Free pages (16 MiB) that stay in the file: the next chunks use them, and growing a file costs more. */
const keptFreePages = 2048;
/** Bytes of log that stay when there is nothing to do: a burst leaves 16 MiB, four times what its job may take. */
const keptLogBytes = 4 * 1024 * 1024;
/** Time without a call after which space is params back. */
const idleMs = 250;

class WriterThread {
  readonly #port: MessagePort;
  readonly #database: DatabaseSync;
  readonly #writer: StoreWriter;
  readonly #file: string;
  readonly #waiting: NumberedCall[] = [];
  #isStopping = false;
  #isPlanned = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(port: MessagePort, { file }: WriterSettings) {
    this.#port = port;
    this.#file = file;
    this.#database = openWriter(file);
    // One process owns the folder, so the previous owner of every lease is gone: its jobs continue immediately.
    this.#database.exec(
      "UPDATE job SET lease_until = 0 WHERE state IN ('Receiving', 'InProgress', 'Cancelling') AND lease_until > 0",
    );
    this.#writer = new StoreWriter(this.#database);
  }

  listen(): void {
    this.#port.on('message', (message: ToWriter) => {
      this.#take(message);
      this.#plan();
    });
    this.#planVacuum();
  }

  #take(message: ToWriter): void {
    if (message.kind === 'stop') this.#isStopping = true;
    else this.#waiting.push(...message.calls);
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      this.#run();
    });
  }

  #run(): void {
    for (let next = receiveMessageOnPort(this.#port); next !== undefined; next = receiveMessageOnPort(this.#port)) {
      this.#take(next.message as ToWriter);
    }
    const group = this.#nextGroup();
    if (group.length > 0) this.#answer(group);
    if (this.#waiting.length > 0) this.#plan();
    else if (this.#isStopping) this.#stop();
    else this.#planVacuum();
  }

  #nextGroup(): NumberedCall[] {
    let bytes = 0;
    const end = this.#waiting.findIndex(({ call }, index) => {
      bytes += call.bytes;
      return index > 0 && (index >= groupCallsMax || bytes > groupBytesMax);
    });
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
  }

  #answer(group: readonly NumberedCall[]): void {
    const startedAt = performance.now();
    const answers = this.#commit(group);
    const commit = {
      calls: group.length,
      bytes: group.reduce((sum, { call }) => sum + call.bytes, 0),
      milliseconds: performance.now() - startedAt,
    };
    send(this.#port, { kind: 'answers', answers, commit });
  }

  #commit(group: readonly NumberedCall[]): NumberedAnswer[] {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const answers = group.map(({ number, call }): NumberedAnswer => {
        return { number, kind: 'answer', value: this.#writer.execute(call) };
      });
      this.#database.exec('COMMIT');
      return answers;
    } catch (error) {
      // A full disk may have ended the transaction already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      if (group.length > 1) return group.flatMap((call) => this.#commit([call]));
      return group.map(({ number }) => ({ number, kind: 'fault', fault: toFault(error, this.#file) }));
    }
  }

  #planVacuum(): void {
    this.#idle ??= setTimeout(() => {
      this.#idle = undefined;
      this.#vacuum();
    }, idleMs);
    this.#idle.refresh();
  }

  /** Gives space of deleted jobs back in steps, between which calls get their turn. */
  #vacuum(): void {
    if (this.#waiting.length > 0 || this.#isStopping) return;
    try {
      const surplus = Number(readPragma(this.#database, 'freelist_count')) - keptFreePages;
      if (surplus <= 0) return this.#shortenLog();
      this.#database.prepare(`PRAGMA incremental_vacuum(${Math.min(vacuumPages, surplus)})`).all();
      // The file itself becomes shorter when the log is brought over; passive: without waiting for a reader.
      if (surplus <= vacuumPages) this.#database.prepare('PRAGMA wal_checkpoint(PASSIVE)').all();
      setImmediate(() => this.#vacuum());
    } catch {
      // The space stays in the file and is used from there; the next write meets the same fault and reports it.
    }
  }

  /** Brings a long log over into the file. Does not wait for a reader in the middle of one, such as a backup. */
  #shortenLog(): void {
    const log = statSync(`${this.#file}-wal`, { throwIfNoEntry: false });
    if (log === undefined || log.size <= keptLogBytes) return;
    this.#database.exec('PRAGMA busy_timeout = 0');
    try {
      this.#database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
    } finally {
      this.#database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    }
  }

  #stop(): void {
    clearTimeout(this.#idle);
    try {
      this.#database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
    } catch {
      // Everything is safe in the log, and the next start brings it over.
    }
    this.#database.close();
    this.#port.close();
  }
}

function send(port: MessagePort, message: FromWriter): void {
  // Answers are small: nothing in them is worth handing over.
  port.postMessage(message, []);
}

function toFault(error: unknown, file: string): WriterFault {
  const { code, message } = toStoreError(error, file);
  return { code, message };
}

function runWriter(port: MessagePort, settings: WriterSettings): void {
  let thread: WriterThread;
  try {
    thread = new WriterThread(port, settings);
  } catch (error) {
    send(port, { kind: 'refused', fault: toFault(error, settings.file) });
    return;
  }
  thread.listen();
  send(port, { kind: 'ready' });
}

invariant(parentPort !== null, 'writer-thread.ts is run as a worker thread');
runWriter(parentPort, workerData as WriterSettings);
