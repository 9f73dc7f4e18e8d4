/** The scripts that set brokers and members up: what they call, in which order, what they repeat and how they end. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { BSON } from 'mongodb';
import { parse } from 'yaml';
import { defaultKafkaNames } from '../../src/bus/kafka/index.ts';
import { messageBytesMax } from '../../src/bus/kafka/topics.ts';
import { Workshop, type ScriptResult } from './run-script.ts';

let workshop: Workshop;
beforeEach(() => (workshop = new Workshop()));
afterEach(() => workshop.remove());

const { requestTopic, responseTopic, deadLetterTopic } = defaultKafkaNames;

describe('init-topics.sh', () => {
  const brokers = 'kafka-1:9092,kafka-2:9092';
  const describeCall = `kafka-topics.sh --bootstrap-server ${brokers} --describe`;

  function createCall(topic: string, partitions: number, days: number): string {
    return (
      `kafka-topics.sh --bootstrap-server ${brokers} --create --if-not-exists --topic ${topic} ` +
      `--partitions ${partitions} --replication-factor 3 --config min.insync.replicas=2 ` +
      `--config max.message.bytes=${messageBytesMax} --config retention.ms=${days * 86_400_000}`
    );
  }

  function described(topic: string, partitions: number): string {
    return (
      `Topic: ${topic}\tTopicId: xyz\tPartitionCount: ${partitions}\tReplicationFactor: 3\tConfigs: a=b\n` +
      `\tTopic: ${topic}\tPartition: 0\tLeader: 1\tReplicas: 1,2,3\tIsr: 1,2,3\n`
    );
  }

  /** A tool that shows the topics, and fails as often as the file of that name says. */
  function tool(...topics: string[]): void {
    workshop.write('topics', topics.join(''));
    workshop.standIn(
      'bin/kafka-topics.sh',
      [
        `case $* in *--create*) failures='${workshop.path}/create-failures' ;; *) failures='${workshop.path}/describe-failures' ;; esac`,
        'left=$(cat "$failures" 2>/dev/null || echo 0)',
        'if ((left > 0)); then echo $((left - 1)) >"$failures"; echo "no broker" >&2; exit 1; fi',
        `case $* in *--describe*) cat '${workshop.path}/topics' ;; esac`,
      ].join('\n'),
    );
  }

  async function run(environment: Record<string, string> = {}): Promise<ScriptResult> {
    return await workshop.run('deploy/kafka/init-topics.sh', {
      KAFKA_HOME: workshop.path,
      KAFKA_URI: brokers,
      PAUSE_S: '0',
      ATTEMPTS: '4',
      ...environment,
    });
  }

  const createAll = [
    createCall(requestTopic, 60, 1),
    createCall(responseTopic, 60, 1),
    createCall(deadLetterTopic, 6, 7),
  ];

  it('makes the topics of the bus', async () => {
    tool();
    const { code, stderr } = await run();
    assert.equal(code, 0, stderr);
    assert.deepEqual(workshop.calls(), [describeCall, ...createAll]);
  });

  it('leaves what is there as it is', async () => {
    tool(described(requestTopic, 60), described(responseTopic, 120), described(deadLetterTopic, 6));
    const { code, stderr } = await run();
    assert.equal(code, 0, stderr);
    assert.deepEqual(workshop.calls(), [describeCall]);
  });

  it('makes only what is missing, and takes no topic for another whose name is longer', async () => {
    tool(described(requestTopic, 60), described(`${responseTopic}.old`, 60), described(deadLetterTopic, 6));
    assert.equal((await run()).code, 0);
    assert.deepEqual(workshop.calls(), [describeCall, createCall(responseTopic, 60, 1)]);
  });

  it('waits for brokers that are not up yet', async () => {
    tool();
    workshop.write('describe-failures', '3');
    workshop.write('create-failures', '2');
    const { code, stderr } = await run();
    assert.equal(code, 0, stderr);
    const [first] = createAll;
    assert.deepEqual(workshop.calls(), [
      ...Array<string>(4).fill(describeCall),
      ...Array<string | undefined>(2).fill(first),
      ...createAll,
    ]);
  });

  it('gives up when no broker comes', async () => {
    tool();
    workshop.write('describe-failures', '100');
    const { code, stderr } = await run();
    assert.equal(code, 1);
    assert.equal(workshop.calls().length, 4);
    assert.match(stderr, /attempt 4 of 4 failed\n.*gave up/);
  });

  it('gives up when a topic cannot be made, before it tries the next', async () => {
    tool();
    workshop.write('create-failures', '100');
    assert.equal((await run()).code, 1);
    assert.deepEqual(workshop.calls(), [describeCall, ...Array<string | undefined>(4).fill(createAll[0])]);
  });

  it('refuses a topic with too few partitions, and says what to do', async () => {
    tool(described(requestTopic, 12));
    const { code, stderr } = await run();
    assert.equal(code, 1);
    assert.match(stderr, /has 12 partitions and must have 60: .*--alter/);
    assert.deepEqual(workshop.calls(), [describeCall]);
  });

  it('says that it needs the brokers', async () => {
    tool();
    const { code, stderr } = await run({ KAFKA_URI: '' });
    assert.notEqual(code, 0);
    assert.match(stderr, /KAFKA_URI/);
    assert.deepEqual(workshop.calls(), []);
  });
});

