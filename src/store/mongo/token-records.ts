/** Tokens: one small document for each. What a token lacks is absent in its document. */
import type { Document } from 'mongodb';
import { roles, type Role, type TokenRecord } from '../../access/index.ts';
import { bounded, type Collections } from './database.ts';
import { keyOf, toTokenDocument } from './documents.ts';
import { bytesIn, integerIn, optionalIntegerIn, optionalTextIn, textIn, unexpected } from './fields.ts';
import { isDuplicateKey } from './mongo-errors.ts';

/** The newest first; ids decide between those of the same moment. */
const newestFirst = { createdAt: -1, _id: -1 } as const;

export class TokenRecords {
  readonly #tokens: Collections['tokens'];

  constructor({ tokens }: Collections) {
    this.#tokens = tokens;
  }

  async insert(record: TokenRecord, forgetBefore: number): Promise<void> {
    try {
      await this.#tokens.insertOne(toTokenDocument(record), bounded);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    // A field that is absent is not below any number.
    for (const field of ['expiresAt', 'revokedAt'] as const) {
      await this.#tokens.deleteMany({ [field]: { $lt: forgetBefore } }, bounded);
    }
  }

  async read(id: string): Promise<TokenRecord | undefined> {
    const document = await this.#tokens.findOne({ _id: id }, bounded);
    return document === null ? undefined : toToken(document);
  }

  async list(tenant: string | undefined, limit: number): Promise<TokenRecord[]> {
    // Null matches documents without the field.
    const filter = { parent: null, ...(tenant !== undefined && { tenant }) };
    return (await this.#tokens.find(filter, { ...bounded, sort: newestFirst, limit }).toArray()).map(toToken);
  }

  /** `call` says in the document which call revoked the token. A call whose answer was lost sees by this that it did. */
  async revoke(call: string, id: string, revokedAt: number): Promise<boolean> {
    const change = { $set: { revokedAt, revokedBy: call } };
    const { matchedCount } = await this.#tokens.updateOne({ _id: id, revokedAt: null }, change, bounded);
    if (matchedCount > 0) return true;
    const own = { _id: id, revokedBy: call };
    return (await this.#tokens.findOne(own, { ...bounded, projection: { _id: 1 } })) !== null;
  }

  async noteUse(id: string, usedAt: number): Promise<void> {
    await this.#tokens.updateOne({ _id: id }, { $max: { usedAt } }, bounded);
  }
}

function toToken(document: Document): TokenRecord {
  return {
    id: keyOf(document),
    hash: bytesIn(document, 'hash'),
    tenant: textIn(document, 'tenant'),
    role: roleIn(document),
    name: textIn(document, 'name'),
    parent: optionalTextIn(document, 'parent'),
    createdAt: integerIn(document, 'createdAt'),
    expiresAt: optionalIntegerIn(document, 'expiresAt'),
    revokedAt: optionalIntegerIn(document, 'revokedAt'),
    usedAt: optionalIntegerIn(document, 'usedAt'),
  };
}

function roleIn(document: Document): Role {
  const value = textIn(document, 'role');
  const role = roles.find((known) => known === value);
  if (role === undefined) throw unexpected('role', value);
  return role;
}
