/** The part of a Kafka client that producers use, so that they can be tested without brokers. */

export interface OutgoingMessage {
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * `unreachable`: the leader could not be reached or did not answer in time. `refused`: it answered that it cannot take
 * the messages now. `tooLarge`: it never will.
 */
export type SendFailureKind = 'unreachable' | 'refused' | 'tooLarge';

export class SendFailure extends Error {
  override readonly name = 'SendFailure';
  readonly code: SendFailureKind;
  readonly retryable: boolean;

  constructor(code: SendFailureKind, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.retryable = code !== 'tooLarge';
  }
}

export interface Transport {
  /** Resolves when every in-sync replica has all of them; rejects with `SendFailure`, and then they may be there or not. */
  send(topic: string, partition: number, messages: readonly OutgoingMessage[]): Promise<void>;
  /** The leader of each partition of a topic (negative: none), as last heard. */
  leaders(topic: string): readonly number[];
}
