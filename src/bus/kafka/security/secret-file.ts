/** Files whose content may be replaced while the process runs: certificates, keys, passwords. */
import { readFileSync } from 'node:fs';
import type { Secret } from './settings.ts';

/**
 * Reads `file` whenever it is called. A file that cannot be read counts as unchanged, since a replacement may remove
 * it for a moment; throws when it has never been read.
 */
export function createFileReader(file: string): () => Buffer {
  let last: Buffer | undefined;
  return () => {
    try {
      last = readFileSync(file);
    } catch (error) {
      if (last === undefined) throw new Error(`cannot read ${file} (${reasonOf(error)})`, { cause: error });
    }
    return last;
  };
}

/** Reads a secret whenever it is called. Of a file, the line end that editors add does not count. */
export function createSecretReader(secret: Secret): () => string {
  if ('text' in secret) return () => secret.text;
  const read = createFileReader(secret.file);
  return () =>
    read()
      .toString('utf8')
      .replace(/\r?\n$/, '');
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' ? 'no such file' : (code ?? String(error));
}
