/**
 * The per-operation layout, a baseline: what a job system does that keeps one document and sends one message for each
 * operation.
 *
 *   client ──▶ one document ──▶ one request message ──▶ server ──▶ one response message ──▶ client ──▶ two updates:
 *              an operation      an operation                      an operation             the operation's, the job's
 *
 * It takes what its parts offer for free: documents are inserted and messages sent in batches, consumers work on many
 * messages at the same time, and no index costs a write anything. It gives up what Mathmill promises: a process that dies may
 * leave a job that never ends.
 */
import type { KafkaNames } from '../../src/bus/kafka/index.ts';
import type { ObjectId } from 'mongodb';

export const perOperationNames: KafkaNames = {
  requestTopic: 'per-operation.request',
  responseTopic: 'per-operation.response',
  deadLetterTopic: 'per-operation.dead-letter',
  requestGroup: 'per-operation-request-group',
  responseGroup: 'per-operation-response-group',
};

export const perOperationDatabase = 'per-operation';

/** Messages that one process handles concurrently, as in Mathmill. */
export const serverConcurrency = 10;
export const clientConcurrency = 20;

export interface JobDocument {
  readonly _id: ObjectId;
  readonly status: 'InProgress' | 'Completed';
  readonly operations: number;
  readonly completed: number;
  readonly succeeded: number;
  readonly failed: number;
}

export interface OperationDocument {
  readonly _id: ObjectId;
  readonly jobId: ObjectId;
  readonly line: number;
  readonly request: string;
  readonly status: 'Pending' | 'Completed';
  readonly result?: string;
  readonly error?: string;
}

export interface OperationRequest {
  readonly id: string;
  readonly jobId: string;
  readonly request: string;
}

export interface OperationResponse {
  readonly id: string;
  readonly jobId: string;
  readonly result?: string;
  readonly error?: string;
}