describe('start-broker.sh', () => {
  async function run(): Promise<ScriptResult> {
    workshop.standIn('bin/kafka-storage.sh');
    workshop.standIn('bin/kafka-server-start.sh', 'printf "%s" "$$"');
    workshop.write('shared.properties', 'process.roles=broker,controller\nnum.partitions=60');
    return await workshop.run('deploy/kafka/start-broker.sh', {
      KAFKA_HOME: workshop.path,
      SHARED_SETTINGS: join(workshop.path, 'shared.properties'),
      BROKER_SETTINGS: join(workshop.path, 'own.properties'),
      DATA_DIRECTORY: join(workshop.path, 'data'),
      BROKER_ID: '2',
      BROKER_HOST: 'kafka-2',
      CLUSTER_ID: 'abc',
      QUORUM_VOTERS: '1@kafka-1:9093,2@kafka-2:9093',
    });
  }

  it('formats an empty folder, then starts the broker in its own place', async () => {
    const { code, pid, stdout, stderr } = await run();
    assert.equal(code, 0, stderr);
    const settings = join(workshop.path, 'own.properties');
    assert.deepEqual(workshop.calls(), [
      `kafka-storage.sh format --ignore-formatted --cluster-id abc --config ${settings}`,
      `kafka-server-start.sh ${settings}`,
    ]);
    assert.equal(stdout, String(pid));
  });

  it('leaves a formatted folder as it is', async () => {
    workshop.write('data/meta.properties', 'version=1');
    assert.equal((await run()).code, 0);
    assert.deepEqual(workshop.calls(), [`kafka-server-start.sh ${join(workshop.path, 'own.properties')}`]);
  });

  it('adds what is its own to the settings of all', async () => {
    await run();
    assert.equal(
      workshop.read('own.properties'),
      [
        'process.roles=broker,controller',
        'num.partitions=60',
        'node.id=2',
        'controller.quorum.voters=1@kafka-1:9093,2@kafka-2:9093',
        'listeners=PLAINTEXT://:9092,CONTROLLER://:9093',
        'advertised.listeners=PLAINTEXT://kafka-2:9092',
        `log.dirs=${join(workshop.path, 'data')}`,
        '',
      ].join('\n'),
    );
  });
});

/** A server that answers the first message of each connection; what it was sent is kept. */
async function withServer<Result>(
  answer: Buffer | undefined,
  use: (port: number, received: () => Buffer) => Promise<Result>,
): Promise<Result> {
  let received = Buffer.alloc(0);
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      if (received.length < received.readInt32BE(0) + 4 && received.length < received.readInt32LE(0)) return;
      if (answer === undefined) socket.destroy();
      else socket.write(answer);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use((server.address() as AddressInfo).port, () => received);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  }
}

function hostAndPort(port: number): Record<string, string> {
  return { CHECK_HOST: '127.0.0.1', CHECK_PORT: String(port) };
}

