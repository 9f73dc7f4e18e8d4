/** Who may do what over HTTP: each route, each role, and the jobs of another tenant. */
import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import {
  createAuthenticator,
  createTokenService,
  roles,
  writeToken,
  type Principal,
  type Role,
} from '../../src/access/index.ts';
import { noopLogger, systemTime, type Time } from '../../src/engine/index.ts';
import { describeApi, type AccessControl } from '../../src/http/index.ts';
import { MemoryTokenStore } from '../simulation/memory-token-store.ts';
import { openApp, waitFor } from './open-api.ts';

type Opened = Awaited<ReturnType<typeof openWithTokens>>;
type Method = 'GET' | 'POST' | 'DELETE' | 'HEAD';

/** The least role of each operation of the API. An operation that is not here fails the tests: a new one needs a decision. */
const rules: Readonly<Record<string, Role | 'open'>> = {
  createJob: 'submitter',
  listJobs: 'reader',
  deleteJobs: 'submitter',
  cancelJobs: 'submitter',
  getJob: 'reader',
  deleteJob: 'submitter',
  cancelJob: 'submitter',
  repairJob: 'submitter',
  listOperations: 'reader',
  searchOperations: 'reader',
  getOperation: 'reader',
  getResults: 'reader',
  watchJob: 'reader',
  evaluate: 'reader',
  listFunctions: 'open',
  getSession: 'reader',
  openSession: 'reader',
  endSession: 'reader',
  listTokens: 'admin',
  createToken: 'admin',
  revokeToken: 'admin',
  getCluster: 'operator',
  getHealth: 'open',
  getReadiness: 'open',
};

interface Operation {
  readonly name: string;
  readonly method: Method;
  readonly path: string;
}

async function listOperations(): Promise<Operation[]> {
  const { paths } = JSON.parse(await describeApi()) as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { operationId }]) => ({
      name: operationId,
      method: method.toUpperCase() as Method,
      path,
    })),
  );
}

const operator: Principal = { tenant: 'default', name: 'root', role: 'operator' };
const unknownId = '01900000-0000-7000-8000-000000000000';

function createAccess(time: Pick<Time, 'now'> = systemTime) {
  const store = new MemoryTokenStore();
  const tokens = createTokenService(store, time);
  const control: AccessControl = {
    tokens,
    authenticator: createAuthenticator({ store, time, logger: noopLogger }),
  };
  async function tokenOf(tenant: string, role: Role): Promise<string> {
    const verdict = await tokens.create(operator, { tenant, role, name: `${tenant} ${role}`, expiresAt: undefined });
    assert.equal(verdict.kind, 'created');
    return verdict.text;
  }
  return { control, store, tokenOf };
}

