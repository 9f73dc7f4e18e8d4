/** A store that demands TLS and a login: the main job, each wrong setting with its message, and files that change. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MongoClient } from 'mongodb';
import { startApplications, type Applications } from '../../deploy/local-stack/applications.ts';
import { createAuthority, type Certificate } from '../../deploy/local-stack/certificates.ts';
import { startKafka } from '../../deploy/local-stack/kafka.ts';
import {
  createStoreSecurity,
  storeSecurityEnvironment,
  type StoreSecurity,
} from '../../deploy/local-stack/mongo-security.ts';
import { startMongoStandIn, type MongoStandIn } from '../../deploy/local-stack/mongo-stand-in.ts';
import { noopLogger, systemTime, type JobStore, type Logger } from '../../src/engine/index.ts';
import { createMongoStore, readSecurityFiles, type MongoSecurity } from '../../src/store/mongo/index.ts';
import { runMathmill } from '../cli/mathmill.ts';
import { testMainJob } from '../e2e/main-job.ts';
import { newJob } from '../store/mongo/samples.ts';
import { until } from '../bus/kafka/kafka-fixture.ts';

const root = resolve(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'mathmill-managed-mongo-'));
const running: { stop(): Promise<void> }[] = [];
let security: StoreSecurity;
let server: MongoStandIn;
let plainServer: MongoStandIn;
let applications: Applications;

async function startServer(name: string, choice?: StoreSecurity, isStandalone = false): Promise<MongoStandIn> {
  const standIn = await startMongoStandIn({ directory: join(directory, name), security: choice, isStandalone });
  running.push({ stop: () => standIn.kill() });
  return standIn;
}

before(async () => {
  security = await createStoreSecurity({ directory: join(directory, 'security'), isMutual: true });
  server = await startServer('store', security);
  plainServer = await startServer('plain', undefined, true);
  const kafka = await startKafka({ directory: join(directory, 'kafka'), brokers: 1 });
  running.push({ stop: () => kafka.kill() });
  await kafka.createTopics();
  applications = await startApplications({
    directory: join(directory, 'applications'),
    kafkaUri: kafka.bootstrap,
    mongodbUri: server.uri,
    clients: 1,
    servers: 1,
    environment: { ...storeSecurityEnvironment(security.connection), EVALUATOR_THREADS: '1' },
  });
  running.push(applications);
});
after(async () => {
  for (const part of running.toReversed()) await part.stop();
  rmSync(directory, { recursive: true, force: true });
});

testMainJob('on a store with TLS, a client certificate and a login', () => applications.clients[0]?.url ?? '');

it('is checked by the command with the same settings', async () => {
  const environment = { MONGODB_URI: server.uri, ...storeSecurityEnvironment(security.connection) };
  const { code, stdout, stderr } = await runMathmill(['check'], { environment });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\d+ jobs: \d+ complete, .*none incomplete\n$/);
});

/** A store, with a part of the connection replaced. */
function newStore(changes: Partial<MongoSecurity> = {}, uri = server.uri, logger: Logger = noopLogger): JobStore {
  const options = { uri, security: { ...security.connection, ...changes } };
  return createMongoStore({ time: systemTime, logger }, options);
}

/** The message of a start that fails, within the time that a wrong setting may take to be named. */
async function failStart(store: JobStore): Promise<string> {
  const startedAt = performance.now();
  const failure = await store.start().then(
    () => assert.fail('it started'),
    (error: unknown) => error as Error,
  );
  assert.ok(performance.now() - startedAt < 15_000, 'named within 15 s');
  assert.ok(!failure.message.includes('\n'), 'one line');
  assertNoSecret(failure.message);
  return failure.message;
}

function assertNoSecret(text: string): void {
  for (const secret of [security.user.password, 'not the password', 'PRIVATE KEY']) {
    assert.ok(!text.includes(secret), `a message contains a secret: ${text}`);
  }
}

