/**
 * Responses that are sent before the whole body of the request was read. Closing the connection immediately would reset it,
 * and a client that is still sending would see the reset instead of the answer. So the answer goes out in full (it has a
 * length), the connection stays open for a while, what still comes is thrown away, and then it is closed.
 */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A client that reads answers while it sends stops within moments; one that does not must not keep us busy. */
const lingerMs = 5_000;
/** A client that sends first and reads then gets its answer up to this size. */
const lingerBytesMax = 64 * 1024 * 1024;
/** Bodies up to this size are cheaper to read than a new connection is. */
const keptAliveBytesMax = 64 * 1024;

/** An onSend hook. Nothing lingers once `stopping` is aborted. */
export function createLingerHook(stopping: AbortSignal) {
  return (
    request: FastifyRequest,
    reply: FastifyReply,
    payload: unknown,
    done: (error: null, payload: unknown) => void,
  ): void => done(null, lingerOnUnreadBody(request.raw, reply, payload, stopping));
}

function lingerOnUnreadBody(
  message: IncomingMessage,
  reply: FastifyReply,
  payload: unknown,
  stopping: AbortSignal,
): unknown {
  if (!hasUnreadBody(message)) return payload;
  if (payload !== null && payload !== undefined && typeof payload !== 'string') return payload;
  const length = Number(message.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  // Node reads the rest of the body on its own before it takes the next request.
  if (length <= keptAliveBytesMax && message.headers.expect === undefined) return payload;
  const text = payload ?? '';
  reply.header('connection', 'close');
  reply.header('content-length', Buffer.byteLength(text));
  return lingeringPayload(message, text, stopping);
}

function hasUnreadBody(message: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = message.headers;
  const hasBody = encoding !== undefined || (length !== undefined && length !== '0');
  return hasBody && !message.complete && !message.readableEnded && !message.destroyed;
}

/** The text, and an end that comes when the client has stopped sending or the limits are reached. */
function lingeringPayload(message: IncomingMessage, text: string, stopping: AbortSignal): Readable {
  let discarded = 0;
  const timer = setTimeout(finish, lingerMs);
  timer.unref();
  const payload = new Readable({
    read() {},
    destroy(error, done) {
      release();
      done(error);
    },
  });

  function release(): void {
    clearTimeout(timer);
    message.off('data', discard);
    message.off('end', finish);
    message.off('close', finish);
    stopping.removeEventListener('abort', finish);
  }

  function finish(): void {
    release();
    payload.push(null);
  }

  function discard(bytes: Uint8Array): void {
    discarded += bytes.length;
    if (discarded > lingerBytesMax) {
      message.pause();
      finish();
    }
  }

  if (text !== '') payload.push(text);
  message.on('end', finish);
  message.on('close', finish);
  stopping.addEventListener('abort', finish);
  message.on('data', discard);
  message.resume();
  if (stopping.aborted) finish();
  return payload;
}
