import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readClientApplicationConfig, readMigrationConfig } from '../src/config.ts';
import { mongoSecurityOf } from '../src/store/mongo/index.ts';

type Settings = Readonly<Record<string, string>>;

function problemsOf(environment: Settings): readonly string[] {
  const [ofApplication, ofCommands] = [readClientApplicationConfig(environment), readMigrationConfig(environment)].map(
    (reading) => (reading.kind === 'ok' ? [] : reading.problems),
  );
  assert.deepEqual(ofApplication, ofCommands);
  return ofApplication ?? [];
}

const tls = { MONGODB_TLS_CA_FILE: '/ca.pem' };
const certificate = { MONGODB_TLS_CERT_FILE: '/client.pem', MONGODB_TLS_KEY_FILE: '/client.key' };
const login = { MONGODB_USERNAME: 'mathmill', MONGODB_PASSWORD_FILE: '/password' };

describe('the settings of MongoDB', () => {
  const valid: Record<string, Settings> = {
    nothing: {},
    'TLS by the connection string': { MONGODB_URI: 'mongodb://db/x?tls=true' },
    'an authority': tls,
    'an authority, and TLS by the connection string too': { ...tls, MONGODB_URI: 'mongodb://db/x?tls=true' },
    'a certificate for a login': { ...certificate, MONGODB_URI: 'mongodb://db/x?authMechanism=MONGODB-X509' },
    'a login': login,
    'all of it, with Atlas': { ...tls, ...certificate, ...login, MONGODB_URI: 'mongodb+srv://cluster.example.net/x' },
  };
  for (const [name, environment] of Object.entries(valid)) {
    it(`may be ${name}`, () => assert.deepEqual(problemsOf(environment), []));
  }

  const invalid: Record<string, readonly [Settings, RegExp]> = {
    'a certificate without its key': [
      { MONGODB_TLS_CERT_FILE: '/client.pem' },
      /^MONGODB_TLS_CERT_FILE and MONGODB_TLS_KEY_FILE must be given together$/,
    ],
    'a key without its certificate': [
      { MONGODB_TLS_KEY_FILE: '/client.key' },
      /^MONGODB_TLS_CERT_FILE and MONGODB_TLS_KEY_FILE must be given together$/,
    ],
    'an authority where TLS is off': [
      { ...tls, MONGODB_URI: 'mongodb://db/x?ssl=false' },
      /^MONGODB_URI must not turn TLS off/,
    ],
    'two authorities': [
      { ...tls, MONGODB_URI: 'mongodb://db/x?tlsCAFile=/other.pem' },
      /^MONGODB_URI must not contain tlsCAFile where/,
    ],
    'a user without a password': [
      { MONGODB_USERNAME: 'ada' },
      /^MONGODB_USERNAME and MONGODB_PASSWORD_FILE must be given together$/,
    ],
    'a password without a user': [
      { MONGODB_PASSWORD_FILE: '/password' },
      /^MONGODB_USERNAME and MONGODB_PASSWORD_FILE must be given together$/,
    ],
    'two logins': [
      { ...login, MONGODB_URI: 'mongodb://ada:geheim@db/x' },
      /^MONGODB_URI contains a login, and MONGODB_USERNAME or MONGODB_PASSWORD_FILE another one: remove one of the two$/,
    ],
    'a password where the certificate is the login': [
      { ...login, ...certificate, MONGODB_URI: 'mongodb://db/x?authmechanism=MONGODB-X509' },
      /^MONGODB_USERNAME and MONGODB_PASSWORD_FILE must not be given with authMechanism=MONGODB-X509/,
    ],
  };
  for (const [name, [environment, sentence]] of Object.entries(invalid)) {
    it(`may not be ${name}`, () => {
      const problems = problemsOf(environment);
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', sentence);
      assert.doesNotMatch(problems[0] ?? '', /geheim/);
    });
  }

  it('become what the store takes', () => {
    const reading = readClientApplicationConfig({ ...tls, ...certificate, ...login });
    assert.ok(reading.kind === 'ok');
    assert.deepEqual(mongoSecurityOf(reading.config), {
      tls: { caFile: '/ca.pem', certificateFile: '/client.pem', keyFile: '/client.key' },
      login: { username: 'mathmill', passwordFile: '/password' },
    });
    const none = readClientApplicationConfig({});
    assert.ok(none.kind === 'ok');
    assert.deepEqual(mongoSecurityOf(none.config), { tls: undefined, login: undefined });
  });
});
