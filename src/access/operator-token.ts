/**
 * The operator's token from a file, which needs no store: with it the first tokens are created, and Kubernetes can keep it as a
 * secret. It is read again when it is older than ten seconds, so it can be exchanged while the server runs.
 */
import { readFileSync } from 'node:fs';
import type { Logger, Time } from '../engine/index.ts';
import { defaultTenant } from '../jobs/index.ts';
import type { Principal } from './principal.ts';
import { hashSecret, isSecretOf } from './token-text.ts';

export interface OperatorToken {
  readonly principal: Principal;
  /** Changes with the token. No secret. */
  readonly id: string;
  isRight(token: string): boolean;
}

/** 128 random bits in hexadecimal digits. */
const lengthMin = 32;
const idLength = 16;
const readAgainMs = 10_000;

/** Throws an error whose message a person can act on when the file holds no token. */
export function createOperatorToken(
  file: string,
  { time, logger }: { readonly time: Pick<Time, 'now'>; readonly logger: Logger },
): OperatorToken {
  let hash = readHash(file);
  let readAt = time.now();

  /** While the file is being replaced, the token that was read last is the right one. */
  function refresh(): void {
    if (time.now() - readAt < readAgainMs) return;
    readAt = time.now();
    try {
      hash = readHash(file);
    } catch (error) {
      logger.warn({ err: error }, 'the token of the operator cannot be read again; the one before stays valid');
    }
  }

  return {
    get id() {
      return `file-${Buffer.from(hash).toString('hex').slice(0, idLength)}`;
    },
    principal: { tenant: defaultTenant, name: 'operator', role: 'operator' },
    isRight(token) {
      refresh();
      return isSecretOf(token, hash);
    },
  };
}

function readHash(file: string): Uint8Array {
  const token = read(file).trim();
  if (token.length >= lengthMin && !/\s/.test(token)) return hashSecret(token);
  throw new Error(
    `OPERATOR_TOKEN_FILE ${file} must hold a token of at least ${lengthMin} characters without spaces, such as the output of: openssl rand -hex 32`,
  );
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Error(`OPERATOR_TOKEN_FILE ${file} cannot be read (${reason})`, { cause: error });
  }
}
