/** Reads the fields of documents. What makes no sense is an error that names the field, and never quotes a user's text. */
import { Binary, type Document } from 'mongodb';
import { StoreError } from '../../engine/index.ts';

export function textIn(document: Document, field: string): string {
  const value: unknown = document[field];
  if (typeof value === 'string') return value;
  throw unexpected(field, value);
}

export function optionalTextIn(document: Document, field: string): string | undefined {
  const value: unknown = document[field];
  return value === null || value === undefined ? undefined : textIn(document, field);
}

/** An integer from 0. */
export function countIn(document: Document, field: string): number {
  const value = integerIn(document, field);
  if (value >= 0) return value;
  throw unexpected(field, value);
}

export function integerIn(document: Document, field: string): number {
  const value: unknown = document[field];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw unexpected(field, value);
}

export function optionalIntegerIn(document: Document, field: string): number | undefined {
  const value: unknown = document[field];
  return value === null || value === undefined ? undefined : integerIn(document, field);
}

export function documentIn(document: Document, field: string): Document {
  const value: unknown = document[field];
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw unexpected(field, value);
}

export function bytesIn(document: Document, field: string): Uint8Array {
  const value: unknown = document[field];
  if (value instanceof Binary) {
    // Without the methods of a Buffer, some of which differ from those of the class it extends.
    const { buffer, byteOffset, length } = value.value();
    return new Uint8Array(buffer, byteOffset, length);
  }
  throw unexpected(field, value);
}

export function parseList<Item>(json: string, field: string, isItem: (value: unknown) => value is Item): Item[] {
  const list = parseJson(json, field);
  if (Array.isArray(list) && list.every(isItem)) return list;
  throw unexpected(field, list);
}

export function parseJson(json: string, field: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw unexpected(field, json);
  }
}

export function unexpected(field: string, value: unknown): StoreError {
  return new StoreError(
    'corrupt',
    `the field ${field} of a document holds ${describe(value)} where it cannot; the database is damaged, or not Mathmill's`,
  );
}

/** Never the value itself: it may be a user's text. */
function describe(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  return typeof value === 'number' ? `the number ${value}` : `a value of another kind (${typeof value})`;
}
