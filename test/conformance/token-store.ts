/** Requirements for every TokenStore, in the words of its port. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { roles, type TokenRecord, type TokenStore } from '../../src/access/index.ts';

export interface OpenTokenStore {
  /** Started, and without a token. */
  readonly store: TokenStore;
  readonly close: () => Promise<void>;
  /** Stops the store as a restart would, and starts one on the same data. A store that keeps nothing has none. */
  readonly reopen?: () => Promise<TokenStore>;
}

export interface TokenStoreHarness {
  open(): Promise<OpenTokenStore>;
  /** Cases that this store cannot pass: name and reason. */
  readonly skip?: Readonly<Record<string, string>>;
}

export function testTokenStore(name: string, harness: TokenStoreHarness): void {
  const skip = harness.skip ?? {};
  describe(`the TokenStore conformance suite: ${name}`, () => {
    for (const skipped of Object.keys(skip)) assert.ok(skipped in cases, `there is no case "${skipped}" to skip`);
    for (const [caseName, run] of Object.entries(cases)) {
      it(caseName, { skip: skip[caseName] ?? false }, async () => {
        const open = await harness.open();
        try {
          await run(open);
        } finally {
          await open.close();
        }
      });
    }
  });
}

const createdAt = 1_790_000_000_000;

export function newToken(id: string, changes: Partial<TokenRecord> = {}): TokenRecord {
  return {
    id,
    hash: createHash('sha256').update(id).digest(),
    tenant: 'default',
    role: 'reader',
    name: `token ${id}`,
    parent: undefined,
    createdAt,
    expiresAt: undefined,
    revokedAt: undefined,
    usedAt: undefined,
    ...changes,
  };
}

/** With its bytes as text, so that classes of arrays do not matter. */
function plain(token: TokenRecord | undefined) {
  return token && { ...token, hash: Buffer.from(token.hash).toString('hex') };
}

async function assertToken(store: TokenStore, expected: TokenRecord): Promise<void> {
  assert.deepEqual(plain(await store.readToken(expected.id)), plain(expected));
}

async function listIds(store: TokenStore, tenant?: string, limit = 100): Promise<string[]> {
  return (await store.listTokens(tenant, limit)).map(({ id }) => id);
}

type Case = (open: OpenTokenStore) => Promise<void>;

const everyField: Partial<TokenRecord> = {
  tenant: 'a-b',
  role: 'operator',
  name: 'Σ "night" \0 $set.x',
  parent: 'parent',
  createdAt: createdAt + 1,
  expiresAt: createdAt + 4,
  revokedAt: createdAt + 3,
  usedAt: createdAt + 2,
};

