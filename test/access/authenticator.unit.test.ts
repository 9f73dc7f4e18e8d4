import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  createAuthenticator,
  createOperatorToken,
  createTokenService,
  parseToken,
  sessionMs,
  writeToken,
  type Identity,
  type NewToken,
  type Principal,
} from '../../src/access/index.ts';
import { noopLogger, StoreError } from '../../src/engine/index.ts';
import { createFakeTime } from '../fake-time.ts';
import { MemoryTokenStore } from '../simulation/memory-token-store.ts';

const operator: Principal = { tenant: 'default', name: 'root', role: 'operator' };
const plain: NewToken = { tenant: 'acme', role: 'reader', name: 'ci', expiresAt: undefined };

/** Counts its calls, and fails while it is told to. */
class WatchedTokenStore extends MemoryTokenStore {
  reads = 0;
  notes = 0;
  isAway = false;

  override async readToken(id: string) {
    this.reads += 1;
    if (this.isAway) throw new StoreError('unavailable', 'away');
    return super.readToken(id);
  }

  override async noteTokenUse(id: string, usedAt: number) {
    this.notes += 1;
    return super.noteTokenUse(id, usedAt);
  }
}

function open(file?: string) {
  const time = createFakeTime();
  const store = new WatchedTokenStore();
  const operatorToken = file === undefined ? undefined : createOperatorToken(file, { time, logger: noopLogger });
  const authenticator = createAuthenticator({ store, operatorToken, time, logger: noopLogger });
  const tokens = createTokenService(store, time);
  async function create(token: Partial<NewToken> = {}, by = operator) {
    const verdict = await tokens.create(by, { ...plain, ...token });
    assert.equal(verdict.kind, 'created');
    return verdict;
  }
  return { time, store, authenticator, tokens, create };
}

function makeFile(context: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'mathmill-access-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'token');
  writeFileSync(file, text);
  return file;
}

const secret = 'c0ffee'.repeat(8);

describe('an authenticator', () => {
  it('knows the tenant, the name and the role of a token', async () => {
    const { authenticator, create } = open();
    const { text, record } = await create({ role: 'submitter' });
    assert.deepEqual(await authenticator.identify(text), {
      principal: { tenant: 'acme', name: 'ci', role: 'submitter' },
      tokenId: record.id,
      sessionOf: undefined,
      expiresAt: undefined,
    } satisfies Identity);
  });

  it('knows nobody by an unknown token, a wrong secret, or anything else', async () => {
    const { authenticator, create } = open();
    const { record } = await create();
    const unknown = await open().create();
    const { secret: other } = parseToken(unknown.text) ?? { secret: '' };
    for (const text of [unknown.text, writeToken({ id: record.id, secret: other }), 'mm_x', '', 'x'.repeat(100_000)]) {
      assert.equal(await authenticator.identify(text), undefined);
    }
  });

  it('ends with the time of a token, without a read', async () => {
    const { authenticator, create, time } = open();
    const { text } = await create({ expiresAt: time.now() + 5_000 });
    await time.advance(4_999);
    assert.notEqual(await authenticator.identify(text), undefined);
    await time.advance(1);
    assert.equal(await authenticator.identify(text), undefined);
  });

  it('ends within ten seconds of a revocation by another instance, and reads no more often', async () => {
    const { authenticator, create, time, store, tokens } = open();
    const { text, record } = await create();
    store.reads = 0;
    await Promise.all(Array.from({ length: 50 }, () => authenticator.identify(text)));
    assert.equal(store.reads, 1);
    await tokens.revoke(operator, record.id);
    store.reads = 0;
    await time.advance(9_999);
    assert.notEqual(await authenticator.identify(text), undefined);
    assert.equal(store.reads, 0);
    await time.advance(1);
    assert.equal(await authenticator.identify(text), undefined);
  });

  it('fails when the store does, and works again with it', async () => {
    const { authenticator, create, store } = open();
    const { text } = await create();
    store.isAway = true;
    await assert.rejects(authenticator.identify(text), StoreError);
    store.isAway = false;
    assert.notEqual(await authenticator.identify(text), undefined);
  });

  it('notes the minute of the last use, once a minute', async () => {
    const { authenticator, create, time, store } = open();
    const { text, record } = await create();
    for (let second = 0; second < 180; second += 1) {
      await authenticator.identify(text);
      await time.advance(1_000);
    }
    assert.ok(store.notes >= 3 && store.notes <= 4, String(store.notes));
    const usedAt = (await store.readToken(record.id))?.usedAt ?? 0;
    assert.equal(usedAt % 60_000, 0);
    assert.ok(time.now() - usedAt < 120_000);
  });

  it('keeps a bounded number of records, however many tokens are tried', async () => {
    const { authenticator, create, store } = open();
    const { text } = await create();
    await authenticator.identify(text);
    for (let index = 0; index < 12_000; index += 1) {
      const id = String(index).padStart(12, '0');
      await authenticator.identify(writeToken({ id, secret: 'S'.repeat(43) }));
    }
    store.reads = 0;
    assert.notEqual(await authenticator.identify(text), undefined);
    assert.equal(store.reads, 1, 'the oldest record had to go');
  });
});