describe('check-broker.sh', () => {
  const check = 'deploy/kafka/check-broker.sh';
  /** Length, correlation id, error code, number of versions. */
  const answer = (correlation: number, error: number): Buffer => {
    const bytes = Buffer.alloc(14);
    bytes.writeInt32BE(10, 0);
    bytes.writeInt32BE(correlation, 4);
    bytes.writeInt16BE(error, 8);
    return bytes;
  };

  it('asks for the versions, and is content with an answer', async () => {
    await withServer(answer(7, 0), async (port, received) => {
      const { code, stderr } = await workshop.run(check, hostAndPort(port));
      assert.equal(code, 0, stderr);
      assert.equal(received().toString('hex'), '0000000a0012000000000007ffff');
    });
  });

  it('is not content with an error, another answer or none', async () => {
    for (const wrong of [answer(7, 35), answer(8, 0), undefined]) {
      await withServer(wrong, async (port) => {
        assert.notEqual((await workshop.run(check, hostAndPort(port))).code, 0);
      });
    }
  });

  it('is not content when nobody listens', async () => {
    const port = await withServer(undefined, async (free) => free);
    assert.notEqual((await workshop.run(check, hostAndPort(port))).code, 0);
  });
});

describe('check-member.sh', () => {
  const check = 'deploy/mongo/check-member.sh';

  function reply(document: BSON.Document): Buffer {
    const body = Buffer.concat([Buffer.alloc(5), BSON.serialize(document)]);
    const header = Buffer.alloc(16);
    header.writeInt32LE(16 + body.length, 0);
    header.writeInt32LE(1, 8);
    header.writeInt32LE(2013, 12);
    return Buffer.concat([header, body]);
  }

  const states: [what: string, document: BSON.Document, isWell: boolean][] = [
    ['the primary', { isWritablePrimary: true, secondary: false, setName: 'mathmill', ok: 1 }, true],
    ['a secondary', { isWritablePrimary: false, secondary: true, setName: 'mathmill', ok: 1 }, true],
    ['one that waits for the set', { isWritablePrimary: false, secondary: false, isreplicaset: true, ok: 1 }, true],
    [
      'one that copies or rolls back',
      { isWritablePrimary: false, secondary: false, setName: 'mathmill', ok: 1 },
      false,
    ],
    ['an error', { ok: 0, errmsg: 'shutting down', code: 91 }, false],
  ];
  for (const [what, document, isWell] of states) {
    it(`${isWell ? 'is content with' : 'refuses'} ${what}`, async () => {
      await withServer(reply(document), async (port, received) => {
        const { code, stderr } = await workshop.run(check, hostAndPort(port));
        assert.equal(code === 0, isWell, stderr);
        const message = received();
        assert.equal(message.readInt32LE(0), message.length);
        assert.deepEqual(BSON.deserialize(message.subarray(21)), { hello: 1, $db: 'admin' });
      });
    });
  }

  it('is not content with a connection that is cut, or with none', async () => {
    const port = await withServer(undefined, async (open) => {
      assert.notEqual((await workshop.run(check, hostAndPort(open))).code, 0);
      return open;
    });
    assert.notEqual((await workshop.run(check, hostAndPort(port))).code, 0);
  });
});