const cases: Readonly<Record<string, Case>> = {
  async 'a token reads back with all its fields, those it lacks as undefined'({ store }) {
    const hash = Uint8Array.from({ length: 32 }, (_, index) => 255 - 8 * index);
    // A part of larger memory: no byte around it belongs to it.
    const part = new Uint8Array(64).fill(7).subarray(5, 37);
    const tokens = [
      newToken('few', { hash }),
      newToken('all', everyField),
      newToken('part', { hash: part }),
      ...roles.map((role) => newToken(role, { role })),
    ];
    for (const token of tokens) await store.insertToken(token, 0);
    for (const token of tokens) await assertToken(store, token);
    const few = await store.readToken('few');
    for (const field of ['parent', 'expiresAt', 'revokedAt', 'usedAt'] as const) {
      assert.ok(few !== undefined && field in few, `${field} is missing`);
    }
  },

  async 'a token that nobody added is undefined'({ store }) {
    await store.insertToken(newToken('a'), 0);
    for (const id of ['b', '', 'A', 'a\0', '$ne']) assert.equal(await store.readToken(id), undefined);
  },

  async 'adding a token twice changes nothing'({ store }) {
    const token = newToken('a', { expiresAt: createdAt + 9 });
    await store.insertToken(token, 0);
    await store.insertToken(newToken('a', everyField), 0);
    await assertToken(store, token);
    assert.equal(await store.revokeToken('a', createdAt + 1), true);
    await store.insertToken(token, 0);
    await assertToken(store, { ...token, revokedAt: createdAt + 1 });
    assert.deepEqual(await listIds(store), ['a']);
  },

  async 'tokens are listed newest first, of a tenant or of all, with all their fields'({ store }) {
    const tokens = [3, 1, 4, 2, 5].map((number) => {
      const changes = { tenant: number % 2 === 0 ? 'even' : 'odd', createdAt: createdAt + number };
      return newToken(`t${9 - number}`, changes);
    });
    for (const token of tokens) await store.insertToken(token, 0);
    const newestFirst = tokens.toSorted((left, right) => right.createdAt - left.createdAt);
    assert.deepEqual((await store.listTokens(undefined, 9)).map(plain), newestFirst.map(plain));
    assert.deepEqual(await listIds(store, 'odd'), ['t4', 't6', 't8']);
    assert.deepEqual(await listIds(store, 'even'), ['t5', 't7']);
    assert.deepEqual(await listIds(store, 'none'), []);
    assert.deepEqual(await listIds(store, 'odd', 2), ['t4', 't6']);
    assert.deepEqual(await listIds(store, undefined, 3), ['t4', 't5', 't6']);
  },

  async 'tokens that are revoked or expired are listed, sessions are not'({ store }) {
    await store.insertToken(newToken('revoked', { revokedAt: createdAt + 1, createdAt: createdAt + 1 }), 0);
    await store.insertToken(newToken('expired', { expiresAt: createdAt + 1 }), 0);
    for (const tenant of ['default', 'a']) {
      await store.insertToken(newToken(`session of ${tenant}`, { parent: 'expired', tenant }), 0);
      await assertToken(store, newToken(`session of ${tenant}`, { parent: 'expired', tenant }));
    }
    assert.deepEqual(await listIds(store), ['revoked', 'expired']);
    assert.deepEqual(await listIds(store, 'default'), ['revoked', 'expired']);
    assert.deepEqual(await listIds(store, 'a'), []);
  },

  async 'a token is revoked once, and an unknown one never'({ store }) {
    for (const id of ['a', 'b']) await store.insertToken(newToken(id), 0);
    assert.equal(await store.revokeToken('a', createdAt + 5), true);
    await assertToken(store, newToken('a', { revokedAt: createdAt + 5 }));
    for (const time of [createdAt + 5, createdAt + 9, createdAt]) {
      assert.equal(await store.revokeToken('a', time), false);
    }
    await assertToken(store, newToken('a', { revokedAt: createdAt + 5 }));
    await assertToken(store, newToken('b'));
    assert.equal(await store.revokeToken('c', createdAt), false);
    assert.equal(await store.readToken('c'), undefined);
  },

  async 'of many that revoke a token at the same time one is told so'({ store }) {
    await store.insertToken(newToken('a'), 0);
    const verdicts = await Promise.all(Array.from({ length: 8 }, () => store.revokeToken('a', createdAt)));
    assert.equal(verdicts.filter(Boolean).length, 1);
  },

  async 'the last use only moves forward'({ store }) {
    for (const id of ['a', 'b']) await store.insertToken(newToken(id), 0);
    for (const [usedAt, stored] of [
      [createdAt + 5, createdAt + 5],
      [createdAt + 4, createdAt + 5],
      [createdAt + 5, createdAt + 5],
      [createdAt + 8, createdAt + 8],
    ] as const) {
      await store.noteTokenUse('a', usedAt);
      await assertToken(store, newToken('a', { usedAt: stored }));
    }
    await store.noteTokenUse('unknown', createdAt);
    assert.equal(await store.readToken('unknown'), undefined);
    await assertToken(store, newToken('b'));
    // A revoked token is a fact like any other: its use may have been noted late.
    await store.revokeToken('b', createdAt + 1);
    await store.noteTokenUse('b', createdAt);
    await assertToken(store, newToken('b', { revokedAt: createdAt + 1, usedAt: createdAt }));
  },

  async 'an insertion removes tokens that ended before a time, and no others'({ store }) {
    const limit = createdAt + 10;
    const ended = [
      newToken('expired', { expiresAt: limit - 1 }),
      newToken('revoked', { revokedAt: limit - 1 }),
      newToken('revoked before it expires', { revokedAt: limit - 1, expiresAt: limit + 5 }),
      newToken('expired before it was revoked', { expiresAt: limit - 1, revokedAt: limit }),
      newToken('session', { parent: 'lasting', expiresAt: limit - 1 }),
    ];
    const kept = [
      newToken('lasting'),
      newToken('expires then', { expiresAt: limit }),
      newToken('revoked then', { revokedAt: limit }),
      newToken('session that goes on', { parent: 'expired', expiresAt: limit + 1 }),
      newToken('used', { usedAt: createdAt + 1 }),
    ];
    for (const token of [...ended, ...kept]) await store.insertToken(token, 0);
    for (const token of [...ended, ...kept]) await assertToken(store, token);
    const late = newToken('late', { tenant: 'a', createdAt: limit });
    await store.insertToken(late, limit);
    for (const { id } of ended) assert.equal(await store.readToken(id), undefined, id);
    for (const token of [...kept, late]) await assertToken(store, token);
    assert.deepEqual(
      new Set(await listIds(store)),
      new Set(['lasting', 'expires then', 'revoked then', 'used', 'late']),
    );
  },

  async 'tokens are there after a restart'(open) {
    const token = newToken('all', everyField);
    await open.store.insertToken(token, 0);
    await open.store.insertToken(newToken('a'), 0);
    await open.store.revokeToken('a', createdAt + 1);
    assert.ok(open.reopen !== undefined, 'a store that keeps nothing skips this case by its name');
    const reopened = await open.reopen();
    await assertToken(reopened, token);
    await assertToken(reopened, newToken('a', { revokedAt: createdAt + 1 }));
    assert.equal(await reopened.revokeToken('a', createdAt + 2), false);
  },
};