describe('a session of the page', () => {
  it('can do what its token can, for twelve hours at most, and is in no list', async () => {
    const { authenticator, create, tokens, time } = open();
    const { text, record } = await create({ role: 'submitter' });
    const identity = await authenticator.identify(text);
    assert.ok(identity !== undefined);
    const session = await tokens.openSession(identity);
    assert.ok(session !== undefined);
    const known = await authenticator.identify(session.text);
    assert.deepEqual(known?.principal, identity.principal);
    assert.equal(known?.sessionOf, record.id);
    assert.deepEqual(
      (await tokens.list(operator)).map(({ id }) => id),
      [record.id],
    );
    await time.advance(sessionMs);
    assert.equal(await authenticator.identify(session.text), undefined);
  });

  it('ends with its token: by revocation within ten seconds, and by its time', async () => {
    const { authenticator, create, tokens, time } = open();
    const { text, record } = await create({ expiresAt: time.now() + 60_000 });
    const identity = await authenticator.identify(text);
    assert.ok(identity !== undefined);
    const session = await tokens.openSession(identity);
    assert.ok(session !== undefined);
    assert.equal(session.record.expiresAt, record.expiresAt);
    assert.notEqual(await authenticator.identify(session.text), undefined);
    await tokens.revoke(operator, record.id);
    await time.advance(10_000);
    assert.equal(await authenticator.identify(session.text), undefined);
  });

  it('is opened ten times a minute by one token, and no more often', async () => {
    const { authenticator, create, tokens, time } = open();
    const [first, second] = [await create(), await create()];
    const [busy, other] = await Promise.all([first, second].map(({ text }) => authenticator.identify(text)));
    assert.ok(busy !== undefined && other !== undefined);
    const results = [];
    for (let index = 0; index < 15; index += 1) results.push((await tokens.openSession(busy)) !== undefined);
    assert.equal(results.filter(Boolean).length, 10);
    assert.notEqual(await tokens.openSession(other), undefined);
    await time.advance(60_000);
    assert.notEqual(await tokens.openSession(busy), undefined);
  });

  it('ends when it is ended, and its token does not', async () => {
    const { authenticator, create, tokens, time } = open();
    const { text } = await create();
    const identity = await authenticator.identify(text);
    assert.ok(identity !== undefined);
    const opened = await tokens.openSession(identity);
    const session = await authenticator.identify(opened?.text ?? '');
    assert.ok(session !== undefined);
    await tokens.endSession(session);
    await tokens.endSession(identity);
    await time.advance(10_000);
    assert.notEqual(await authenticator.identify(text), undefined);
    assert.equal((await tokens.list(operator)).length, 1);
  });
});

describe('the token service', () => {
  it('lets an admin manage the tokens of its tenant, up to its own role', async () => {
    const { tokens, create } = open();
    const admin: Principal = { tenant: 'acme', name: 'admin', role: 'admin' };
    const own = await create({ role: 'admin' }, admin);
    const foreign = await create({ tenant: 'globex' });
    for (const token of [
      { ...plain, role: 'operator' as const },
      { ...plain, tenant: 'globex' },
    ]) {
      assert.deepEqual(await tokens.create(admin, token), { kind: 'forbidden' });
    }
    assert.deepEqual(
      (await tokens.list(admin)).map(({ id }) => id),
      [own.record.id],
    );
    assert.equal((await tokens.list(operator)).length, 2);
    assert.equal(await tokens.revoke(admin, foreign.record.id), false);
    assert.equal(await tokens.revoke(admin, own.record.id), true);
    assert.equal(await tokens.revoke(admin, own.record.id), false);
  });

  it('creates none for readers and submitters', async () => {
    const { tokens } = open();
    for (const role of ['reader', 'submitter'] as const) {
      assert.deepEqual(await tokens.create({ tenant: 'acme', name: 'x', role }, plain), { kind: 'forbidden' });
    }
  });

  it('keeps no secret', async () => {
    const { create, store } = open();
    const { text, record } = await create();
    const kept = JSON.stringify(await store.readToken(record.id), (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    );
    assert.equal(kept.includes(parseToken(text)?.secret ?? text), false);
  });

  it('stops at a thousand tokens of a tenant', async () => {
    const { tokens, create } = open();
    for (let index = 0; index < 1_000; index += 1) await create();
    assert.deepEqual(await tokens.create(operator, plain), { kind: 'too-many', max: 1_000 });
    await create({ tenant: 'globex' });
  });
});

describe('the token of the operator from a file', () => {
  it('is an operator, and can be exchanged while the server runs', async (context) => {
    const file = makeFile(context, `${secret}\n`);
    const { authenticator, tokens, time } = open(file);
    const identity = await authenticator.identify(secret);
    assert.deepEqual(identity?.principal, { tenant: 'default', name: 'operator', role: 'operator' });
    const session = await tokens.openSession(identity);
    assert.ok(session !== undefined);
    assert.equal((await authenticator.identify(session.text))?.principal.role, 'operator');

    const next = 'd'.repeat(64);
    writeFileSync(file, next);
    await time.advance(10_000);
    assert.equal(await authenticator.identify(secret), undefined);
    assert.equal(await authenticator.identify(session.text), undefined, 'its sessions end with it');
    assert.notEqual(await authenticator.identify(next), undefined);
  });

  it('stays the one before while the file cannot be read', async (context) => {
    const file = makeFile(context, secret);
    const { authenticator, time } = open(file);
    rmSync(file);
    await time.advance(10_000);
    assert.notEqual(await authenticator.identify(secret), undefined);
  });

  it('is refused when it is short, has spaces, or cannot be read', (context) => {
    for (const text of ['', 'short', `${secret} ${secret}`]) {
      const file = makeFile(context, text);
      assert.throws(() => open(file), /must hold a token of at least 32 characters/);
    }
    assert.throws(() => open('/nowhere/token'), /OPERATOR_TOKEN_FILE \/nowhere\/token cannot be read \(ENOENT\)/);
  });
});
