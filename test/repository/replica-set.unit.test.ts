/** The replica set that CI starts: its parts fit together, and it is removed whatever the tests end with. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createContext, Script } from 'node:vm';
import { parse } from 'yaml';

import { Workshop } from '../deploy/run-script.ts';
import { readText } from './files.ts';

const folder = '.github/replica-set';
const initiate = new Script(readText(`${folder}/initiate.js`));
const ports = ['37017', '37018', '37019'];

interface Service {
  image: string;
  command: string | string[];
  network_mode: string;
  environment: Record<string, string>;
}

function services(path: string): Record<string, Service> {
  return (parse(readText(path), { merge: true }) as { services: Record<string, Service> }).services;
}

/** Runs initiate.js on a set whose members are in these states, one list for each status query; the last one stays. */
function run(states: readonly (readonly string[])[]): { printed: string[]; initiated: unknown[]; questions: number } {
  let now = 0;
  let questions = 0;
  const initiated: unknown[] = [];
  const printed: string[] = [];
  initiate.runInContext(
    createContext({
      db: { version: () => '8.0.0' },
      rs: {
        initiate: (configuration: unknown) => initiated.push(configuration),
        status: () => {
          const current = states[Math.min(questions, states.length - 1)] ?? [];
          questions += 1;
          return { members: current.map((stateStr) => ({ stateStr })) };
        },
      },
      sleep: (ms: number) => (now += ms),
      print: (text: string) => printed.push(text),
      Date: { now: () => now },
    }),
  );
  return { printed, initiated, questions };
}

describe('the replica set of CI', () => {
  it('is of the version that the compose file runs', () => {
    const cluster = new Set(
      Object.values(services('docker-compose.yml'))
        .map(({ image }) => image)
        .filter((image) => image.startsWith('mongo:')),
    );
    const ours = new Set(Object.values(services(`${folder}/docker-compose.yml`)).map(({ image }) => image));
    assert.deepEqual(ours, cluster);
  });

  it('has the same addresses everywhere', () => {
    const members = Object.entries(services(`${folder}/docker-compose.yml`)).filter(([name]) =>
      name.startsWith('member-'),
    );
    for (const [index, [name, { command, environment, network_mode: network }]] of members.entries()) {
      assert.equal(name, `member-${index + 1}`);
      assert.equal(network, 'host');
      assert.equal(environment['MEMBER_PORT'], ports[index]);
      assert.match(String(command), new RegExp(`--bind_ip 127\\.0\\.0\\.1 --port ${ports[index]} `));
    }
    assert.equal(members.length, ports.length);
    const hosts = ports.map((port) => `127.0.0.1:${port}`);
    assert.ok(readText(`${folder}/test.sh`).includes(`mongodb://${hosts.join(',')}/?replicaSet=mathmill`));
    const expected = [{ _id: 'mathmill', members: hosts.map((host, id) => ({ _id: id, host })) }];
    // Objects from another context have other prototypes.
    assert.deepEqual(JSON.parse(JSON.stringify(run([['PRIMARY', 'SECONDARY', 'SECONDARY']]).initiated)), expected);
  });

  it('is ready when one member is primary and both others follow', () => {
    const { printed, questions } = run([
      [],
      ['SECONDARY', 'SECONDARY', 'SECONDARY'],
      ['SECONDARY', 'PRIMARY', 'STARTUP2'],
      ['SECONDARY', 'PRIMARY', 'SECONDARY'],
    ]);
    assert.equal(questions, 4);
    assert.deepEqual(printed, ['the set is ready; it runs MongoDB 8.0.0']);
  });

  it('is given up after a minute, with what was last seen', () => {
    assert.throws(() => run([['SECONDARY', 'SECONDARY', 'SECONDARY']]), /not ready: SECONDARY SECONDARY SECONDARY/);
  });

  describe('test.sh', () => {
    let workshop: Workshop;
    beforeEach(() => (workshop = new Workshop()));
    afterEach(() => workshop.remove());

    async function runScript(docker: string, node: string): Promise<{ code: number | null; calls: string[] }> {
      workshop.standIn('bin/docker', docker);
      workshop.standIn('bin/node', node);
      const { code } = await workshop.run(`${folder}/test.sh`, {
        PATH: `${workshop.path}/bin:${process.env['PATH'] ?? ''}`,
      });
      return {
        code,
        calls: workshop.calls().map((call) => call.replace(`compose --file ${folder}/docker-compose.yml `, '')),
      };
    }

    it('starts, initiates, tests, and removes, in this order', async () => {
      const { code, calls } = await runScript('', '[[ $MATHMILL_TEST_MONGODB_URI == mongodb://* ]]');
      assert.equal(code, 0);
      assert.deepEqual(calls, [
        'docker up --detach --wait --wait-timeout 120',
        'docker run --rm initiate',
        'node --import ./test/property-seed.ts --test --test-concurrency=1 test/store/mongo/*.distributed.ts',
        'docker --profile initiate down --volumes --timeout 5',
      ]);
    });

    it('removes what failing tests leave, and fails', async () => {
      const { code, calls } = await runScript('', 'exit 3');
      assert.equal(code, 3);
      assert.match(calls.at(-1) ?? '', /down --volumes/);
    });

    it('tests nothing when the set does not come up', async () => {
      const { code, calls } = await runScript('[[ $* != *initiate ]]', '');
      assert.notEqual(code, 0);
      assert.ok(calls.every((call) => !call.startsWith('node')));
      assert.match(calls.at(-1) ?? '', /down --volumes/);
    });
  });
});