function writeSecret(name: string, content: string): string {
  const file = join(directory, name);
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

const tlsFiles = (changes: object) => ({ tls: { ...noTlsFiles, ...security.connection.tls, ...changes } });
const noTlsFiles = { caFile: undefined, certificateFile: undefined, keyFile: undefined };

// They mostly wait.
describe('a wrong setting is named, with what to do', { concurrency: true }, () => {
  it('a wrong password', async () => {
    const login = { username: security.user.name, passwordFile: writeSecret('wrong.password', 'not the password\n') };
    assert.match(await failStart(newStore({ login })), /rejected the credentials; check the user, the password/);
  });

  it('no login where the server demands one', async () => {
    const message = await failStart(newStore({ login: undefined }));
    assert.match(message, /demands a login: set MONGODB_USERNAME and MONGODB_PASSWORD_FILE/);
  });

  it('an authority that did not sign the certificate of the server', async () => {
    const { caFile } = await createAuthority(join(directory, 'other-authority'));
    for (const wrong of [caFile, undefined]) {
      const message = await failStart(newStore(tlsFiles({ caFile: wrong })));
      assert.match(message, /^cannot use MongoDB at 127\.0\.0\.1:\d+: .*unknown authority: set MONGODB_TLS_CA_FILE/);
    }
  });

  it('no certificate where the server demands one', async () => {
    const message = await failStart(newStore(tlsFiles({ certificateFile: undefined, keyFile: undefined })));
    assert.match(message, /rejects the certificate of this process: set MONGODB_TLS_CERT_FILE/);
  });

  it('no TLS where the server expects it', async () => {
    assert.match(await failStart(newStore({ tls: undefined })), /may expect TLS at this port \(set tls=true/);
  });

  it('TLS where the server does not use it', async () => {
    const message = await failStart(newStore({}, plainServer.directUri));
    assert.match(message, /may not use TLS at this port \(then remove the MONGODB_TLS_… settings/);
  });

  it('a host name that the certificate does not contain', async () => {
    const relay = createServer((socket) => {
      const target = connect(server.port, '127.0.0.1');
      target.on('error', () => socket.destroy());
      socket.on('error', () => target.destroy());
      socket.pipe(target).pipe(socket);
    });
    relay.listen(0, '127.0.0.2');
    await once(relay, 'listening');
    const { port } = relay.address() as AddressInfo;
    const uri = server.uri.replace(`127.0.0.1:${server.port}`, `127.0.0.2:${port}`);
    assert.match(
      await failStart(newStore({}, uri)),
      /certificate of the MongoDB server does not contain its host name/,
    );
    relay.close();
  });

  it('files that are missing, or hold something else', async () => {
    const text = writeSecret('none.pem', 'none');
    const { caFile, keyFile } = { keyFile: undefined, ...security.connection.tls };
    const other = await security.authority.issue('another');
    const cases: readonly (readonly [Partial<MongoSecurity>, RegExp])[] = [
      [tlsFiles({ caFile: '/no/such.pem' }), /^MONGODB_TLS_CA_FILE: cannot read \/no\/such\.pem \(no such file\)$/],
      [tlsFiles({ caFile: directory }), /^MONGODB_TLS_CA_FILE: cannot read \S+ \(EISDIR\)$/],
      [tlsFiles({ caFile: text }), /^MONGODB_TLS_CA_FILE: \S+none\.pem is not a readable PEM file/],
      [tlsFiles({ certificateFile: keyFile }), /^MONGODB_TLS_CERT_FILE: \S+\.key is not a readable PEM file/],
      [tlsFiles({ keyFile: caFile }), /^MONGODB_TLS_KEY_FILE: \S+ca\.pem is not a readable PEM file/],
      [tlsFiles({ keyFile: other.keyFile }), /^MONGODB_TLS_KEY_FILE: \S+ does not hold the key of the certificate in/],
      [
        { login: { username: 'ada', passwordFile: '/no/such' } },
        /^MONGODB_PASSWORD_FILE: cannot read \/no\/such \(no such file\)$/,
      ],
      [
        { login: { username: 'ada', passwordFile: writeSecret('empty', '\n') } },
        /^MONGODB_PASSWORD_FILE: \S+ is empty$/,
      ],
    ];
    for (const [changes, sentence] of cases) assert.match(await failStart(newStore(changes)), sentence);
  });

  it('a standalone server, which is no replica set', async () => {
    const message = await failStart(newStore({ tls: undefined, login: undefined }, plainServer.directUri));
    assert.match(message, /^MongoDB at 127\.0\.0\.1:\d+ is a standalone server, and Mathmill needs a replica set/);
  });
});

describe('a wrong setting ends a process', () => {
  it('the application, with exit code 2 and nothing else', async () => {
    const passwordFile = writeSecret('application.password', 'not the password\n');
    const environment = {
      MONGODB_URI: server.uri,
      ...storeSecurityEnvironment(security.connection),
      MONGODB_PASSWORD_FILE: passwordFile,
    };
    const { code, stderr } = await runApplication(environment);
    assert.equal(code, 2);
    assert.match(stderr, /^client-application: MongoDB rejected the credentials; [^\n]*\n$/);
    const noFile = await runApplication({ ...environment, MONGODB_TLS_CA_FILE: '/no/such.pem' });
    assert.equal(noFile.code, 2);
    assert.match(noFile.stderr, /^client-application: MONGODB_TLS_CA_FILE: cannot read [^\n]*\n$/);
  });

  it('the command, with exit code 2', async () => {
    const environment = {
      MONGODB_URI: server.uri,
      ...storeSecurityEnvironment(security.connection),
      MONGODB_TLS_KEY_FILE: '',
    };
    const { code, stderr } = await runMathmill(['check'], { environment });
    assert.equal(code, 2);
    assert.equal(stderr, 'mathmill: MONGODB_TLS_CERT_FILE and MONGODB_TLS_KEY_FILE must be given together\n');
  });
});

async function runApplication(environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, ['src/client-application.ts'], {
    cwd: root,
    env: { PATH: process.env['PATH'], HTTP_PORT: '0', LOG_LEVEL: 'fatal', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  await once(child, 'close');
  assertNoSecret(`${output}${stderr}`);
  return { code: child.exitCode, stderr };
}

describe('files that change while a store is used', () => {
  const said: string[] = [];
  const note = (fields: object, message: string): void => void said.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  const job = newJob();
  let own: StoreSecurity;
  let ownServer: MongoStandIn;
  let store: JobStore;

  before(async () => {
    own = await createStoreSecurity({ directory: join(directory, 'own-security') });
    ownServer = await startServer('own', own);
    const options = { uri: ownServer.uri, security: own.connection, deadlineMs: 60_000 };
    store = createMongoStore({ time: systemTime, logger }, options);
    await store.start();
    await store.createJob(job);
  });
  after(() => store.stop());

  const hasSaid = (sentence: string) => until(async () => said.some((line) => line.includes(sentence)));
  const reasonNow = () => store.checkHealth().then(() => '', String);
  const renewed = 'connected to MongoDB with changed certificate or password files';

  /** Breaks all connections, so that only what the files say now can bring them back. */
  async function restart(): Promise<void> {
    await ownServer.stop();
    await ownServer.start();
  }

  async function setPassword(pwd: string, files = readSecurityFiles(own.connection)): Promise<void> {
    const client = new MongoClient(ownServer.uri, files);
    await client.db('admin').command({ updateUser: own.user.name, pwd });
    await client.close();
  }

  function serveWith({ certificateFile, keyFile }: Certificate): void {
    copyFileSync(certificateFile, own.certificate.certificateFile);
    copyFileSync(keyFile, own.certificate.keyFile);
  }

  it('works on with the old password until the server takes the new one, and then with that', async () => {
    const files = readSecurityFiles(own.connection);
    writeFileSync(own.user.passwordFile, 'a new password\n');
    await hasSaid('changed certificate or password files cannot be used yet');
    assert.ok(!said.some((line) => line.includes(renewed)), 'what has not changed is left alone');
    assert.equal((await store.readJob(job.id))?.id, job.id);
    await setPassword('a new password', files);
    await hasSaid(renewed);
    await restart();
    assert.equal((await store.readJob(job.id))?.id, job.id);
  });

  it('waits for the file when the server has the next password already', async () => {
    said.length = 0;
    await setPassword('the next password');
    // More than there are connections, so that some have to log in.
    const reads = Array.from({ length: 50 }, () => store.readJob(job.id));
    await hasSaid('a database call failed; retrying');
    writeFileSync(own.user.passwordFile, 'the next password\n');
    for (const read of reads) assert.equal((await read)?.id, job.id);
  });

  it('says so when the certificate of the server has ended, and goes on with one of a new authority', async () => {
    const past = { from: new Date('2026-01-01T00:00:00Z'), until: new Date('2026-02-01T00:00:00Z') };
    await ownServer.stop();
    serveWith(await own.authority.issue('expired', past));
    // A server that nobody can reach does not get ready.
    const starting = ownServer.start().catch(() => undefined);
    await until(async () => (await reasonNow()).includes('certificate of the MongoDB server is expired'));
    await ownServer.kill();
    await starting;
    said.length = 0;
    const next = await createAuthority(join(directory, 'next-authority'));
    serveWith(await next.issue('mongo'));
    copyFileSync(next.caFile, own.authority.caFile);
    await ownServer.start();
    await hasSaid(renewed);
    await store.checkHealth();
    assert.equal((await store.readJob(job.id))?.id, job.id);
    for (const secret of [own.user.password, 'a new password', 'the next password'])
      assert.ok(!said.join('\n').includes(secret));
  });
});
