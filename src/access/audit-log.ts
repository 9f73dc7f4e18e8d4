/**
 * The audit log: one JSON object per line for each request that changes or downloads something, and each that is rejected for who
 * sends it. It holds names, ids and addresses, and never a secret or a line that a user wrote.
 */
import { closeSync, fdatasync, fstatSync, openSync, statSync, unlinkSync, write, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Logger, Service, Time } from '../engine/index.ts';
import type { Role } from './principal.ts';

/** What happened. Members that are undefined are absent. */
export interface AuditEvent {
  /** RFC 3339. */
  readonly time: string;
  readonly request_id?: string | undefined;
  readonly tenant: string | undefined;
  readonly principal?: string | undefined;
  readonly role?: Role | undefined;
  /** The id of the token. */
  readonly token?: string | undefined;
  readonly address?: string | undefined;
  readonly action:
    | 'job.create'
    | 'job.repair'
    | 'job.cancel'
    | 'job.delete'
    /** Deleted because its retention time was over. */
    | 'job.expire'
    | 'results.read'
    | 'token.create'
    | 'token.revoke'
    | 'session.open'
    | 'session.end'
    | 'auth.refused';
  readonly route?: string | undefined;
  /** The id of the job or token. */
  readonly object: string | undefined;
  /** Of the response. */
  readonly status?: number | undefined;
}

export interface AuditLog extends Service {
  /** False: events could not be kept, so nothing may be done that needs one. */
  isWritable(): boolean;
  /** Resolves when the event is kept; rejects when it cannot be. */
  write(event: AuditEvent): Promise<void>;
}

export interface AuditLogDependencies {
  readonly time: Pick<Time, 'now'>;
  readonly logger: Logger;
}

const fileMode = 0o600;
/** Room on the disk for the events of requests that are in progress when it is found to be full. */
const reserveBytes = 256 * 1024;
/** How often a full disk is tried again, and a file that was moved away is noticed. */
const lookMs = 1_000;

const writeSome = promisify(write);
const flush = promisify(fdatasync);

/** `target`: `stdout`, or the path of a file. */
export function createAuditLog(target: string, dependencies: AuditLogDependencies): AuditLog {
  return target === 'stdout' ? createStreamLog(process.stdout, dependencies) : new FileLog(target, dependencies);
}

/** Exported for tests. A stream that cannot be written to is tried again after a while. */
export function createStreamLog(
  stream: Pick<NodeJS.WritableStream, 'write'>,
  { time, logger }: AuditLogDependencies,
): AuditLog {
  let brokenUntil = 0;
  return {
    start: async () => {},
    stop: async () => {},
    isWritable: () => time.now() >= brokenUntil,
    write: (event) =>
      new Promise((resolve, reject) => {
        stream.write(toLine(event), (error) => {
          if (error === null || error === undefined) return resolve();
          brokenUntil = time.now() + lookMs;
          logger.error({ err: error }, 'the audit log cannot be written to standard output');
          reject(error);
        });
      }),
  };
}

/**
 * A file that is only appended to, and flushed before a write resolves; concurrent events share a flush. A reserve of the disk is
 * given up when it is full: the events of requests in progress go there, and no others are begun.
 */
class FileLog implements AuditLog {
  readonly #file: string;
  readonly #reserve: string;
  readonly #dependencies: AuditLogDependencies;
  #descriptor: number | undefined;
  #isReserved = false;
  #lookedAt = 0;
  #waiting: { readonly line: string; readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  #writing: Promise<void> | undefined;

  constructor(file: string, dependencies: AuditLogDependencies) {
    this.#file = file;
    this.#reserve = `${file}.reserve`;
    this.#dependencies = dependencies;
  }

  async start(): Promise<void> {
    try {
      this.#open();
      this.#takeReserve();
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      throw new Error(`AUDIT_LOG ${this.#file} cannot be written (${reason})`, { cause: error });
    }
  }

  async stop(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    this.#giveReserve();
  }

  isWritable(): boolean {
    if (this.#isReserved || !this.#isTimeToLook()) return this.#isReserved;
    try {
      this.#takeReserve();
      this.#dependencies.logger.info({ file: this.#file }, 'the audit log can be written again');
    } catch {
      this.#giveReserve();
    }
    return this.#isReserved;
  }

  write(event: AuditEvent): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line: toLine(event), resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Never rejects. */
  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#append(batch.map(({ line }) => line).join(''));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        this.#dependencies.logger.error({ err: error, file: this.#file }, 'events were lost to the audit log');
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = undefined;
  }

  async #append(text: string): Promise<void> {
    this.#reopenIfMoved();
    const descriptor = this.#descriptor ?? this.#open();
    let rest: Uint8Array = Buffer.from(text);
    while (rest.length > 0) rest = rest.subarray(await this.#writePart(descriptor, rest));
    await flush(descriptor);
  }

  async #writePart(descriptor: number, bytes: Uint8Array): Promise<number> {
    try {
      return (await writeSome(descriptor, bytes)).bytesWritten;
    } catch (error) {
      if (!this.#isReserved) throw error;
      this.#giveReserve();
      this.#lookedAt = this.#dependencies.time.now();
      this.#dependencies.logger.error({ err: error, file: this.#file }, 'the audit log is full; changes are rejected');
      return (await writeSome(descriptor, bytes)).bytesWritten;
    }
  }

  /** Log rotation moves the file away; the next event begins a new one. */
  #reopenIfMoved(): void {
    if (this.#descriptor === undefined || !this.#isTimeToLook()) return;
    const present = statSync(this.#file, { throwIfNoEntry: false });
    if (present?.ino === fstatSync(this.#descriptor).ino) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #isTimeToLook(): boolean {
    const now = this.#dependencies.time.now();
    if (now - this.#lookedAt < lookMs) return false;
    this.#lookedAt = now;
    return true;
  }

  #open(): number {
    this.#descriptor = openSync(this.#file, 'a', fileMode);
    return this.#descriptor;
  }

  #takeReserve(): void {
    writeFileSync(this.#reserve, Buffer.alloc(reserveBytes), { mode: fileMode, flush: true });
    this.#isReserved = true;
  }

  #giveReserve(): void {
    this.#isReserved = false;
    try {
      unlinkSync(this.#reserve);
    } catch {
      // It is not there.
    }
  }
}

function toLine(event: AuditEvent): string {
  return `${JSON.stringify(event)}\n`;
}
