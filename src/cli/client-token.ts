/** The token of a command: from the environment or a file, never an argument, which other users of the machine could read. */
import { readFileSync } from 'node:fs';
import type { ClientConfig } from '../config.ts';
import { InvalidValue, readToken } from '../config-values.ts';
import { CommandFailure, describeError } from './exit-codes.ts';

export interface ClientToken {
  readonly text: string;
  /** The setting that it comes from, for messages; the token itself is never in one. */
  readonly setting: 'MATHMILL_TOKEN' | 'MATHMILL_TOKEN_FILE';
}

/** Undefined: none is set. Throws a `CommandFailure` when the file holds no token. */
export function readClientToken({ token, tokenFile }: ClientConfig): ClientToken | undefined {
  if (token !== undefined) return { text: token, setting: 'MATHMILL_TOKEN' };
  if (tokenFile === undefined) return undefined;
  return { text: readFile(tokenFile), setting: 'MATHMILL_TOKEN_FILE' };
}

function readFile(path: string): string {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandFailure(`cannot read MATHMILL_TOKEN_FILE ${path}: ${describeError(error)}`, { cause: error });
  }
  const text = content.replace(/[\r\n]+$/, '');
  if (text === '') throw new CommandFailure(`MATHMILL_TOKEN_FILE ${path} is empty`);
  try {
    return readToken(text);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new CommandFailure(`the content of MATHMILL_TOKEN_FILE ${path} ${error.message}`, { cause: error });
  }
}
