import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { JobService, Logger } from '../engine/index.ts';
import type { Budgets } from './budgets/index.ts';
import type { CompressStream } from './response-encoding.ts';
import type { RouteAccess } from './route-access.ts';
import { whenClosed } from './when-closed.ts';

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** The common dependencies of routes. */
export interface RouteContext {
  /** For what concerns no job. */
  readonly service: JobService;
  /** For what the sender of a request may see. */
  readonly serviceOf: RouteAccess['serviceOf'];
  readonly access: RouteAccess;
  readonly logger: Logger;
  /** Bytes of one upload after decompression. */
  readonly uploadBytesMax: number;
  readonly compressStream: CompressStream;
  /** Aborted when the server begins to stop: endless answers end then. */
  readonly stopping: AbortSignal;
  /** Budgets that all clients share. */
  readonly budgets: Budgets;
}

/** Given with each abort: without a reason, each would make an error of its own, with a stack. */
const gone = new Error('the response is closed, or the server stops');

/**
 * A signal that is aborted when the connection of the answer is gone, or when the answer is complete; and, if `stopping`
 * is given, when that is.
 */
export function untilClosed(response: ServerResponse, stopping?: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => {
    stopping?.removeEventListener('abort', abort);
    controller.abort(gone);
  };
  stopping?.addEventListener('abort', abort);
  whenClosed(response, abort);
  if (stopping?.aborted === true) abort();
  return controller.signal;
}

/** Ids are opaque to clients. What cannot be one is not looked up. */
export function isJobId(id: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
}

/** The line number that an operation's id stands for; undefined if it stands for none. */
export function parseOperationId(id: string): number | undefined {
  return /^[1-9]\d{0,9}$/.test(id) ? Number(id) : undefined;
}
