/** Reads of tokens. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { roles, type Role, type TokenRecord } from '../../access/index.ts';
import { bytesIn, numberIn, optionalNumberIn, optionalTextIn, textIn, unexpected, type Row } from './job-row.ts';

const columns = 'id, hash, tenant, role, name, parent, created_at, expires_at, revoked_at, used_at';
const newestFirst = 'ORDER BY created_at DESC, id DESC LIMIT $limit';

export const tokenQueries = {
  token: `SELECT ${columns} FROM token WHERE id = $id`,
  tokens: `SELECT ${columns} FROM token INDEXED BY token_listing WHERE parent IS NULL ${newestFirst}`,
  tokensOfTenant: `SELECT ${columns} FROM token INDEXED BY token_tenant
    WHERE parent IS NULL AND tenant = $tenant ${newestFirst}`,
} as const;

export class TokenReader {
  readonly #queries: Record<keyof typeof tokenQueries, StatementSync>;

  constructor(database: DatabaseSync) {
    const prepared = Object.entries(tokenQueries).map(([name, sql]) => [name, database.prepare(sql)] as const);
    this.#queries = Object.fromEntries(prepared) as Record<keyof typeof tokenQueries, StatementSync>;
  }

  read(id: string): TokenRecord | undefined {
    const row = this.#queries.token.get({ id });
    return row === undefined ? undefined : toToken(row);
  }

  list(tenant: string | undefined, limit: number): TokenRecord[] {
    const { tokens, tokensOfTenant } = this.#queries;
    const rows = tenant === undefined ? tokens.all({ limit }) : tokensOfTenant.all({ tenant, limit });
    return rows.map(toToken);
  }
}

function toToken(row: Row): TokenRecord {
  return {
    id: textIn(row, 'id'),
    hash: bytesIn(row, 'hash'),
    tenant: textIn(row, 'tenant'),
    role: roleIn(row),
    name: textIn(row, 'name'),
    parent: optionalTextIn(row, 'parent'),
    createdAt: numberIn(row, 'created_at'),
    expiresAt: optionalNumberIn(row, 'expires_at'),
    revokedAt: optionalNumberIn(row, 'revoked_at'),
    usedAt: optionalNumberIn(row, 'used_at'),
  };
}

function roleIn(row: Row): Role {
  const value = textIn(row, 'role');
  const role = roles.find((known) => known === value);
  if (role === undefined) throw unexpected('role', value);
  return role;
}
