/** Brokers that demand TLS and a login: each mechanism, each wrong setting, and secrets that change while messages flow. */
import assert from 'node:assert/strict';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import {
  AclOperations,
  AclPermissionTypes,
  Admin,
  alterUserScramCredentialsV0,
  Connection,
  ResourcePatternTypes,
  ResourceTypes,
} from '@platformatic/kafka';
import { startKafka, type Kafka } from '../../../deploy/local-stack/kafka.ts';
import {
  createBrokerSecurity,
  writeKeyStore,
  type BrokerSecurity,
} from '../../../deploy/local-stack/kafka-security.ts';
import {
  createKafkaBus,
  createSecurityOptions,
  defaultKafkaNames,
  passwordMechanisms,
  prefixNames,
  createTopics,
  type KafkaBus,
  type KafkaSecurity,
} from '../../../src/bus/kafka/index.ts';
import type { Logger } from '../../../src/engine/index.ts';
import { collectLines, request, response } from './messages.ts';
import { startTokenServer, type TokenServer } from './token-server.ts';
import { until } from './kafka-fixture.ts';

const directory = mkdtempSync(join(tmpdir(), 'mathmill-security-'));
const clientSecret = 'the secret of a client';
const tokenSeconds = 8;
let tokens: TokenServer;
let security: BrokerSecurity;
let kafka: Kafka;
let buses: KafkaBus[] = [];
/** All log entries of the buses, and every message of a failure. */
const said: string[] = [];
const note = (fields: object, message: string): void => void said.push(`${message} ${JSON.stringify(fields)}`);
const logger: Logger = { debug: note, info: note, warn: note, error: note };

before(async () => {
  tokens = await startTokenServer({ clientId: 'mathmill', clientSecret, lifeSeconds: tokenSeconds });
  security = await createBrokerSecurity({
    directory: join(directory, 'security'),
    tokenIssuer: tokens.issuer,
    hasAcls: true,
  });
  kafka = await startKafka({ directory: join(directory, 'kafka'), brokers: 1, security });
  await kafka.createTopics();
  await grantSmallestRights();
});
after(async () => {
  await (kafka as Kafka | undefined)?.stop();
  await tokens.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function stopBuses(): Promise<void> {
  await Promise.all(buses.map((bus) => bus.stop()));
  buses = [];
}

function newBus(
  connection: KafkaSecurity,
  options: { readonly names?: typeof defaultKafkaNames; readonly address?: string } = {},
): KafkaBus {
  const { names = defaultKafkaNames, address = kafka.bootstrap } = options;
  const bus = createKafkaBus(
    { logger },
    { bootstrapBrokers: address.split(','), instanceId: 'test', names, security: connection },
  );
  buses.push(bus);
  return bus;
}

const login = (mechanism: (typeof passwordMechanisms)[number]) => security.connect(security.users.mathmill, mechanism);

function tokenLogin(secret = clientSecret): KafkaSecurity {
  const { tls } = security.connect(security.users.mathmill);
  return {
    tls,
    login: {
      mechanism: 'OAUTHBEARER',
      tokenEndpoint: tokens.tokenEndpoint,
      clientId: 'mathmill',
      clientSecret: { text: secret },
      scope: undefined,
      extensions: {},
    },
  };
}

/** Grants the rights that docs/managed-kafka.md requires. */
async function grantSmallestRights(): Promise<void> {
  const { requestTopic, responseTopic, deadLetterTopic, requestGroup, responseGroup } = defaultKafkaNames;
  const { DESCRIBE, READ, WRITE, DESCRIBE_CONFIGS } = AclOperations;
  const rights = [
    ...[requestTopic, responseTopic].flatMap((name) =>
      [DESCRIBE, READ, WRITE, DESCRIBE_CONFIGS].map((operation) => [ResourceTypes.TOPIC, name, operation] as const),
    ),
    ...[DESCRIBE, WRITE, DESCRIBE_CONFIGS].map(
      (operation) => [ResourceTypes.TOPIC, deadLetterTopic, operation] as const,
    ),
    ...[requestGroup, responseGroup].map((name) => [ResourceTypes.GROUP, name, READ] as const),
  ];
  await withAdmin((admin) =>
    admin.createAcls({
      creations: rights.map(([resourceType, resourceName, operation]) => ({
        resourceType,
        resourceName,
        resourcePatternType: ResourcePatternTypes.LITERAL,
        principal: 'User:mathmill',
        host: '*',
        operation,
        permissionType: AclPermissionTypes.ALLOW,
      })),
    }),
  );
}

async function withAdmin(use: (admin: Admin) => Promise<void>): Promise<void> {
  const options = createSecurityOptions(security.connect(security.users.admin));
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: kafka.bootstrap.split(','), ...options });
  try {
    await use(admin);
  } finally {
    await admin.close();
  }
}