async function openWithTokens(context: TestContext, options: Parameters<typeof openApp>[1] = {}) {
  const access = createAccess();
  const opened = await openApp(context, { access: access.control, ...options });
  return { ...opened, ...access };
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

async function post(opened: Opened, token: string, text: string, headers: object = {}): Promise<string> {
  const response = await opened.app.inject({
    method: 'POST',
    url: '/api/jobs',
    headers: { 'content-type': 'text/plain', ...bearer(token), ...headers },
    body: text,
  });
  assert.equal(response.statusCode, 201, response.body);
  const { id } = response.json<{ id: string }>();
  await waitFor(opened.engine, id);
  return id;
}

/** A request that is right but for who sends it. The job of a path is `jobId`. */
function send(opened: Opened, operation: Operation, jobId: string, headers: Record<string, string>) {
  const bodies: Readonly<Record<string, readonly [string, string]>> = {
    createJob: ['text/plain', '1 + 1\n'],
    repairJob: ['application/x-ndjson', '{"id": "1", "request": "1 + 0"}\n'],
    evaluate: ['text/plain', '1 + 1\n'],
    createToken: ['application/json', '{"name": "x", "role": "reader"}'],
  };
  const queries: Readonly<Record<string, string>> = {
    deleteJobs: '?name=nothing-has-this-name',
    cancelJobs: '?name=nothing-has-this-name',
    searchOperations: '?search=1',
  };
  const [type, body] = bodies[operation.name] ?? [];
  const path = operation.path
    .replace('{job_id}', jobId)
    .replace('{operation_id}', '1')
    .replace('{token_id}', '3hJx0PqLm2Za');
  return opened.app.inject({
    method: operation.method,
    url: path + (queries[operation.name] ?? ''),
    headers: { ...(type === undefined ? {} : { 'content-type': type }), ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

/** Without what differs from request to request. */
function withoutRequestId(response: Awaited<ReturnType<typeof send>>) {
  const { 'x-request-id': id, date: _date, ...headers } = response.headers;
  return { status: response.statusCode, headers, body: response.body.replaceAll(String(id), 'ID') };
}

suite('the roles', () => {
  test('are decided for each operation of the API', async () => {
    const operations = await listOperations();
    assert.deepEqual(operations.map(({ name }) => name).sort(), Object.keys(rules).sort());
  });

  test('decide each request: 401 without a token, 403 with too small a role, else neither', async (context) => {
    const opened = await openWithTokens(context);
    const tokens = new Map<Role, string>();
    for (const role of roles) tokens.set(role, await opened.tokenOf('acme', role));
    for (const operation of await listOperations()) {
      const needed = rules[operation.name] ?? 'operator';
      const anonymous = await send(opened, operation, unknownId, {});
      assert.equal(anonymous.statusCode === 401, needed !== 'open', operation.name);
      if (needed !== 'open') {
        assert.equal(anonymous.headers['www-authenticate'], 'Bearer');
        assert.equal(anonymous.json<{ code: string }>().code, 'UNAUTHENTICATED');
      }
      for (const [role, token] of tokens) {
        const response = await send(opened, operation, unknownId, bearer(token));
        const isAllowed = needed === 'open' || roles.indexOf(role) >= roles.indexOf(needed);
        assert.equal(response.statusCode === 403, !isAllowed, `${operation.name} as ${role}: ${response.statusCode}`);
        assert.notEqual(response.statusCode, 401, operation.name);
        assert.ok(response.statusCode < 500, `${operation.name} as ${role}: ${response.body}`);
        if (isAllowed) continue;
        assert.match(response.json<{ detail: string }>().detail, new RegExp(`needs the role ${needed}`));
      }
    }
  });

  test('are not asked where nobody needs a token', async (context) => {
    const opened = { ...(await openApp(context)), ...createAccess() };
    for (const operation of await listOperations()) {
      const response = await send(opened, operation, unknownId, {});
      assert.ok(![401, 403].includes(response.statusCode), `${operation.name}: ${response.body}`);
    }
    const session = await opened.app.inject('/api/session');
    assert.deepEqual(session.json(), { authentication: 'none', tenant: 'default', name: 'anyone', role: 'operator' });
  });

  test('are a part of the OpenAPI document', async () => {
    const { paths, components } = JSON.parse(await describeApi()) as {
      paths: Record<string, Record<string, { operationId: string; security?: object[]; responses: object }>>;
      components: { securitySchemes: object };
    };
    assert.deepEqual(Object.keys(components.securitySchemes), ['token', 'session']);
    for (const { operationId, security, responses } of Object.values(paths).flatMap((path) => Object.values(path))) {
      const isOpen = rules[operationId] === 'open';
      assert.deepEqual(security, isOpen ? undefined : [{}, { token: [] }, { session: [] }], operationId);
      assert.equal('401' in responses, !isOpen, operationId);
    }
  });
});

suite('a token', () => {
  test('is accepted in the one form that the standard knows, and no other is', async (context) => {
    const opened = await openWithTokens(context);
    const token = await opened.tokenOf('acme', 'reader');
    const statusWith = async (authorization: string) =>
      (await opened.app.inject({ url: '/api/jobs', headers: { authorization } })).statusCode;
    for (const right of [`Bearer ${token}`, `bearer ${token}`, `BEARER  ${token} `]) {
      assert.equal(await statusWith(right), 200, right);
    }
    const unknown = writeToken({ id: '3hJx0PqLm2Za', secret: 'S'.repeat(43) });
    for (const wrong of [
      token,
      `Basic ${token}`,
      `Bearer`,
      `Bearer ${token} x`,
      `Bearer ${unknown}`,
      `Bearer ${token}0`,
    ]) {
      assert.equal(await statusWith(wrong), 401, wrong);
    }
    assert.equal((await opened.app.inject(`/api/jobs?token=${token}`)).statusCode, 401, 'never in an address');
  });

  test('is created, listed and revoked over HTTP, and shown once', async (context) => {
    const opened = await openWithTokens(context);
    const admin = bearer(await opened.tokenOf('acme', 'admin'));
    const created = await opened.app.inject({
      method: 'POST',
      url: '/api/tokens',
      headers: { ...admin, 'content-type': 'application/json' },
      body: { name: 'nightly', role: 'submitter', expires_at: '2127-01-31T12:00:00Z' },
    });
    assert.equal(created.statusCode, 201, created.body);
    const { token, ...shown } = created.json<{ token: string; id: string; tenant: string }>();
    assert.equal(shown.tenant, 'acme');
    assert.equal((await opened.app.inject({ url: '/api/jobs', headers: bearer(token) })).statusCode, 200);

    const list = await opened.app.inject({ url: '/api/tokens', headers: admin });
    const { tokens } = list.json<{ tokens: { id: string; name: string; expires_at?: string }[] }>();
    assert.equal(list.body.includes(token.slice(0, 20)), false);
    assert.equal(tokens.find(({ id }) => id === shown.id)?.expires_at, '2127-01-31T12:00:00.000Z');

    const url = `/api/tokens/${shown.id}`;
    assert.equal((await opened.app.inject({ method: 'DELETE', url, headers: admin })).statusCode, 204);
    const again = await opened.app.inject({ method: 'DELETE', url, headers: admin });
    assert.equal(again.json<{ code: string }>().code, 'TOKEN_NOT_FOUND');
  });

  test('cannot be created beyond the caller’s rights, nor from a wrong description', async (context) => {
    const opened = await openWithTokens(context);
    const admin = bearer(await opened.tokenOf('acme', 'admin'));
    const create = async (body: object, headers: object = admin) => {
      const given = { ...headers, 'content-type': 'application/json' };
      const response = await opened.app.inject({ method: 'POST', url: '/api/tokens', headers: given, body });
      return [response.statusCode, response.json<{ code?: string }>().code];
    };
    assert.deepEqual(await create({ name: 'x', role: 'operator' }), [403, 'FORBIDDEN_ROLE']);
    assert.deepEqual(await create({ name: 'x', role: 'reader', tenant: 'globex' }), [403, 'FORBIDDEN_ROLE']);
    for (const wrong of [
      {},
      { name: 'x' },
      { name: '', role: 'reader' },
      { name: 'x', role: 'king' },
      { name: 'x', role: 'reader', tenant: 'Acme Corp' },
      { name: 'x', role: 'reader', more: 1 },
      { name: 'x\u0007', role: 'reader' },
      { name: 'x', role: 'reader', expires_at: '2127-01-31' },
      { name: 'x', role: 'reader', expires_at: '2020-01-31T12:00:00Z' },
      { name: 'x', role: 'reader', expires_at: '2127-02-31T12:00:00Z' },
    ]) {
      assert.deepEqual(await create(wrong), [400, 'INVALID_PARAMETER'], JSON.stringify(wrong));
    }
    const root = bearer(await opened.tokenOf('default', 'operator'));
    assert.deepEqual(await create({ name: 'x', role: 'operator', tenant: 'globex' }, root), [201, undefined]);
  });

  test('is not made by a server that needs none, where anybody could make one for later', async (context) => {
    const { app } = await openApp(context);
    const body = { name: 'x', role: 'operator' };
    const headers = { 'content-type': 'application/json' };
    const created = await app.inject({ method: 'POST', url: '/api/tokens', headers, body });
    assert.deepEqual([created.statusCode, created.json<{ code: string }>().code], [409, 'NO_AUTHENTICATION']);
    assert.equal((await app.inject('/api/tokens')).statusCode, 409);
    assert.equal((await app.inject({ method: 'DELETE', url: '/api/tokens/3hJx0PqLm2Za' })).statusCode, 409);
  });
});

suite('a tenant', () => {
  test('finds nothing by the id of another’s job: byte for byte the answer for an unknown id', async (context) => {
    const opened = await openWithTokens(context);
    const foreign = await post(opened, await opened.tokenOf('acme', 'submitter'), '1 / 0\n2\n');
    const own = bearer(await opened.tokenOf('globex', 'admin'));
    const withJobs = (await listOperations()).filter(({ path }) => path.includes('{job_id}'));
    assert.ok(withJobs.length >= 8, String(withJobs.length));
    withJobs.push({ name: 'headResults', method: 'HEAD', path: '/api/jobs/{job_id}/results' });
    for (const operation of withJobs) {
      const [ofForeign, ofUnknown] = [
        withoutRequestId(await send(opened, operation, foreign, own)),
        withoutRequestId(await send(opened, operation, unknownId, own)),
      ];
      assert.equal(ofForeign.status, 404, operation.name);
      assert.deepEqual(ofForeign, ofUnknown, operation.name);
    }
    const job = await opened.engine.readJob(foreign);
    assert.equal(job?.status, 'Completed', 'and it is still there');
  });

  test('sees its own jobs in lists and counts, and changes no others', async (context) => {
    const opened = await openWithTokens(context);
    const acme = await opened.tokenOf('acme', 'submitter');
    const globex = await opened.tokenOf('globex', 'submitter');
    const ofAcme = [await post(opened, acme, '1\n'), await post(opened, acme, '2\n')];
    const ofGlobex = [await post(opened, globex, '3\n')];
    const list = async (token: string, query = '') => {
      const response = await opened.app.inject({ url: `/api/jobs${query}`, headers: bearer(token) });
      const { total, items } = response.json<{ total: number; items: { id: string; tenant?: string }[] }>();
      return { total, ids: items.map(({ id }) => id).sort(), tenants: items.map(({ tenant }) => tenant) };
    };
    assert.deepEqual(await list(acme), { total: 2, ids: ofAcme.sort(), tenants: ['acme', 'acme'] });
    assert.deepEqual(await list(globex), { total: 1, ids: ofGlobex, tenants: ['globex'] });
    assert.equal((await list(acme, '?status=Completed')).total, 2);
    const root = await opened.tokenOf('default', 'operator');
    assert.equal((await list(root)).total, 3);

    const url = '/api/jobs?status=Completed';
    const deleted = await opened.app.inject({ method: 'DELETE', url, headers: bearer(globex) });
    assert.equal(deleted.json<{ deleted: number }>().deleted, 1);
    assert.equal((await list(acme)).total, 2);
  });

  test('has idempotency keys of its own', async (context) => {
    const opened = await openWithTokens(context);
    const headers = { 'idempotency-key': 'monday' };
    const first = await post(opened, await opened.tokenOf('acme', 'submitter'), '1\n', headers);
    const again = await post(opened, await opened.tokenOf('acme', 'admin'), '1\n', headers);
    const other = await post(opened, await opened.tokenOf('globex', 'submitter'), '2\n', headers);
    const ofDefault = await post(opened, await opened.tokenOf('default', 'operator'), '3\n', headers);
    assert.equal(again, first);
    assert.equal(new Set([first, other, ofDefault]).size, 3);
  });

  test('can do everything with its own jobs', async (context) => {
    const opened = await openWithTokens(context);
    const token = await opened.tokenOf('acme', 'submitter');
    const id = await post(opened, token, '1 / 0\n2\n');
    const own = (await listOperations()).filter(({ path, name }) => path.includes('{job_id}') && name !== 'deleteJob');
    for (const operation of own) {
      const response = await send(opened, operation, id, bearer(token));
      assert.ok([200, 201].includes(response.statusCode), `${operation.name}: ${response.body}`);
    }
    const repaired = await opened.app.inject({
      method: 'POST',
      url: `/api/jobs/${id}/repair`,
      headers: { ...bearer(token), 'content-type': 'application/x-ndjson' },
      body: '{"id": "1", "request": "1 + 0"}\n',
    });
    const url = `/api/jobs/${repaired.json<{ id: string }>().id}`;
    const shown = await opened.app.inject({ url, headers: bearer(token) });
    assert.equal(shown.json<{ tenant: string }>().tenant, 'acme', shown.body);
    const deleted = await opened.app.inject({ method: 'DELETE', url: `/api/jobs/${id}`, headers: bearer(token) });
    assert.equal(deleted.statusCode, 204);
  });
});

suite('a session of the page', () => {
  const origin = 'http://localhost:80';

  async function signIn(opened: Opened, role: Role, from = origin) {
    const response = await opened.app.inject({
      method: 'POST',
      url: '/api/session',
      headers: { ...bearer(await opened.tokenOf('acme', role)), origin: from },
    });
    assert.equal(response.statusCode, 200, response.body);
    const cookie = String(response.headers['set-cookie']);
    return { cookie, pair: cookie.split(';')[0] ?? '', body: response.json<Record<string, string>>() };
  }

  test('is a cookie that no script reads and no other site sends', async (context) => {
    const opened = await openWithTokens(context);
    const { cookie, pair, body } = await signIn(opened, 'submitter');
    assert.match(cookie, /^mathmill_session=mm_\w+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
    assert.deepEqual([body['authentication'], body['tenant'], body['role']], ['tokens', 'acme', 'submitter']);
    assert.equal(
      (await opened.app.inject({ url: '/api/jobs', headers: { cookie: `a=b; ${pair}; c=d` } })).statusCode,
      200,
    );
    const session = await opened.app.inject({ url: '/api/session', headers: { cookie: pair } });
    assert.equal(session.json<{ expires_at: string }>().expires_at, body['expires_at']);
  });

  test('is Secure where the page came over https', async (context) => {
    const opened = await openWithTokens(context);
    const { cookie } = await signIn(opened, 'reader', 'https://localhost');
    assert.match(cookie, /; Secure$/);
  });

  test('changes something only from the server’s own page', async (context) => {
    const opened = await openWithTokens(context, { allowedOrigins: ['https://reports.example.com'] });
    const { pair } = await signIn(opened, 'submitter');
    const submit = async (headers: object) => {
      const given = { cookie: pair, 'content-type': 'text/plain', ...headers };
      return (await opened.app.inject({ method: 'POST', url: '/api/jobs', headers: given, body: '1\n' })).statusCode;
    };
    assert.equal(await submit({ origin }), 201);
    for (const foreign of [
      {},
      { origin: 'null' },
      { origin: 'https://evil.example' },
      { origin: 'https://reports.example.com' },
    ]) {
      assert.equal(await submit(foreign), 403, JSON.stringify(foreign));
    }
  });

  test('is refused to a token that opens one after the other', async (context) => {
    const opened = await openWithTokens(context);
    const headers = bearer(await opened.tokenOf('acme', 'reader'));
    const statuses: number[] = [];
    for (let index = 0; index < 21; index += 1) {
      const response = await opened.app.inject({ method: 'POST', url: '/api/session', headers });
      statuses.push(response.statusCode);
      if (response.statusCode === 429) assert.equal(response.headers['retry-after'], '60');
    }
    // A minute may end in between.
    assert.ok(statuses.includes(429), statuses.join(' '));
    assert.ok(statuses.every((status) => status === 200 || status === 429));
  });

  test('ends by signing out', async (context) => {
    const opened = await openWithTokens(context);
    const { pair } = await signIn(opened, 'reader');
    const url = '/api/session';
    const ended = await opened.app.inject({ method: 'DELETE', url, headers: { cookie: pair, origin } });
    assert.equal(ended.statusCode, 204);
    assert.match(String(ended.headers['set-cookie']), /^mathmill_session=; Path=\/; Max-Age=0;/);
    const id = /mm_([^_]+)_/.exec(pair)?.[1] ?? '';
    assert.notEqual((await opened.store.readToken(id))?.revokedAt, undefined);
  });
});
