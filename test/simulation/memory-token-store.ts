/** A TokenStore in plain memory: the contract of the port in its shortest form. */
import type { TokenRecord, TokenStore } from '../../src/access/index.ts';

export class MemoryTokenStore implements TokenStore {
  readonly #tokens = new Map<string, TokenRecord>();

  async insertToken(token: TokenRecord, forgetBefore: number): Promise<void> {
    if (!this.#tokens.has(token.id)) this.#tokens.set(token.id, { ...token, hash: Uint8Array.from(token.hash) });
    for (const { id, expiresAt = Infinity, revokedAt = Infinity } of this.#tokens.values()) {
      if (Math.min(expiresAt, revokedAt) < forgetBefore) this.#tokens.delete(id);
    }
  }

  async readToken(id: string): Promise<TokenRecord | undefined> {
    return this.#tokens.get(id);
  }

  async listTokens(tenant: string | undefined, limit: number): Promise<readonly TokenRecord[]> {
    return Array.from(this.#tokens.values())
      .filter((token) => token.parent === undefined && (tenant === undefined || token.tenant === tenant))
      .toSorted((left, right) => right.createdAt - left.createdAt || (left.id < right.id ? 1 : -1))
      .slice(0, limit);
  }

  async revokeToken(id: string, revokedAt: number): Promise<boolean> {
    const token = this.#tokens.get(id);
    if (token === undefined || token.revokedAt !== undefined) return false;
    this.#tokens.set(id, { ...token, revokedAt });
    return true;
  }

  async noteTokenUse(id: string, usedAt: number): Promise<void> {
    const token = this.#tokens.get(id);
    if (token !== undefined) this.#tokens.set(id, { ...token, usedAt: Math.max(usedAt, token.usedAt ?? usedAt) });
  }
}
