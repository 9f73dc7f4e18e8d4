/** Creates, lists and revokes tokens, as far as the role of the caller allows; and the sessions of the web page. */
import type { Time } from '../engine/index.ts';
import type { Identity } from './identity.ts';
import { isAtLeast, type Principal, type Role } from './principal.ts';
import type { TokenRecord, TokenStore } from './token-store.ts';
import { createTokenText, hashSecret, writeToken } from './token-text.ts';

export interface NewToken {
  readonly tenant: string;
  readonly role: Role;
  readonly name: string;
  /** Undefined: never. */
  readonly expiresAt: number | undefined;
}

export interface IssuedToken {
  readonly record: TokenRecord;
  /** Shown once: only its hash is kept. */
  readonly text: string;
}

export type CreateVerdict =
  | ({ readonly kind: 'created' } & IssuedToken)
  /** The caller may create tokens, but not this one: of another tenant, or of a role above its own. */
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'too-many'; readonly max: number };

export interface TokenService {
  create(by: Principal, token: NewToken): Promise<CreateVerdict>;
  /** Newest first. An operator sees those of all tenants. */
  list(by: Principal): Promise<readonly TokenRecord[]>;
  /** False: there is no such token for this caller, or it was revoked before. */
  revoke(by: Principal, id: string): Promise<boolean>;
  /** Opens a session that can do what the token can, and ends with it. Undefined: too many were opened in the last minute. */
  openSession(identity: Identity): Promise<IssuedToken | undefined>;
  /** Anything but a session is left as it is. */
  endSession(identity: Identity): Promise<void>;
}

/** Tokens in a list, and those that a tenant may have at a time. */
const tokensMax = 1_000;
/** A session of the page ends after this time, however it is used. */
export const sessionMs = 12 * 3_600_000;
/** Sessions that a token may open in a minute, at each instance: each is kept for weeks. */
const sessionsPerMinute = 10;
const minuteMs = 60_000;
/** Expired and revoked tokens stay in the list for this time. */
const rememberMs = 30 * 24 * 3_600_000;

export function createTokenService(store: TokenStore, time: Pick<Time, 'now'>): TokenService {
  async function issue(token: NewToken, parent: string | undefined): Promise<IssuedToken> {
    const text = createTokenText();
    const createdAt = time.now();
    const record: TokenRecord = {
      id: text.id,
      hash: hashSecret(text.secret),
      ...token,
      parent,
      createdAt,
      revokedAt: undefined,
      usedAt: undefined,
    };
    await store.insertToken(record, createdAt - rememberMs);
    return { record, text: writeToken(text) };
  }

  /** By the token that opened them; of the present minute only. */
  const openings = new Map<string, number>();
  let minute = 0;

  function mayOpen(tokenId: string): boolean {
    const now = Math.floor(time.now() / minuteMs);
    if (now !== minute) openings.clear();
    minute = now;
    const opened = openings.get(tokenId) ?? 0;
    openings.set(tokenId, opened + 1);
    return opened < sessionsPerMinute;
  }

  async function isVisible(by: Principal, id: string): Promise<boolean> {
    const record = await store.readToken(id);
    return record !== undefined && record.parent === undefined && mayManage(by, record.tenant);
  }

  return {
    async create(by, token) {
      if (!mayManage(by, token.tenant) || !isAtLeast(by.role, token.role)) return { kind: 'forbidden' };
      const present = await store.listTokens(token.tenant, tokensMax);
      if (present.length >= tokensMax) return { kind: 'too-many', max: tokensMax };
      return { kind: 'created', ...(await issue(token, undefined)) };
    },
    list: (by) => store.listTokens(by.role === 'operator' ? undefined : by.tenant, tokensMax),
    revoke: async (by, id) => (await isVisible(by, id)) && store.revokeToken(id, time.now()),
    async openSession({ principal, tokenId, sessionOf = tokenId, expiresAt = Infinity }) {
      if (!mayOpen(sessionOf)) return undefined;
      return issue({ ...principal, expiresAt: Math.min(time.now() + sessionMs, expiresAt) }, sessionOf);
    },
    async endSession({ tokenId, sessionOf }) {
      if (sessionOf !== undefined) await store.revokeToken(tokenId, time.now());
    },
  };
}

function mayManage(by: Principal, tenant: string): boolean {
  return by.role === 'operator' || (by.role === 'admin' && by.tenant === tenant);
}
