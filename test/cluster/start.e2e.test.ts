/** Applications that cannot start say why; nothing else has to run for these. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';

const root = resolve(import.meta.dirname, '../..');
/** Nobody listens there. */
const nowhere = '127.0.0.1:9';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  application: 'client-application' | 'server-application',
  environment: Readonly<Record<string, string>>,
  onOutput: (text: string, kill: () => void) => void = () => undefined,
): Promise<Ended> {
  const child = spawn(process.execPath, [`src/${application}.ts`], {
    cwd: root,
    env: { PATH: process.env['PATH'], HTTP_PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString();
    onOutput(stdout, () => child.kill('SIGTERM'));
  });
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString();
  });
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

describe('an application that cannot start', () => {
  it('lists all settings that are wrong, and repeats no password', async () => {
    const environment = { KAFKA_URI: 'kafka', MONGODB_URI: 'mongo://ada:secret@db', CONSUMER_CONCURRENCY: '0' };
    const { code, stderr } = await run('client-application', environment);
    assert.equal(code, 2);
    assert.match(stderr, /^client-application: invalid settings\n/);
    for (const name of Object.keys(environment)) assert.match(stderr, new RegExp(`^  ${name} must be `, 'm'));
    assert.doesNotMatch(stderr, /secret/);
  });

  it('says that the store is out of reach', async () => {
    const { code, stderr } = await run('client-application', { MONGODB_URI: `mongodb://ada:secret@${nowhere}/mill` });
    assert.equal(code, 2);
    assert.match(stderr, /^client-application: no MongoDB primary can be reached at 127\.0\.0\.1:9; .*MONGODB_URI/);
    assert.doesNotMatch(stderr, /secret/);
  });

  it('waits for Kafka, and ends at once when it is told to', async () => {
    const { code, stdout, stderr } = await run('server-application', { KAFKA_URI: nowhere }, (text, kill) => {
      if (text.includes('Kafka or its topics are not available yet')) kill();
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /"brokers":"127\.0\.0\.1:9"/);
  });
});
