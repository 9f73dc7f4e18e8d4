/**
 * Exporters that say once that what they send does not arrive, and once that it does again: an observability system that
 * is down is no reason to fill the log, nor to touch any job. What could not be sent is lost, metrics excepted, whose next
 * sending holds their sums.
 */
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { Logger } from '../engine/index.ts';

/** While it lasts, an outage is logged again after this time. */
const reminderMs = 600_000;

export interface Destination {
  /** The kind of data that is sent there, such as `metrics`. */
  readonly signal: string;
  readonly endpoint: URL;
}

/** Logs the beginning and end of an outage. */
export class OutageLog {
  readonly #logger: Logger;
  readonly #signal: string;
  readonly #endpoint: string;
  readonly #now: () => number;
  #failures = 0;
  #saidAt = 0;

  constructor(logger: Logger, destination: Destination, now: () => number = () => Date.now()) {
    this.#logger = logger;
    this.#signal = destination.signal;
    // Without what comes before the host and after the path: it may be a password, which is nothing for a log.
    this.#endpoint = `${destination.endpoint.origin}${destination.endpoint.pathname}`;
    this.#now = now;
  }

  note(result: ExportResult): void {
    const endpoint = this.#endpoint;
    if (result.code === ExportResultCode.SUCCESS) {
      if (this.#failures > 0) {
        this.#logger.info({ endpoint, failures: this.#failures }, `${this.#signal} arrive again`);
      }
      this.#failures = 0;
      return;
    }
    this.#failures += 1;
    if (this.#failures > 1 && this.#now() - this.#saidAt < reminderMs) return;
    this.#saidAt = this.#now();
    const fields = { endpoint, failures: this.#failures, reason: describeFailure(result.error) };
    this.#logger.warn(fields, `${this.#signal} cannot be sent, retrying; jobs are not affected`);
  }
}

function describeFailure(error: Error | undefined): string {
  if (error === undefined) return 'no reason was given';
  const code = 'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? error.code : '';
  // Refused connections to several addresses come as a list without a message.
  return [error.message === '' ? error.name : error.message, code].filter((part) => part !== '').join(', ');
}

interface Exporter<Items> {
  export(items: Items, callback: (result: ExportResult) => void): void;
}

/** Reports to `log` how each export ended. */
export function watchExports<Items>(exporter: Exporter<Items>, log: OutageLog): void {
  const send = exporter.export.bind(exporter);
  exporter.export = (items, callback) => {
    send(items, (result) => {
      log.note(result);
      callback(result);
    });
  };
}
