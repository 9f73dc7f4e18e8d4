/** `Submit`: compresses and uploads the content of the form. An upload continues while another page is shown. */
import { signal } from '@preact/signals';
import { isAbort } from '../../api/errors.ts';
import { upload } from '../../api/upload.ts';
import type { CreatedJob } from '../../api/types.ts';
import { currentRoute, goTo } from '../../current-route.ts';
import { jobLink } from '../../route.ts';
import { forgetCheck, runCheck } from './check.ts';
import { canCompress, compress, compressedBytesMin } from './compress.ts';
import * as form from './form-state.ts';
import { contentTypeOf, writeQuery } from './upload-options.ts';

export type Step = 'compressing' | 'sending';

export type Submission =
  | { readonly kind: 'idle' }
  | { readonly kind: 'checking' }
  | { readonly kind: 'running'; readonly step: Step; readonly bytes: number; readonly bytesMax: number }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'done'; readonly job: CreatedJob };

export const submission = signal<Submission>({ kind: 'idle' });

let running = new AbortController();
/** One key for each content with its options: after a lost connection the same upload makes no second job. */
let attempt: { readonly source: unknown; readonly options: string; readonly key: string } | undefined;

export async function submit(): Promise<void> {
  if (submission.value.kind === 'running' || submission.value.kind === 'checking') return;
  running = new AbortController();
  submission.value = { kind: 'checking' };
  // Faults of a table are found by its first rows, before gigabytes are sent.
  if (form.isTableUpload.value && form.sample.value !== undefined && !(await runCheck())) {
    submission.value = { kind: 'idle' };
    return;
  }
  await send(running.signal);
}

export function forgetFailure(): void {
  if (submission.value.kind === 'failed') submission.value = { kind: 'idle' };
}

export function stopSubmission(): void {
  running.abort();
}

async function send(signal: AbortSignal): Promise<void> {
  try {
    const job = await sendForm(signal);
    attempt = undefined;
    form.clearSource();
    forgetCheck();
    submission.value = { kind: 'done', job };
    if (currentRoute.value.kind === 'new') goTo(jobLink(job.id));
  } catch (error) {
    submission.value = isAbort(error) ? { kind: 'idle' } : { kind: 'failed', error };
  }
}

async function sendForm(signal: AbortSignal): Promise<CreatedJob> {
  const options = form.options.value;
  const query = writeQuery(options);
  const key = keyOf(form.file.value ?? form.text.value, JSON.stringify([options.format, query]));
  const source = form.file.value ?? new Blob([form.text.value]);
  const { body, encoding } = await encode(source, signal);
  const noteBytes = (bytes: number): void => {
    submission.value = { kind: 'running', step: 'sending', bytes, bytesMax: body.size };
  };
  noteBytes(0);
  return upload<CreatedJob>({
    path: 'api/jobs',
    query,
    headers: {
      'content-type': contentTypeOf(options.format),
      'idempotency-key': key,
      ...(encoding !== 'identity' && { 'content-encoding': encoding }),
    },
    body,
    signal,
    onProgress: noteBytes,
  });
}

/** Files that are compressed already go as they are. */
async function encode(source: Blob, signal: AbortSignal) {
  const encoding = form.encoding.value;
  if (encoding !== 'identity' || source.size < compressedBytesMin || !canCompress()) return { body: source, encoding };
  const body = await compress(source, signal, (bytes) => {
    submission.value = { kind: 'running', step: 'compressing', bytes, bytesMax: source.size };
  });
  return { body, encoding: 'gzip' as const };
}

function keyOf(source: unknown, options: string): string {
  if (attempt !== undefined && attempt.source === source && attempt.options === options) return attempt.key;
  attempt = { source, options, key: createKey() };
  return attempt.key;
}

/** `crypto.randomUUID` is for pages by HTTPS and of this machine only. */
function createKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The browser asks before it leaves a page that is sending. */
addEventListener('beforeunload', (event) => {
  if (submission.value.kind === 'running') event.preventDefault();
});
