import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kafkaNamesOf, kafkaSecurityOf } from '../src/bus/kafka/index.ts';
import { readServerApplicationConfig, type Environment, type ServerApplicationConfig } from '../src/config.ts';

function read(environment: Environment): ServerApplicationConfig {
  const reading = readServerApplicationConfig(environment);
  if (reading.kind === 'invalid') assert.fail(reading.problems.join('\n'));
  return reading.config;
}

function problemsOf(environment: Environment): string[] {
  const reading = readServerApplicationConfig(environment);
  return reading.kind === 'invalid' ? reading.problems : [];
}

const password = { KAFKA_SASL_USERNAME: 'ada', KAFKA_SASL_PASSWORD: 'secret' };

describe('the settings of the connection to Kafka', () => {
  it('are none by default', () => {
    const config = read({});
    assert.deepEqual(kafkaSecurityOf(config), { tls: undefined, login: undefined });
    assert.equal(kafkaNamesOf(config).requestTopic, 'application.operation.request');
  });

  it('take TLS with files', () => {
    const files = { KAFKA_TLS_CA_FILE: 'ca', KAFKA_TLS_CERT_FILE: 'cert', KAFKA_TLS_KEY_FILE: 'key' };
    const { tls } = kafkaSecurityOf(read({ KAFKA_TLS: 'true', ...files }));
    assert.deepEqual(tls, { caFile: 'ca', certificateFile: 'cert', keyFile: 'key' });
  });

  it('take a password, or the file of one', () => {
    const given = kafkaSecurityOf(read({ KAFKA_SASL_MECHANISM: 'plain', ...password }));
    assert.deepEqual(given.login, { mechanism: 'PLAIN', username: 'ada', password: { text: 'secret' } });
    const environment = { KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512', KAFKA_SASL_USERNAME: 'ada' };
    const inFile = kafkaSecurityOf(read({ ...environment, KAFKA_SASL_PASSWORD_FILE: '/run/password' }));
    assert.deepEqual(inFile.login, {
      mechanism: 'SCRAM-SHA-512',
      username: 'ada',
      password: { file: '/run/password' },
    });
  });

  it('take client credentials', () => {
    const { login } = kafkaSecurityOf(
      read({
        ...password,
        KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
        KAFKA_SASL_TOKEN_ENDPOINT: 'https://issuer.example/token',
        KAFKA_SASL_SCOPE: 'kafka',
        KAFKA_SASL_EXTENSIONS: 'logicalCluster=lkc-1,identityPoolId=pool-1',
      }),
    );
    assert.deepEqual(login, {
      mechanism: 'OAUTHBEARER',
      tokenEndpoint: 'https://issuer.example/token',
      clientId: 'ada',
      clientSecret: { text: 'secret' },
      scope: 'kafka',
      extensions: { logicalCluster: 'lkc-1', identityPoolId: 'pool-1' },
    });
  });

  it('give all topics and groups a prefix', () => {
    assert.deepEqual(kafkaNamesOf(read({ KAFKA_TOPIC_PREFIX: 'team-a.', KAFKA_GROUP_PREFIX: 'a-' })), {
      requestTopic: 'team-a.application.operation.request',
      responseTopic: 'team-a.application.operation.response',
      deadLetterTopic: 'team-a.application.operation.dead-letter',
      requestGroup: 'a-operation-request-group',
      responseGroup: 'a-operation-response-group',
    });
    assert.match(problemsOf({ KAFKA_TOPIC_PREFIX: 'team a' })[0] ?? '', /^KAFKA_TOPIC_PREFIX must be letters/);
  });

  const mechanism = { KAFKA_SASL_MECHANISM: 'PLAIN' };
  const faulty: readonly (readonly [Environment, RegExp])[] = [
    [{ KAFKA_TLS_CA_FILE: 'ca' }, /^KAFKA_TLS must be true/],
    [{ KAFKA_TLS: 'true', KAFKA_TLS_CERT_FILE: 'cert' }, /^KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE/],
    [{ KAFKA_SASL_MECHANISM: 'GSSAPI' }, /^KAFKA_SASL_MECHANISM must be one of PLAIN, SCRAM/],
    [password, /^KAFKA_SASL_MECHANISM must be given/],
    [{ ...mechanism, KAFKA_SASL_PASSWORD: 'secret' }, /^KAFKA_SASL_USERNAME must be given with PLAIN/],
    [{ ...mechanism, KAFKA_SASL_USERNAME: 'ada' }, /^KAFKA_SASL_PASSWORD_FILE or KAFKA_SASL_PASSWORD must be given/],
    [{ ...mechanism, ...password, KAFKA_SASL_PASSWORD_FILE: 'file' }, /^Only one of KAFKA_SASL_PASSWORD and/],
    [{ ...password, KAFKA_SASL_MECHANISM: 'OAUTHBEARER' }, /^KAFKA_SASL_TOKEN_ENDPOINT must be given/],
  ];
  for (const [environment, problem] of faulty) {
    it(`reject ${JSON.stringify(environment)} without repeating a secret`, () => {
      const problems = problemsOf(environment);
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', problem);
      assert.doesNotMatch(problems[0] ?? '', /secret/);
    });
  }
});
