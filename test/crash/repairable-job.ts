/** A job some of whose lines fail, corrections for all of them, and the results that it has then. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chunkLinesMax } from '../../src/jobs/index.ts';

/** Every so many lines one fails: a few in each of some chunks, and none in most. */
const failedEvery = 7_919;

function isFailing(line: number): boolean {
  return line % failedEvery === 0;
}

export function createUpload(lines: number): string {
  return Array.from({ length: lines }, (_, index) => `${index + 1} / ${isFailing(index + 1) ? 0 : 4}\n`).join('');
}

export function createCorrections(lines: number): string {
  const failing = Array.from({ length: Math.floor(lines / failedEvery) }, (_, index) => (index + 1) * failedEvery);
  return failing.map((line) => `${JSON.stringify({ id: String(line), request: `${line} * 2` })}\n`).join('');
}

/** Operations of the chunks that have corrections: lines so short that each chunk is full. */
export function countCorrected(lines: number): number {
  const chunks = Array.from({ length: Math.ceil(lines / chunkLinesMax) }, (_, index) => index * chunkLinesMax);
  const sizes = chunks.map((before) => {
    const through = Math.min(before + chunkLinesMax, lines);
    return Math.floor(through / failedEvery) > Math.floor(before / failedEvery) ? through - before : 0;
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

function expectedResult(line: number): string {
  return String(isFailing(line) ? line * 2 : line / 4);
}

export function digestOfExpected(lines: number): string {
  const hash = createHash('sha256');
  for (let line = 1; line <= lines; line += 1) hash.update(`${expectedResult(line)}\n`);
  return hash.digest('hex');
}

export async function digestOfResults(url: string, id: string): Promise<string> {
  const response = await fetch(`${url}/api/jobs/${id}/results?format=text`);
  assert.equal(response.status, 200);
  const hash = createHash('sha256');
  for await (const bytes of response.body ?? []) hash.update(bytes as Uint8Array);
  return hash.digest('hex');
}

export async function repair(url: string, id: string, body: string, key: string): Promise<string> {
  const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': key };
  const response = await fetch(`${url}/api/jobs/${id}/repair`, { method: 'POST', headers, body });
  const created = (await response.json()) as { readonly id: string; readonly code?: string };
  assert.equal(response.status, 201, created.code);
  return created.id;
}

/** Ids of jobs that repair another one. */
export async function listRepaired(url: string): Promise<readonly string[]> {
  const response = await fetch(`${url}/api/jobs`);
  const { items } = (await response.json()) as { readonly items: readonly { id: string; repairs?: string }[] };
  return items.flatMap((job) => (job.repairs === undefined ? [] : job.id));
}

export async function deleteJob(url: string, id: string): Promise<void> {
  const response = await fetch(`${url}/api/jobs/${id}`, { method: 'DELETE' });
  assert.equal(response.status, 204);
}