describe('make-secrets.sh', () => {
  const names = ['keyfile', 'root-password', 'application-password', 'backup-password'];
  const run = async (): Promise<ScriptResult> =>
    await workshop.run('deploy/mongo/make-secrets.sh', { SECRETS_DIRECTORY: workshop.path });
  const modeOf = (name: string): string => (statSync(join(workshop.path, name)).mode & 0o777).toString(8);

  it('makes secrets for the members alone, and a URI that others may read', async () => {
    const { code, stderr, stdout } = await run();
    assert.equal(code, 0, stderr);
    for (const name of names) {
      assert.equal(modeOf(name), '400');
      assert.doesNotMatch(stdout, new RegExp(workshop.read(name)));
    }
    assert.match(workshop.read('keyfile'), /^[0-9a-f]{768}$/);
    assert.match(workshop.read('root-password'), /^[0-9a-f]{48}$/);
    assert.notEqual(workshop.read('root-password'), workshop.read('application-password'));
    assert.equal(modeOf('client-application.env'), '444');
    const uri = /^MONGODB_URI=(.*)\n$/.exec(workshop.read('client-application.env'))?.[1];
    assert.equal(URL.parse(uri?.replace(/,[^/]*/, '') ?? '')?.password, workshop.read('application-password'));
  });

  it('makes the files that mongodump and mongorestore read their URI from, for their user alone', async () => {
    await run();
    for (const [file, user] of [
      ['backup.yaml', 'backup'],
      ['restore.yaml', 'root'],
    ] as const) {
      assert.equal(modeOf(file), '400');
      const { uri } = parse(workshop.read(file)) as { uri: string };
      const { username, password, pathname, searchParams } = new URL(uri.replace(/,[^/]*/, ''));
      assert.deepEqual([username, password], [user, workshop.read(`${user}-password`)]);
      // A database in the URI would be the only one that is dumped.
      assert.deepEqual([pathname, searchParams.get('authSource')], ['/', 'admin']);
    }
  });

  it('keeps what is there, and writes the URI again', async () => {
    await run();
    const before = names.map((name) => workshop.read(name));
    chmodSync(join(workshop.path, 'client-application.env'), 0o644);
    workshop.write('client-application.env', 'MONGODB_URI=old\n');
    const { code, stdout, stderr } = await run();
    assert.equal(code, 0, stderr);
    assert.equal(stdout, '');
    assert.deepEqual(
      names.map((name) => workshop.read(name)),
      before,
    );
    assert.match(workshop.read('client-application.env'), new RegExp(before[2] ?? ''));
  });

  it('starts again after a start that was cut off', async () => {
    workshop.write('keyfile', '');
    workshop.write('root-password.new', 'half');
    assert.equal((await run()).code, 0);
    assert.match(workshop.read('keyfile'), /^[0-9a-f]{768}$/);
    assert.match(workshop.read('root-password'), /^[0-9a-f]{48}$/);
  });
});

describe('back-up.sh', () => {
  const backups = (): string[] => readdirSync(join(workshop.path, 'backups')).sort();
  const run = async (environment: Record<string, string> = {}): Promise<ScriptResult> => {
    mkdirSync(join(workshop.path, 'backups'), { recursive: true });
    return await workshop.run('deploy/mongo/backup/back-up.sh', {
      PATH: `${workshop.path}/bin:${process.env['PATH'] ?? ''}`,
      BACKUP_DIRECTORY: `${workshop.path}/backups`,
      TMPDIR: workshop.path,
      ...environment,
    });
  };

  /** Writes what a dump of the whole server has, or as much of it as is asked for. */
  function dumpTool(
    parts = ['oplog.bson', 'mathmill/jobs.bson.gz', 'admin/system.users.bson.gz', 'other/x.bson.gz'],
  ): void {
    workshop.standIn(
      'bin/mongodump',
      [
        'config=${2}; cp "$config" "$(dirname "$0")/../config"',
        'target=${*: -1}',
        ...parts.map((part) => `mkdir -p "$(dirname "$target/${part}")" && echo text >"$target/${part}"`),
      ].join('\n'),
    );
  }

  it('keeps the database and the oplog of a dump, and no users', async () => {
    dumpTool();
    workshop.write('backup.yaml', 'uri: mongodb://backup:s3cret@mongo-1/?authSource=admin\n');
    const { code, stderr, stdout } = await run({ TOOLS_CONFIG: `${workshop.path}/backup.yaml` });
    assert.equal(code, 0, stderr);
    const [name = '', ...others] = backups();
    assert.match(name, /^mathmill-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/);
    assert.deepEqual(others, []);
    assert.deepEqual(readdirSync(join(workshop.path, 'backups', name)).sort(), ['mathmill', 'oplog.bson']);
    assert.match(stdout, new RegExp(`^back-up: wrote ${name}, `));
    const unfinished = `${workshop.path}/backups/unfinished`;
    assert.deepEqual(workshop.calls(), [
      `mongodump --config ${workshop.path}/backup.yaml --oplog --gzip --out ${unfinished}`,
    ]);
  });

  it('takes a connection string from a file, without the database of its user', async () => {
    dumpTool();
    workshop.write('uri', 'mongodb://backup:s3cret@a:27017,b:27017/admin?replicaSet=mathmill&ssl=false');
    const { code, stderr, stdout } = await run({ URI_FILE: `${workshop.path}/uri` });
    assert.equal(code, 0, stderr);
    assert.equal(
      workshop.read('config'),
      'uri: mongodb://backup:s3cret@a:27017,b:27017/?replicaSet=mathmill&ssl=false\n',
    );
    assert.doesNotMatch(`${workshop.calls().join()}${stdout}${stderr}`, /s3cret/);
  });

  it('leaves nothing that looks like a backup when the dump fails, or lacks a part', async () => {
    workshop.standIn('bin/mongodump', 'mkdir -p "${*: -1}/mathmill"; exit 1');
    assert.equal((await run()).code, 1);
    for (const parts of [['mathmill/jobs.bson.gz'], ['oplog.bson', 'admin/system.users.bson.gz']]) {
      dumpTool(parts);
      workshop.write('config.yaml', '');
      const { code, stderr } = await run({ TOOLS_CONFIG: `${workshop.path}/config.yaml` });
      assert.equal(code, 1);
      assert.match(stderr, /back-up: the dump has no /);
    }
    assert.deepEqual(backups(), ['unfinished']);
  });

  it('removes the oldest when there are more than it keeps, and what a cut-off run left', async () => {
    dumpTool();
    workshop.write('config.yaml', '');
    for (const day of ['01', '02', '03']) workshop.write(`backups/mathmill-2026-01-${day}T02-17-00Z/oplog.bson`, '');
    workshop.write('backups/unfinished/half', '');
    const { code, stderr } = await run({ TOOLS_CONFIG: `${workshop.path}/config.yaml`, BACKUPS_KEPT: '2' });
    assert.equal(code, 0, stderr);
    const [first, ...others] = backups();
    assert.equal(first, 'mathmill-2026-01-03T02-17-00Z');
    assert.equal(others.length, 1);
    assert.ok(!existsSync(join(workshop.path, 'backups/unfinished')));
  });
});