/** One request there and its response back, over one bus. */
async function roundTrip(bus: KafkaBus, line: number): Promise<void> {
  const answered = collectLines(line);
  const seen = Promise.withResolvers<void>();
  const subscriptions = [
    bus.consumeRequests(async ({ firstLine }) => bus.sendResponses([response(firstLine)]), 1),
    bus.consumeResponses(async (message) => {
      answered.take(message);
      if (message.firstLine === line) seen.resolve();
    }, 1),
  ];
  await bus.sendRequests([request(line)]);
  await seen.promise;
  for (const subscription of subscriptions) await subscription.stop();
}

describe('a login', () => {
  afterEach(stopBuses);

  for (const mechanism of passwordMechanisms) {
    it(`by ${mechanism} over TLS, with no more rights than the documentation names`, async () => {
      const bus = newBus(login(mechanism));
      await bus.start();
      await roundTrip(bus, 1);
      await bus.checkHealth();
    });
  }

  it('by OAUTHBEARER, with tokens that are renewed before they end', async () => {
    const bus = newBus(tokenLogin());
    await bus.start();
    const endsAt = Date.now() + 1.5 * tokenSeconds * 1_000;
    for (let line = 1; Date.now() < endsAt; line += 1) await roundTrip(bus, line);
    await bus.checkHealth();
    assert.ok(tokens.count() >= 2, `${tokens.count()} tokens`);
  });
});

/** Rejects within the time that a wrong setting may take to be named. */
async function failStart(bus: KafkaBus): Promise<string> {
  const startedAt = performance.now();
  const failure = await bus.start().then(
    () => assert.fail('it started'),
    (error: unknown) => error as Error,
  );
  assert.ok(performance.now() - startedAt < 15_000, 'named within 15 s');
  said.push(failure.message);
  return failure.message;
}

// The cases mostly wait.
describe('a wrong setting is named, with what to do', { concurrency: true }, () => {
  after(stopBuses);

  const wrongPassword = (mechanism: (typeof passwordMechanisms)[number]): KafkaSecurity => ({
    tls: login(mechanism).tls,
    login: { mechanism, username: 'mathmill', password: { text: 'not the password' } },
  });

  for (const mechanism of passwordMechanisms) {
    it(`a wrong password (${mechanism})`, async () => {
      assert.match(await failStart(newBus(wrongPassword(mechanism))), /rejects the login: check KAFKA_SASL_USERNAME/);
    });
  }

  it('a wrong secret of a client', async () => {
    const message = await failStart(newBus(tokenLogin('not the secret')));
    assert.match(message, /check KAFKA_SASL_TOKEN_ENDPOINT, .*401 \(invalid_client\)/);
  });

  it('an authority that did not sign the certificate of the broker', async () => {
    const { tls: _tls, ...rest } = login('PLAIN');
    const message = await failStart(
      newBus({ ...rest, tls: { caFile: undefined, certificateFile: undefined, keyFile: undefined } }),
    );
    assert.match(message, /unknown authority: set KAFKA_TLS_CA_FILE/);
  });

  it('no TLS where the broker expects it', async () => {
    assert.match(
      await failStart(newBus({ ...login('PLAIN'), tls: undefined })),
      /expect TLS at this port \(KAFKA_TLS=true\)/,
    );
  });

  it('a host name that the certificate does not contain', async () => {
    const [, port] = kafka.bootstrap.split(':');
    const relay = createServer((socket) => {
      const broker = connect(Number(port), '127.0.0.1');
      broker.on('error', () => socket.destroy());
      socket.on('error', () => broker.destroy());
      socket.pipe(broker).pipe(socket);
    });
    relay.listen(0, '127.0.0.2');
    await once(relay, 'listening');
    const address = `127.0.0.2:${(relay.address() as AddressInfo).port}`;
    const message = await failStart(newBus(login('PLAIN'), { address }));
    assert.match(message, /certificate does not contain its host name/);
    relay.close();
  });

  it('no login where the broker demands one', async () => {
    assert.match(await failStart(newBus({ ...login('PLAIN'), login: undefined })), /a login \(KAFKA_SASL_MECHANISM\)/);
  });

  it('a topic on which the user has no right', async () => {
    const names = prefixNames(defaultKafkaNames, 'other.', 'other.');
    const access = { bootstrapBrokers: kafka.bootstrap.split(','), names, partitions: 1 };
    await createTopics({ ...access, security: createSecurityOptions(security.connect(security.users.admin)) });
    const message = await failStart(newBus(login('PLAIN'), { names }));
    assert.match(message, /lacks a right on the topic.*topic other\.application\.operation\.request/);
  });

  it('a consumer group on which the user has no right', async () => {
    const names = { ...defaultKafkaNames, requestGroup: 'other-group' };
    const bus = newBus(login('PLAIN'), { names });
    await bus.start();
    bus.consumeRequests(async () => undefined, 1);
    await until(async () => {
      const reason = await bus.checkHealth().then(() => '', String);
      return /group other-group .*lacks a right on the consumer group: grant READ/.test(reason);
    });
  });

  it('files that are missing, or hold no certificate', () => {
    const noFiles = { certificateFile: undefined, keyFile: undefined };
    const withCa = (caFile: string): KafkaSecurity => ({ ...login('PLAIN'), tls: { ...noFiles, caFile } });
    assert.throws(() => newBus(withCa('/no/such.pem')), /KAFKA_TLS_CA_FILE: .*\/no\/such\.pem.*no such file/);
    const file = join(directory, 'none.pem');
    writeFileSync(file, 'none');
    assert.throws(() => newBus(withCa(file)), /KAFKA_TLS_CA_FILE: .*none\.pem is not a readable PEM file/);
  });
});

