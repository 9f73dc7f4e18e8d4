/** A TokenStore in memory. It passes the conformance suite of its port. */
import type { TokenRecord, TokenStore } from '../../src/access/index.ts';

export class MemoryTokenStore implements TokenStore {
  readonly #tokens = new Map<string, TokenRecord>();

  async insertToken(token: TokenRecord, forgetBefore: number): Promise<void> {
    for (const { id, expiresAt, revokedAt } of this.#tokens.values()) {
      if ((expiresAt ?? Infinity) < forgetBefore || (revokedAt ?? Infinity) < forgetBefore) this.#tokens.delete(id);
    }
    if (!this.#tokens.has(token.id)) this.#tokens.set(token.id, token);
  }

  async readToken(id: string): Promise<TokenRecord | undefined> {
    return this.#tokens.get(id);
  }

  async listTokens(tenant: string | undefined, limit: number): Promise<readonly TokenRecord[]> {
    return Array.from(this.#tokens.values())
      .filter((token) => token.parent === undefined && (tenant === undefined || token.tenant === tenant))
      .sort((left, right) => right.createdAt - left.createdAt || (left.id < right.id ? 1 : -1))
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
    if (token !== undefined && usedAt > (token.usedAt ?? 0)) this.#tokens.set(id, { ...token, usedAt });
  }
}
