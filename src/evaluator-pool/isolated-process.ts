/** A child process that evaluates one line at a time, as the pool sees it. The damage that a line does stays in the process. */
import { fork, type ChildProcess } from 'node:child_process';
import { extname } from 'node:path';
import type { RequestMessage } from '../engine/index.ts';
import type { ChunkOutcomes } from '../jobs/index.ts';
import type { LossCause, PoolEvent, PoolSettings } from './pool-options.ts';

/** The child watches the two tries of a line itself; when this much longer has passed, it must be stuck as a whole. */
const graceMs = 10_000;

export type ProcessMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'outcomes'; readonly outcomes: ChunkOutcomes }
  | { readonly kind: 'event'; readonly event: PoolEvent };

export type LineAnswer =
  | { readonly kind: 'outcomes'; readonly outcomes: ChunkOutcomes }
  | { readonly kind: 'lost'; readonly cause: LossCause };

export class IsolatedProcess {
  readonly #child: ChildProcess;
  readonly #settings: PoolSettings;
  readonly #onEvent: (event: PoolEvent) => void;
  readonly #started = Promise.withResolvers<LossCause | undefined>();
  readonly #ended = Promise.withResolvers<void>();
  #answer: ((answer: LineAnswer) => void) | undefined;
  #loss: LossCause | undefined;
  #error: Error | undefined;
  #isHung = false;

  constructor(settings: PoolSettings, onEvent: (event: PoolEvent) => void) {
    this.#settings = settings;
    this.#onEvent = onEvent;
    this.#child = fork(
      new URL(`./process-main${extname(import.meta.filename)}`, import.meta.url),
      [JSON.stringify(settings)],
      {
        // Nothing of this process' environment: it may hold secrets, and an evaluation needs none of it.
        env: {},
        execArgv: [],
        serialization: 'advanced',
        // The output of a dying process is of no use to the readers of this one's output.
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      },
    );
    this.#child.on('message', (message: ProcessMessage) => this.#receive(message));
    this.#child.on('error', (error) => this.#fail(error));
    this.#child.on('close', (exitCode, signal) => this.#end(exitCode ?? undefined, signal ?? undefined));
  }

  /** Resolves when the process is ready, or with the reason why it never will be. */
  get started(): Promise<LossCause | undefined> {
    return this.#started.promise;
  }

  get isEnded(): boolean {
    return this.#loss !== undefined;
  }

  /** Evaluates a request of one line. One at a time. */
  evaluate(request: RequestMessage): Promise<LineAnswer> {
    if (this.#loss !== undefined) return Promise.resolve({ kind: 'lost', cause: this.#loss });
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => {
          this.#isHung = true;
          this.#child.kill('SIGKILL');
        },
        2 * this.#settings.lineWallMsMax + graceMs,
      );
      this.#answer = (answer) => {
        clearTimeout(timer);
        this.#answer = undefined;
        resolve(answer);
      };
      // A failure to send is the end of the process, which is reported as such.
      this.#child.send(request, () => {});
    });
  }

  /** Resolves when the process is gone. */
  async stop(): Promise<void> {
    if (!this.isEnded) this.#child.kill('SIGKILL');
    await this.#ended.promise;
  }

  #receive(message: ProcessMessage): void {
    switch (message.kind) {
      case 'ready':
        this.#started.resolve(undefined);
        return;
      case 'outcomes':
        // Bytes that come over the channel may share the memory of the whole message.
        this.#answer?.({
          kind: 'outcomes',
          outcomes: { ...message.outcomes, text: new Uint8Array(message.outcomes.text) },
        });
        return;
      case 'event':
        this.#onEvent(message.event);
    }
  }

  /** The process could not be started, or not be sent to. */
  #fail(error: Error): void {
    this.#error = error;
    if (this.#child.pid === undefined) this.#end(undefined, undefined);
    else this.#child.kill('SIGKILL');
  }

  #end(exitCode: number | undefined, signal: string | undefined): void {
    const cause: LossCause = { kind: this.#isHung ? 'hung' : 'died', exitCode, signal, error: this.#error };
    this.#loss ??= cause;
    this.#started.resolve(cause);
    this.#answer?.({ kind: 'lost', cause });
    this.#ended.resolve();
  }
}
