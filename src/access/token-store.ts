/** The port to where tokens are kept. The adapters are those of the JobStore. */
import type { Role } from './principal.ts';

/** A token as it is kept: without its secret. Times are milliseconds since 1970. */
export interface TokenRecord {
  readonly id: string;
  /** SHA-256 of the secret. It has 256 random bits, so a slow hash would protect it no better. */
  readonly hash: Uint8Array;
  readonly tenant: string;
  readonly role: Role;
  readonly name: string;
  /** A session of the web page: the token that it was opened with, and ends with. */
  readonly parent: string | undefined;
  readonly createdAt: number;
  /** Undefined: never. */
  readonly expiresAt: number | undefined;
  readonly revokedAt: number | undefined;
  /** When it was last used, to the minute. Undefined: never. */
  readonly usedAt: number | undefined;
}

/** Keeps tokens. Errors: `StoreError`. A write resolves only when it is durable; each call may be repeated. */
export interface TokenStore {
  /** Adds a token, and removes those that expired or were revoked before `forgetBefore`. Repeating it changes nothing. */
  insertToken(token: TokenRecord, forgetBefore: number): Promise<void>;
  readToken(id: string): Promise<TokenRecord | undefined>;
  /** Tokens that are no sessions, of one tenant or (undefined) of all, newest first, at most `limit`. */
  listTokens(tenant: string | undefined, limit: number): Promise<readonly TokenRecord[]>;
  /** Sets `revokedAt` unless it is set. False: there is no such token, or it was revoked before. */
  revokeToken(id: string, revokedAt: number): Promise<boolean>;
  /** Sets `usedAt` if it is later than the stored one. */
  noteTokenUse(id: string, usedAt: number): Promise<void>;
}
