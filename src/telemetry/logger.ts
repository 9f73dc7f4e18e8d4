/**
 * The log of a process: one JSON object a line, errors on standard error, everything else on standard output; readable
 * lines where a terminal is. A line that belongs to a trace names it.
 */
import { isatty } from 'node:tty';
import { isSpanContextValid, trace } from '@opentelemetry/api';
import pino, { type LogFn, type Logger, type LoggerOptions } from 'pino';
import type { LogLevel } from '../config-values.ts';
import { RateLimitedLog, systemTime, type Time } from '../engine/index.ts';
import { writeTerminalLine } from './terminal-line.ts';

/** Lines with one message that are written within a burst before the rest of them is only counted. */
const repetitionsMax = 5;
/** Messages that are watched; Mathmill has fewer, since none holds anything that varies. */
const messagesMax = 500;
const warnLevel = 40;

export function createLogger(level: LogLevel, fields: Readonly<Record<string, string>> = {}): Logger {
  const streams = pino.multistream(
    [
      { level: 'trace', stream: openStream(1) },
      { level: 'error', stream: openStream(2) },
    ],
    { dedupe: true },
  );
  const options = {
    level,
    base: { pid: process.pid, ...fields },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: readTraceFields,
    hooks: { logMethod: createFloodGuard(systemTime) },
  } satisfies LoggerOptions;
  return pino(options, streams);
}

function openStream(descriptor: 1 | 2): { write(line: string): void } {
  const destination = pino.destination(descriptor);
  if (!isatty(descriptor)) return destination;
  return { write: (line) => void destination.write(writeTerminalLine(line)) };
}

function readTraceFields(): object {
  const spanContext = trace.getActiveSpan()?.spanContext();
  if (spanContext === undefined || !isSpanContextValid(spanContext)) return {};
  return { trace_id: spanContext.traceId, span_id: spanContext.spanId };
}

type LogMethod = NonNullable<NonNullable<LoggerOptions['hooks']>['logMethod']>;

/** Of warnings and errors with one message, a few are written, and the number of those that followed in one line. */
export function createFloodGuard(time: Time): LogMethod {
  const bursts = new Map<string, RateLimitedLog>();

  function findBurst(logger: Logger, method: LogFn, message: string): RateLimitedLog {
    const known = bursts.get(message);
    if (known !== undefined) return known;
    const burst = new RateLimitedLog(
      time,
      (count, fields) => method.apply(logger, [count === 1 ? fields : { ...fields, repeated: count }, message]),
      repetitionsMax,
    );
    if (bursts.size < messagesMax) bursts.set(message, burst);
    return burst;
  }

  return function guard(args, method, level) {
    const [fields, message] = args as readonly unknown[];
    if (level < warnLevel || typeof fields !== 'object' || fields === null || typeof message !== 'string') {
      return method.apply(this, args);
    }
    findBurst(this, method, message).note(fields);
  };
}