describe('restore.sh', () => {
  const name = 'mathmill-2026-01-03T02-17-00Z';
  const run = async (...args: string[]): Promise<ScriptResult> => {
    workshop.standIn('bin/mongorestore');
    workshop.write(`backups/${name}/mathmill/jobs.bson.gz`, '');
    const environment = {
      PATH: `${workshop.path}/bin:${process.env['PATH'] ?? ''}`,
      BACKUP_DIRECTORY: `${workshop.path}/backups`,
    };
    return await workshop.run('deploy/mongo/backup/restore.sh', environment, args);
  };

  it('puts a dump in the place of the database, as of its one moment', async () => {
    const { code, stdout, stderr } = await run(name);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^restore: restored mathmill-2026-01-03T02-17-00Z; run "mathmill check"/);
    assert.deepEqual(workshop.calls(), [
      `mongorestore --config /data/configdb/restore.yaml --oplogReplay --drop --stopOnError --gzip --dir ${workshop.path}/backups/${name}`,
    ]);
  });

  it('lists the dumps when it is given none, or one that is not there', async () => {
    for (const args of [[], [''], ['mathmill-2025']]) {
      const { code, stderr } = await run(...args);
      assert.equal(code, 2);
      assert.equal(stderr, `restore: name one of these dumps:\n  ${name}\n`);
    }
    assert.deepEqual(workshop.calls(), []);
  });
});

describe('upgrade.sh', () => {
  const workers = [1, 2, 3].map((number) => `server-application-${number}`);
  const nodes = [1, 2, 3].map((number) => `client-application-${number}`);
  const callOf = (service: string): string =>
    `docker compose up --no-build --no-deps --detach --wait --wait-timeout 300 ${service}`;
  const run = async (...args: string[]): Promise<ScriptResult> =>
    await workshop.run('deploy/docker/upgrade.sh', { PATH: `${workshop.path}/bin:${process.env['PATH'] ?? ''}` }, args);

  it('replaces workers first, and API nodes first on the way back', async () => {
    workshop.standIn('bin/docker');
    assert.equal((await run()).code, 0);
    assert.deepEqual(workshop.calls(), [...workers, ...nodes].map(callOf));
    assert.equal((await run('back')).code, 0);
    assert.deepEqual(workshop.calls().slice(6), [...nodes, ...workers].map(callOf));
  });

  it('stops at the first that does not become ready: the others still serve', async () => {
    workshop.standIn('bin/docker', 'case $* in *-2) exit 1 ;; esac');
    assert.equal((await run()).code, 1);
    assert.deepEqual(workshop.calls(), workers.slice(0, 2).map(callOf));
  });
});
