/** A row of the results as the table keeps it: an operation of the API with its long strings cut. */
import type { OperationBody } from '../../../../src/http/schemas/index.ts';

/** Longer strings are cut: a row of a file may have 1 MiB, and no cell shows more. The opened row is read again, whole. */
export const textLengthMax = 1_000;

export type Row = OperationBody & { readonly isCut?: true };

export function createRow(operation: OperationBody): Row {
  const request = cut(operation.request);
  const { result, results } = operation;
  const row: Row = { ...operation, request };
  if (result !== undefined) row.result = cut(result);
  if (results !== undefined) row.results = cutAll(results);
  return isCut(operation, row) ? { ...row, isCut: true } : row;
}

/** A row of which only the line is known. It is read when it is opened, as one that is cut. */
export function createUnreadRow(id: string): Row {
  return { id, request: '', isCut: true };
}

export function isUnread({ request, isCut }: Row): boolean {
  return isCut === true && request === '';
}

export function lineOf(row: Row): number {
  return Number(row.id);
}

export function isFailed({ error, errors }: Row): boolean {
  return error !== undefined || errors !== undefined;
}

export function isPending(row: Row): boolean {
  return row.result === undefined && row.results === undefined && !isFailed(row);
}

/** About what a row takes of memory, in bytes: strings of the browser have 2 per character where they are not Latin-1. */
export function weightOf({ request, result, results, custom_id }: Row): number {
  const cells = Object.values(results ?? {}).reduce((sum, text) => sum + 32 + 2 * (text?.length ?? 0), 0);
  return 400 + 2 * (request.length + (result?.length ?? 0) + (custom_id?.length ?? 0)) + cells;
}

function isCut(operation: OperationBody, row: Row): boolean {
  if (operation.request !== row.request || operation.result !== row.result) return true;
  return Object.entries(operation.results ?? {}).some(([name, text]) => text !== row.results?.[name]);
}

function cutAll(results: Record<string, string | null>): Record<string, string | null> {
  return Object.fromEntries(Object.entries(results).map(([name, text]) => [name, text === null ? null : cut(text)]));
}

/** Never between the halves of a surrogate pair. */
function cut(text: string): string {
  if (text.length <= textLengthMax) return text;
  const isPair = /[\uD800-\uDBFF]/u.test(text.charAt(textLengthMax - 1));
  return copyText(text.slice(0, isPair ? textLengthMax - 1 : textLengthMax));
}

/** Engines keep the whole text alive for a slice of it; a string that was built from scratch does not. */
function copyText(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
