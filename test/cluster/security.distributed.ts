/** The cluster on brokers that demand TLS and a login, with another mechanism for each pair of applications. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { startApplications, type Applications } from '../../deploy/local-stack/applications.ts';
import { createBrokerSecurity, securityEnvironment } from '../../deploy/local-stack/kafka-security.ts';
import { startKafka } from '../../deploy/local-stack/kafka.ts';
import { startMongoStandIn } from '../../deploy/local-stack/mongo-stand-in.ts';
import { saslMechanisms, type KafkaSecurity } from '../../src/bus/kafka/index.ts';
import { startTokenServer } from '../bus/kafka/token-server.ts';
import { testMainJob } from '../e2e/main-job.ts';

const directory = mkdtempSync(join(tmpdir(), 'mathmill-secure-'));
const clientSecret = 'the secret of a client';
const running: { stop(): Promise<void> }[] = [];
const pairs = new Map<string, Applications>();

before(async () => {
  const tokens = await startTokenServer({ clientId: 'mathmill', clientSecret, lifeSeconds: 60 });
  running.push(tokens);
  const folder = join(directory, 'security');
  const security = await createBrokerSecurity({ directory: folder, tokenIssuer: tokens.issuer, isMutual: true });
  const [kafka, store] = await Promise.all([
    startKafka({ directory: join(directory, 'kafka'), brokers: 3, security }),
    startMongoStandIn({ directory: join(directory, 'store') }),
  ]);
  running.push({ stop: () => kafka.kill() }, { stop: () => store.kill() });
  await kafka.createTopics();
  const tokenLogin: KafkaSecurity['login'] = {
    mechanism: 'OAUTHBEARER',
    tokenEndpoint: tokens.tokenEndpoint,
    clientId: 'mathmill',
    clientSecret: { text: clientSecret },
    scope: undefined,
    extensions: {},
  };
  for (const mechanism of saslMechanisms) {
    const isToken = mechanism === 'OAUTHBEARER';
    const { tls, login } = security.connect(security.users.mathmill, isToken ? undefined : mechanism);
    const pair = await startApplications({
      directory: join(directory, mechanism),
      kafkaUri: kafka.bootstrap,
      mongodbUri: store.uri,
      clients: 1,
      servers: 1,
      environment: {
        ...securityEnvironment({ tls, login: isToken ? tokenLogin : login }),
        INSTANCE_ID: mechanism,
        EVALUATOR_THREADS: '1',
      },
    });
    running.push(pair);
    pairs.set(mechanism, pair);
  }
  assert.equal(pairs.size, saslMechanisms.length);
});
after(async () => {
  for (const part of running.toReversed()) await part.stop();
  rmSync(directory, { recursive: true, force: true });
});

for (const mechanism of saslMechanisms) {
  testMainJob(`through ${mechanism}`, () => pairs.get(mechanism)?.clients[0]?.url ?? '');
}
