/**
 * The files of the built web page, read once at the start of the server: a document and what it refers to, with compressed
 * copies of each, all together less than a megabyte.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

export type PageEncoding = 'identity' | 'br' | 'gzip';

export interface PageFile {
  /** Below the URL of the page. */
  readonly name: string;
  readonly type: string;
  /** Of the content, without quotes. */
  readonly hash: string;
  /** The name changes with the content, so the file may be cached forever. */
  readonly isImmutable: boolean;
  readonly bodies: Readonly<Partial<Record<PageEncoding, Buffer>> & { identity: Buffer }>;
}

export interface PageFiles {
  readonly document: PageFile;
  readonly others: readonly PageFile[];
}

const documentName = 'index.html';
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const copies = { br: '.br', gzip: '.gz' } as const;

/** Undefined when the page is not built. */
export function readPageFiles(folder: string): PageFiles | undefined {
  const names = listNames(folder);
  if (!names.includes(documentName)) return undefined;
  const files = names.filter((name) => types[extname(name)] !== undefined).map((name) => readFile(folder, name, names));
  const document = files.find(({ name }) => name === documentName);
  return document && { document, others: files.filter((file) => file !== document) };
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function readFile(folder: string, name: string, names: readonly string[]): PageFile {
  const identity = readFileSync(join(folder, name));
  const bodies: Partial<Record<PageEncoding, Buffer>> & { identity: Buffer } = { identity };
  for (const encoding of ['br', 'gzip'] as const) {
    const copy = name + copies[encoding];
    if (names.includes(copy)) bodies[encoding] = readFileSync(join(folder, copy));
  }
  return {
    name,
    type: types[extname(name)] ?? 'application/octet-stream',
    hash: createHash('sha256').update(identity).digest('base64url').slice(0, 22),
    // As build.ts names them: `app-` and eight letters or digits.
    isImmutable: /-[0-9A-Z]{8}[.]/.test(name),
    bodies,
  };
}
