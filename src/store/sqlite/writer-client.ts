/**
 * The store's side of the writer thread: sends calls, matches answers, and bounds the calls in progress, so that a caller
 * that is faster than the disk waits here and not in memory without end.
 */
import { Worker } from 'node:worker_threads';
import { StoreError } from '../../engine/index.ts';
import { toStoreError } from './sqlite-errors.ts';
import type {
  Answer,
  Commit,
  FromWriter,
  Params,
  NumberedAnswer,
  NumberedCall,
  ToWriter,
  WriterCall,
  WriterCallName,
  WriterFault,
  WriterSettings,
} from './writer-protocol.ts';

/** Calls in progress: several groups, so that the thread never waits for this side. */
const callsMax = 1024;
/** Bytes of text in transit, each kept once here or there: four groups. A larger single call is sent when it is alone. */
const bytesMax = 32 * 1024 * 1024;

/** From source the thread is a TypeScript file, in a build a JavaScript one. */
const threadFile = import.meta.filename.endsWith('.ts')
  ? new URL('./writer-thread.ts', import.meta.url)
  : new URL('./writer-thread.js', import.meta.url);

interface Call {
  readonly bytes: number;
  readonly make: () => { readonly call: WriterCall; readonly transfer: readonly ArrayBuffer[] };
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StoreError) => void;
}

/** The data that a call hands over: made when its turn comes, so that a call that waits holds no copy of its text. */
export interface Handover<Name extends WriterCallName> {
  readonly params: Params<Name>;
  readonly transfer: readonly ArrayBuffer[];
}

export class WriterClient {
  readonly #worker: Worker;
  readonly #file: string;
  readonly #onCommit: (commit: Commit) => void;
  /** Calls that wait for room, in the order in which they came. */
  readonly #queued: Call[] = [];
  readonly #underway = new Map<number, Call>();
  readonly #unsentCalls: NumberedCall[] = [];
  #unsentTransfer: ArrayBuffer[] = [];
  #bytesUnderway = 0;
  #nextNumber = 1;
  #failure: StoreError | undefined;
  #onIdle: (() => void) | undefined;
  readonly #exited: Promise<void>;

  private constructor(worker: Worker, settings: WriterSettings, onCommit: (commit: Commit) => void) {
    this.#worker = worker;
    this.#file = settings.file;
    this.#onCommit = onCommit;
    worker.on('message', (message: FromWriter) => {
      if (message.kind === 'answers') this.#settle(message.answers, message.commit);
    });
    worker.on('error', (error) => this.#fail(toStoreError(error, settings.file)));
    this.#exited = new Promise((resolve) => {
      worker.once('exit', (code) => {
        this.#fail(
          new StoreError('failed', `the writer thread of ${settings.file} ended with code ${code}; restart Mathmill`),
        );
        resolve();
      });
    });
  }

  /** Resolves when the thread holds the file open and brought it to the present format. */
  static async start(settings: WriterSettings, onCommit: (commit: Commit) => void): Promise<WriterClient> {
    const worker = new Worker(threadFile, { workerData: settings, name: 'store-writer' });
    const client = new WriterClient(worker, settings, onCommit);
    const first = await new Promise<FromWriter>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`the writer thread ended with code ${code}`)));
    }).catch((error: unknown): FromWriter => {
      const { code, message } = toStoreError(error, settings.file);
      return { kind: 'refused', fault: { code, message } };
    });
    if (first.kind !== 'refused') return client;
    await worker.terminate();
    throw toError(first.fault);
  }

  /** A call without text. */
  execute<Name extends WriterCallName>(name: Name, params: Params<Name>): Promise<Answer<Name>> {
    return this.handOver(name, 0, () => ({ params, transfer: [] }));
  }

  /** A call with `bytes` bytes of text. */
  handOver<Name extends WriterCallName>(name: Name, bytes: number, make: () => Handover<Name>): Promise<Answer<Name>> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#queued.push({
        bytes,
        make() {
          const { params, transfer } = make();
          return { call: { name, params, bytes } as WriterCall, transfer };
        },
        resolve: (value) => resolve(value as Answer<Name>),
        reject,
      });
      this.#admit();
    });
  }

  /** Waits for every call, ends the thread, and resolves when the file is closed. To be called once, with no call after it. */
  async stop(beforeClose: () => void): Promise<void> {
    if (this.#underway.size > 0 || this.#queued.length > 0)
      await new Promise<void>((resolve) => (this.#onIdle = resolve));
    beforeClose();
    this.#post({ kind: 'stop' }, []);
    await this.#exited;
  }

  #admit(): void {
    for (let next = this.#queued[0]; next !== undefined; next = this.#queued[0]) {
      const hasRoom = this.#underway.size < callsMax && this.#bytesUnderway + next.bytes <= bytesMax;
      if (!hasRoom && this.#underway.size > 0) return;
      this.#queued.shift();
      this.#send(next);
    }
  }

  #send(call: Call): void {
    let handover: ReturnType<Call['make']>;
    try {
      handover = call.make();
    } catch (error) {
      // Text too large for one buffer, for example: the call's own fault, and not of those around it.
      call.reject(toStoreError(error, this.#file));
      return;
    }
    const number = this.#nextNumber++;
    this.#underway.set(number, call);
    this.#bytesUnderway += call.bytes;
    if (this.#unsentCalls.length === 0) setImmediate(() => this.#flush());
    this.#unsentCalls.push({ number, call: handover.call });
    this.#unsentTransfer.push(...handover.transfer);
  }

  /** Sends the calls of one turn of the event loop, from whichever connections, as one message: they share a commit. */
  #flush(): void {
    this.#post({ kind: 'calls', calls: this.#unsentCalls.splice(0) }, this.#unsentTransfer);
    this.#unsentTransfer = [];
  }

  #post(message: ToWriter, transfer: ArrayBuffer[]): void {
    this.#worker.postMessage(message, transfer);
  }

  #settle(answers: readonly NumberedAnswer[], commit: Commit): void {
    for (const answer of answers) {
      const call = this.#underway.get(answer.number);
      if (call === undefined) continue;
      this.#underway.delete(answer.number);
      this.#bytesUnderway -= call.bytes;
      if (answer.kind === 'answer') call.resolve(answer.value);
      else call.reject(toError(answer.fault));
    }
    this.#admit();
    this.#onCommit(commit);
    this.#noteIdle();
  }

  #fail(error: StoreError): void {
    this.#failure ??= error;
    for (const call of [...this.#underway.values(), ...this.#queued.splice(0)]) call.reject(this.#failure);
    this.#underway.clear();
    this.#noteIdle();
  }

  #noteIdle(): void {
    if (this.#underway.size === 0 && this.#queued.length === 0) this.#onIdle?.();
  }
}

function toError({ code, message }: WriterFault): StoreError {
  return new StoreError(code, message);
}