describe('secrets that change while messages flow', () => {
  afterEach(stopBuses);

  it('takes a new password from its file, when brokers come back that know no other', async () => {
    const bus = newBus(login('SCRAM-SHA-512'));
    await bus.start();
    await roundTrip(bus, 1);
    const { mathmill } = security.users;
    await alterPassword(mathmill.name, 'a new password');
    writeFileSync(mathmill.passwordFile, 'a new password\n');
    await kafka.stop();
    await kafka.start();
    await roundTrip(bus, 2);
    await bus.checkHealth();
  });

  it('says so when the certificate of the brokers has ended, and goes on with the next one', async () => {
    const bus = newBus(login('SCRAM-SHA-256'));
    await bus.start();
    await roundTrip(bus, 1);
    const past = { from: new Date('2026-01-01T00:00:00Z'), until: new Date('2026-02-01T00:00:00Z') };
    await kafka.stop();
    await writeKeyStore(security.clientKeyStoreFile, await security.authority.issue('expired', past));
    // A broker that no client can reach does not become ready.
    const starting = kafka.start().catch(() => undefined);
    await until(async () => /certificate is expired/.test(await bus.checkHealth().then(() => '', String)));
    await kafka.kill();
    await starting;
    await writeKeyStore(security.clientKeyStoreFile, await security.authority.issue('broker'));
    await kafka.start();
    await roundTrip(bus, 2);
    await bus.checkHealth();
  });
});

async function alterPassword(name: string, password: string): Promise<void> {
  const [host = '', port = ''] = (kafka.bootstrap.split(',')[0] ?? '').split(':');
  const connection = new Connection('test', createSecurityOptions(security.connect(security.users.admin)));
  await connection.connect(host, Number(port));
  const iterations = 4_096;
  const changes = [
    { mechanism: 1, digest: 'sha256', bytes: 32 },
    { mechanism: 2, digest: 'sha512', bytes: 64 },
  ].map(({ mechanism, digest, bytes }) => {
    const salt = randomBytes(16);
    return { name, mechanism, iterations, salt, saltedPassword: pbkdf2Sync(password, salt, iterations, bytes, digest) };
  });
  // Brokers reject a request that names a user twice.
  for (const change of changes) await alterUserScramCredentialsV0.api.async(connection, [], [change]);
  await connection.close();
}

it('names no secret anywhere', () => {
  const secrets = [
    clientSecret,
    'not the password',
    'not the secret',
    'a new password',
    ...Object.values(security.users).map(({ password }) => password),
  ];
  assert.ok(said.length > 10);
  for (const secret of secrets) assert.ok(said.every((text) => !text.includes(secret)));
});
