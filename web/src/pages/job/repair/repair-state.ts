/** A repair that the user is about to make: corrections of failed lines, until they are sent or given up. */
import { signal, type ReadonlySignal } from '@preact/signals';
import { requestJson } from '../../../api/client.ts';
import type { CreatedJob, Job } from '../../../api/types.ts';
import { createCorrections, replaceText, type Corrections } from '../corrections.ts';
import { readFailedLines } from './replace-in-failed.ts';

export interface RepairState {
  readonly isOpen: ReadonlySignal<boolean>;
  /** Another number whenever the corrections have changed. */
  readonly version: ReadonlySignal<number>;
  readonly corrections: Corrections;
  open(): void;
  /** Forgets the corrections. */
  readonly close: () => void;
  /** False if there are as many as one repair may have. */
  correct(line: number, text: string, original: string): boolean;
  replaceAll(job: Job, searched: string, replacement: string, watch: ReplaceWatch): Promise<Replaced>;
  submit(signal: AbortSignal): Promise<CreatedJob>;
}

export interface ReplaceWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (lines: number) => void;
}

export interface Replaced {
  readonly lines: number;
  /** Whether there was no room for further ones. */
  readonly isFull: boolean;
}

export function createRepairState(jobId: string): RepairState {
  const isOpen = signal(false);
  const version = signal(0);
  const corrections = createCorrections();
  let key = createKey();
  const notify = (): void => {
    // The same corrections sent twice, because an answer was lost, are one repair; others are another.
    key = createKey();
    version.value++;
  };
  return {
    isOpen,
    version,
    corrections,
    open: () => {
      isOpen.value = true;
    },
    close: () => {
      corrections.clear();
      isOpen.value = false;
      notify();
    },
    correct: (line, text, original) => {
      const isKept = corrections.set(line, text, original);
      notify();
      return isKept;
    },
    replaceAll: async (job, searched, replacement, watch) => {
      try {
        return await replaceInAll(corrections, job, { searched, replacement }, watch);
      } finally {
        notify();
      }
    },
    submit: (signal) => submitRepair(jobId, corrections.write(), key, signal),
  };
}

/** Without corrections it evaluates what the cancellation of the job left over. */
export async function submitRepair(
  jobId: string,
  pieces: readonly string[],
  key: string,
  signal: AbortSignal,
): Promise<CreatedJob> {
  return requestJson<CreatedJob>('POST', `api/jobs/${encodeURIComponent(jobId)}/repair`, {
    body: new Blob([...pieces]),
    headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': key },
    signal,
  });
}

/** `crypto.randomUUID` is there for pages of a secure origin only. */
export function createKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

interface Replacement {
  readonly searched: string;
  readonly replacement: string;
}

async function replaceInAll(
  corrections: Corrections,
  job: Job,
  { searched, replacement }: Replacement,
  { signal, onProgress }: ReplaceWatch,
): Promise<Replaced> {
  let read = 0;
  let lines = 0;
  for await (const batch of readFailedLines(job, signal)) {
    for (const { id, request } of batch) {
      const text = corrections.get(Number(id)) ?? request;
      const replaced = replaceText(text, searched, replacement);
      if (replaced === text) continue;
      if (!corrections.set(Number(id), replaced, request)) return { lines, isFull: true };
      lines++;
    }
    read += batch.length;
    onProgress(read);
  }
  return { lines, isFull: false };
}
