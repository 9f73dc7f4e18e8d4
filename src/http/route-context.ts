import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { JobService, Logger } from '../engine/index.ts';

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What the routes share. */
export interface RouteContext {
  readonly service: JobService;
  readonly logger: Logger;
  /** Bytes of one upload after decompression. */
  readonly uploadBytesMax: number;
  /** Aborted when the server begins to stop: endless answers end then. */
  readonly stopping: AbortSignal;
}

/**
 * A signal that is aborted when the connection of the answer is gone, or when the answer is complete; and, if `stopping`
 * is given, when that is.
 */
export function untilClosed(response: ServerResponse, stopping?: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => {
    stopping?.removeEventListener('abort', abort);
    controller.abort();
  };
  response.once('close', abort);
  stopping?.addEventListener('abort', abort);
  if (stopping?.aborted === true || response.destroyed) abort();
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

export interface Page {
  readonly page: number;
  readonly size: number;
}

/** Both brought into their ranges, whatever number they are. */
export function clampPage({ page, size }: Page): Page {
  return { page: clamp(page, 1, 2 ** 31), size: clamp(size, 1, 100) };
}

/** The last page, if the wanted one lies behind it. */
export function lastPage(wanted: Page, total: number): number {
  return Math.min(wanted.page, Math.max(1, Math.ceil(total / wanted.size)));
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
