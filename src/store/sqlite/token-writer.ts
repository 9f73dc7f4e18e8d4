/** Changes of tokens, each to be made in a transaction of the caller. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { TokenRecord } from '../../access/index.ts';

const changes = {
  insert: `INSERT INTO token(id, hash, tenant, role, name, parent, created_at, expires_at, revoked_at, used_at)
    VALUES ($id, $hash, $tenant, $role, $name, $parent, $createdAt, $expiresAt, $revokedAt, $usedAt)
    ON CONFLICT (id) DO NOTHING`,
  forget: 'DELETE FROM token WHERE ended_at < $forgetBefore',
  revoke: 'UPDATE token SET revoked_at = $revokedAt WHERE id = $id AND revoked_at IS NULL',
  noteUse: 'UPDATE token SET used_at = $usedAt WHERE id = $id AND (used_at IS NULL OR used_at < $usedAt)',
} as const;

export class TokenWriter {
  readonly #changes: Record<keyof typeof changes, StatementSync>;

  constructor(database: DatabaseSync) {
    const prepared = Object.entries(changes).map(([name, sql]) => [name, database.prepare(sql)] as const);
    this.#changes = Object.fromEntries(prepared) as Record<keyof typeof changes, StatementSync>;
  }

  insert(token: TokenRecord, forgetBefore: number): void {
    const { parent = null, expiresAt = null, revokedAt = null, usedAt = null, ...rest } = token;
    this.#changes.insert.run({ ...rest, parent, expiresAt, revokedAt, usedAt });
    this.#changes.forget.run({ forgetBefore });
  }

  revoke(id: string, revokedAt: number): boolean {
    return this.#changes.revoke.run({ id, revokedAt }).changes > 0;
  }

  noteUse(id: string, usedAt: number): void {
    this.#changes.noteUse.run({ id, usedAt });
  }
}
