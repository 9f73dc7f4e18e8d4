/**
 * Finds out who sends a request, by its token. Records are kept in memory for ten seconds, also that there is none, so that
 * requests cost no read of the store, and a revocation works everywhere within that time.
 */
import type { Logger, Time } from '../engine/index.ts';
import type { Identity } from './identity.ts';
import type { JwtVerifier } from './jwt-verifier.ts';
import type { OperatorToken } from './operator-token.ts';
import type { TokenRecord, TokenStore } from './token-store.ts';
import { isSecretOf, parseToken, type TokenText } from './token-text.ts';

export interface Authenticator {
  /**
   * Undefined: the token is unknown, expired or revoked. Rejects with a `StoreError` when that cannot be found out, and with
   * `AccessDenied` when the user of the token has no rights here.
   */
  identify(token: string): Promise<Identity | undefined>;
}

export interface AuthenticatorDependencies {
  readonly store: Pick<TokenStore, 'readToken' | 'noteTokenUse'>;
  readonly operatorToken?: OperatorToken | undefined;
  /** Accepts the tokens of a provider, too. */
  readonly jwtVerifier?: JwtVerifier | undefined;
  readonly time: Pick<Time, 'now'>;
  readonly logger: Logger;
}

/** How long a record is used without another read. */
const recordMs = 10_000;
/** Some megabytes. Invented tokens are among them, so the oldest go when it is full. */
const recordsMax = 10_000;
const minuteMs = 60_000;
/** What a secret is compared with where there is no token, so that it takes the same time. */
const noHash = new Uint8Array(32);

interface Entry {
  readonly readAt: number;
  readonly record: Promise<TokenRecord | undefined>;
  /** The minute of its last use that is noted, or being noted. */
  usedAt: number;
}

export function createAuthenticator(dependencies: AuthenticatorDependencies): Authenticator {
  const { store, operatorToken, jwtVerifier, time, logger } = dependencies;
  const entries = new Map<string, Entry>();

  /** Concurrent requests share a read. */
  function look(id: string): Entry {
    const known = entries.get(id);
    if (known !== undefined && time.now() - known.readAt < recordMs) return known;
    entries.delete(id);
    const entry: Entry = { readAt: time.now(), record: store.readToken(id), usedAt: known?.usedAt ?? 0 };
    entries.set(id, entry);
    if (entries.size > recordsMax) entries.delete(entries.keys().next().value ?? '');
    entry.record.catch(() => {
      if (entries.get(id) === entry) entries.delete(id);
    });
    return entry;
  }

  function noteUse(record: TokenRecord, entry: Entry): void {
    const minute = time.now() - (time.now() % minuteMs);
    if (minute <= Math.max(entry.usedAt, record.usedAt ?? 0)) return;
    entry.usedAt = minute;
    store.noteTokenUse(record.id, minute).catch((error: unknown) => {
      logger.warn({ tokenId: record.id, err: error }, 'could not note the use of a token');
    });
  }

  async function find({ id, secret }: TokenText): Promise<TokenRecord | undefined> {
    const entry = look(id);
    const record = await entry.record;
    const isRight = isSecretOf(secret, record?.hash ?? noHash);
    if (record === undefined || !isRight || !isValid(record, time.now())) return undefined;
    if (record.parent !== undefined && !(await isParentValid(record.parent))) return undefined;
    noteUse(record, entry);
    return record;
  }

  async function isParentValid(id: string): Promise<boolean> {
    if (id === operatorToken?.id || jwtVerifier?.isOrigin(id) === true) return true;
    const parent = await look(id).record;
    return parent !== undefined && isValid(parent, time.now());
  }

  return {
    async identify(token) {
      if (operatorToken?.isRight(token) === true) return toOperator(operatorToken);
      const text = parseToken(token);
      if (text === undefined) return jwtVerifier?.verify(token);
      const record = await find(text);
      return record === undefined ? undefined : toIdentity(record);
    },
  };
}

function toIdentity({ id, tenant, name, role, parent, expiresAt }: TokenRecord): Identity {
  return { principal: { tenant, name, role }, tokenId: id, sessionOf: parent, expiresAt };
}

function toOperator({ principal, id }: OperatorToken): Identity {
  return { principal, tokenId: id, sessionOf: undefined, expiresAt: undefined };
}

function isValid({ expiresAt, revokedAt }: TokenRecord, now: number): boolean {
  return revokedAt === undefined && (expiresAt === undefined || expiresAt > now);
}
