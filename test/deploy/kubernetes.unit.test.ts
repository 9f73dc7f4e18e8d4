/** What is in deploy/kubernetes renders, would be taken by Kubernetes and its operators, and keeps its rules. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readAlertGroups } from '../../deploy/prometheus/alert-rules.ts';
import { defaultKafkaNames } from '../../src/bus/kafka/index.ts';
import {
  deadLetterPartitions,
  deadLetterRetentionMs,
  messageBytesMax,
  partitionsDefault,
  retentionMs,
} from '../../src/bus/kafka/topics.ts';
import { parseAddress } from '../../src/store/mongo/database.ts';
import { readText } from '../repository/files.ts';
import {
  kubernetesFolder,
  listKind,
  nameOf,
  readFile,
  render,
  whyNotRendered,
  type Kinds,
  type KubernetesObject,
} from './kubernetes-objects.ts';
import { checkOverlay } from './kubernetes-policy.ts';
import { checkSchema } from './kubernetes-schema.ts';

const skip = whyNotRendered() ?? false;
const overlays = ['overlays/development', 'overlays/production'];
const references = [
  'references/alerts',
  'references/kafka',
  'references/kafka-development',
  'references/mongodb',
  'references/mongodb-development',
];

const rendered = new Map<string, string>();

/** A copy of its own for each caller, since many change what they get. */
function objectsOf(folder: string): KubernetesObject[] {
  const text = rendered.get(folder) ?? JSON.stringify(render(folder));
  rendered.set(folder, text);
  return JSON.parse(text) as KubernetesObject[];
}

type Loose = Record<string, unknown>;

function pick<Kind extends keyof Kinds>(objects: readonly KubernetesObject[], kind: Kind, name?: string): Kinds[Kind] {
  const found = listKind(objects, kind).find(({ metadata }) => name === undefined || metadata.name.startsWith(name));
  assert.ok(found, `no ${kind} ${name ?? ''}`);
  return found;
}

/** The value at a path like `spec.template.spec.containers.0`, which has to be there. */
function at(object: object, path: string): Loose {
  let value: unknown = object;
  for (const key of path.split('.')) value = (value as Loose)[key];
  assert.ok(typeof value === 'object' && value !== null, `nothing at ${path}`);
  return value as Loose;
}

describe('deploy/kubernetes', () => {
  it('has the folders that are checked here, and no others', () => {
    const folders = ['overlays', 'references'].flatMap((parent) =>
      readdirSync(join(kubernetesFolder, parent)).map((name) => `${parent}/${name}`),
    );
    assert.deepEqual(folders.sort(), [...overlays, ...references]);
  });

  for (const folder of [...overlays, ...references]) {
    it(`${folder} renders to objects that would be taken`, { skip }, () => {
      const objects = objectsOf(folder);
      assert.ok(objects.length > 0);
      assert.deepEqual(
        objects.flatMap((object) => checkSchema(object).map((problem) => `${nameOf(object)}: ${problem}`)),
        [],
      );
      assert.equal(new Set(objects.map(nameOf)).size, objects.length);
    });
  }

  for (const folder of overlays) {
    it(`${folder} keeps all rules`, { skip }, () => assert.deepEqual(checkOverlay(objectsOf(folder)), []));
  }

  it('runs three and more of each application in production, and one in development', { skip }, () => {
    const production = objectsOf('overlays/production');
    assert.equal(at(pick(production, 'HorizontalPodAutoscaler'), 'spec')['minReplicas'], 3);
    assert.equal(at(pick(production, 'ScaledObject'), 'spec')['minReplicaCount'], 3);
    for (const { spec } of listKind(objectsOf('overlays/development'), 'Deployment')) assert.equal(spec?.replicas, 1);
    for (const name of ['client-application', 'server-application'])
      assert.equal(at(pick(readFile(`base/${name}/deployment.yaml`), 'Deployment'), 'spec')['replicas'], 3);
  });

  it('runs the version of the package', { skip }, () => {
    const { version } = JSON.parse(readText('package.json')) as { version: string };
    const deployment = pick(objectsOf('overlays/production'), 'Deployment');
    assert.ok(deployment.spec?.template.spec?.containers[0]?.image?.endsWith(`/mathmill:${version}`));
  });
});

describe('what is referred to', () => {
  const { requestTopic, responseTopic, deadLetterTopic } = defaultKafkaNames;

  interface Topic extends KubernetesObject {
    readonly spec: { readonly partitions: number; readonly replicas: number; readonly config: Loose };
  }

  for (const [folder, replicas, inSyncMin] of [
    ['references/kafka', 3, 2],
    ['references/kafka-development', 1, 1],
  ] as const) {
    it(`${folder} makes the topics of the bus`, { skip }, () => {
      const topics = objectsOf(folder).filter(({ kind }) => kind === 'KafkaTopic') as Topic[];
      const wanted = (name: string, partitions: number, retention: number): object => ({
        name,
        partitions,
        replicas,
        config: {
          'min.insync.replicas': inSyncMin,
          'max.message.bytes': messageBytesMax,
          'retention.ms': retention,
        },
      });
      assert.deepEqual(
        topics.map(({ metadata: { name }, spec: { partitions, replicas, config } }) => ({
          name,
          partitions,
          replicas,
          config,
        })),
        [
          wanted(deadLetterTopic, deadLetterPartitions, deadLetterRetentionMs),
          wanted(requestTopic, partitionsDefault, retentionMs),
          wanted(responseTopic, partitionsDefault, retentionMs),
        ],
      );
    });

    it(`${folder} has the settings of server.properties that Strimzi leaves to others`, { skip }, () => {
      const config = at(pick(objectsOf(folder), 'Kafka'), 'spec.kafka.config');
      const properties = new Map(
        Array.from(
          readText('deploy/kafka/server.properties').matchAll(/^([\w.]+)=(.*)$/gm),
          ([, name = '', value = '']) => [name, value],
        ),
      );
      const different = Object.entries(config).filter(([name, value]) => properties.get(name) !== String(value));
      // Without two others to copy to, nothing can be replicated.
      const isOfReplication = (name: string): boolean =>
        /replication\.factor$|min\.(?:isr|insync\.replicas)$/.test(name);
      assert.deepEqual(
        different.filter(([name, value]) => replicas === 3 || !isOfReplication(name) || value !== 1),
        [],
      );
      assert.equal(config['message.max.bytes'], messageBytesMax);
    });
  }

  it('is three brokers and three controllers, or one node that is both', { skip }, () => {
    const pools = (folder: string): unknown[] =>
      objectsOf(folder)
        .filter(({ kind }) => kind === 'KafkaNodePool')
        .map((pool) => [at(pool, 'spec')['roles'], at(pool, 'spec')['replicas']]);
    assert.deepEqual(pools('references/kafka'), [
      [['broker'], 3],
      [['controller'], 3],
    ]);
    assert.deepEqual(pools('references/kafka-development'), [[['controller', 'broker'], 1]]);
  });

  for (const suffix of ['', '-development']) {
    it(`references/kafka${suffix} is where the applications look for brokers`, { skip }, () => {
      const kafka = pick(objectsOf(`references/kafka${suffix}`), 'Kafka');
      const listener = at(kafka, 'spec.kafka.listeners.0');
      const address = `${kafka.metadata.name}-kafka-bootstrap.${kafka.metadata.namespace}.svc:${String(listener['port'])}`;
      for (const folder of overlays)
        for (const name of ['client-application', 'server-application'])
          assert.equal(pick(objectsOf(folder), 'ConfigMap', name).data?.['KAFKA_URI'], address);
      const { to } = pick(objectsOf(overlays[0] ?? ''), 'NetworkPolicy', 'server-application').spec?.egress?.[0] ?? {};
      assert.deepEqual(to?.[0]?.namespaceSelector?.matchLabels, {
        'kubernetes.io/metadata.name': kafka.metadata.namespace,
      });
      assert.deepEqual(to?.[0]?.podSelector?.matchLabels, { 'strimzi.io/cluster': kafka.metadata.name });
    });

    it(
      `references/mongodb${suffix} makes the user of init-replica-set.js and the secret that is asked for`,
      { skip },
      () => {
        const script = readText('deploy/mongo/init-replica-set.js');
        const constant = (name: string): string => new RegExp(`const ${name} = '(\\w+)'`).exec(script)?.[1] ?? '';
        const mongodb = pick(objectsOf(`references/mongodb${suffix}`), 'MongoDBCommunity');
        const user = at(mongodb, 'spec.users.0');
        assert.equal(at(mongodb, 'spec')['members'], suffix === '' ? 3 : 1);
        assert.equal(user['name'], constant('userName'));
        assert.equal(user['db'], constant('databaseName'));
        assert.deepEqual(user['roles'], [{ name: 'readWrite', db: constant('databaseName') }]);
        assert.match(script, /role: 'readWrite'/);

        const { metadata, spec } = pick(objectsOf(overlays[0] ?? ''), 'Deployment', 'client-application');
        const uri = spec?.template.spec?.containers[0]?.env?.find(({ name }) => name === 'MONGODB_URI');
        assert.equal(uri?.valueFrom?.secretKeyRef?.name, user['connectionStringSecretName']);
        assert.equal(metadata.namespace, user['connectionStringSecretNamespace']);

        // As the operator writes it: the database that the user is kept in stands behind the members.
        const { name } = mongodb.metadata;
        const text = `mongodb://${user['name']}:x@${name}-0.${name}-svc.mongodb.svc.cluster.local:27017/${user['db']}?replicaSet=${name}&ssl=false`;
        assert.equal(parseAddress(text).database, constant('databaseName'));
        assert.match(
          readText('docker-compose.yml'),
          new RegExp(`image: mongo:${String(at(mongodb, 'spec')['version'])}\\b`),
        );
      },
    );
  }
});

describe('references/alerts', () => {
  it('has the alert rules of deploy/prometheus', () => {
    const [rules, ...others] = readFile('references/alerts/alerts.yaml');
    assert.ok(rules);
    assert.deepEqual(checkSchema(rules), []);
    assert.deepEqual(at(rules, 'spec')['groups'], readAlertGroups());
    assert.deepEqual(others, []);
  });
});

describe('planted violations of schemas', () => {
  const container = 'spec.template.spec.containers.0';
  const planted: [
    what: string,
    file: string,
    kind: keyof Kinds,
    change: (object: KubernetesObject) => void,
    path: RegExp,
  ][] = [
    [
      'an unknown field of a container',
      'base/client-application/deployment.yaml',
      'Deployment',
      (object) => (at(object, container)['livenessProb'] = {}),
      /livenessProb is no field/,
    ],
    [
      'a port that is a text',
      'base/client-application/deployment.yaml',
      'Deployment',
      (object) => (at(object, `${container}.ports.0`)['containerPort'] = '8080'),
      /containerPort/,
    ],
    [
      'an unknown field deep in a list',
      'base/server-application/deployment.yaml',
      'Deployment',
      (object) => (at(object, 'spec.template.spec.topologySpreadConstraints.1')['maxSkw'] = 1),
      /maxSkw is no field/,
    ],
    [
      'a missing selector',
      'base/server-application/deployment.yaml',
      'Deployment',
      (object) => delete at(object, 'spec')['selector'],
      /spec .*selector/,
    ],
    [
      'a field of a policy',
      'base/client-application/network-policy.yaml',
      'NetworkPolicy',
      (object) => (at(object, 'spec.ingress.0')['form'] = []),
      /form is no field/,
    ],
    [
      'a threshold that is a number',
      'overlays/production/server-application-scaled-object.yaml',
      'ScaledObject',
      (object) => (at(object, 'spec.triggers.0.metadata')['lagThreshold'] = 50),
      /lagThreshold/,
    ],
    [
      'a field of an operator of others',
      'overlays/production/server-application-scaled-object.yaml',
      'ScaledObject',
      (object) => (at(object, 'spec')['minReplicas'] = 3),
      /minReplicas is no field/,
    ],
    [
      'a target without a name',
      'overlays/production/server-application-scaled-object.yaml',
      'ScaledObject',
      (object) => delete at(object, 'spec.scaleTargetRef')['name'],
      /scaleTargetRef/,
    ],
    [
      'an unknown field of a pool',
      'references/kafka/node-pools.yaml',
      'KafkaNodePool',
      (object) => (at(object, 'spec')['replica'] = 3),
      /replica\b/,
    ],
    [
      'an unknown field of what Kubernetes has in a pool',
      'references/kafka/node-pools.yaml',
      'KafkaNodePool',
      (object) => (at(object, 'spec.resources')['limit'] = {}),
      /limit is no field/,
    ],
    [
      'a pool of no cluster',
      'references/kafka/node-pools.yaml',
      'KafkaNodePool',
      (object) => delete at(object, 'metadata.labels')['strimzi.io/cluster'],
      /strimzi\.io/,
    ],
    [
      'a setting that Strimzi owns',
      'references/kafka/kafka.yaml',
      'Kafka',
      (object) => (at(object, 'spec.kafka.config')['broker.session.timeout.ms'] = 6000),
      /broker\.session\.timeout\.ms/,
    ],
    [
      'a field that the API no longer has',
      'references/kafka/kafka.yaml',
      'Kafka',
      (object) => (at(object, 'spec.kafka')['replicas'] = 3),
      /replicas/,
    ],
    [
      'the former API of Strimzi',
      'references/kafka/topics.yaml',
      'KafkaTopic',
      (object) => Object.assign(object, { apiVersion: 'kafka.strimzi.io/v1beta2' }),
      /no schema/,
    ],
    [
      'a number of partitions that is a text',
      'references/kafka/topics.yaml',
      'KafkaTopic',
      (object) => (at(object, 'spec')['partitions'] = '60'),
      /partitions/,
    ],
    [
      'an unknown field of a user',
      'references/mongodb/mongodb.yaml',
      'MongoDBCommunity',
      (object) => (at(object, 'spec.users.0')['password'] = 'x'),
      /password/,
    ],
    [
      'an unknown field of the members',
      'references/mongodb/mongodb.yaml',
      'MongoDBCommunity',
      (object) => (at(object, 'spec.statefulSet.spec.template.spec.containers.0')['resource'] = {}),
      /resource is no field/,
    ],
  ];
  for (const [what, file, kind, change, path] of planted) {
    it(what, () => {
      const object = pick(readFile(file), kind);
      assert.deepEqual(checkSchema(object), []);
      change(object);
      const problems = checkSchema(object);
      assert.ok(
        problems.some((problem) => path.test(problem)),
        `not found; found ${JSON.stringify(problems)}`,
      );
    });
  }

  it('a rule of Prometheus without an expression, and with an unknown field', () => {
    const rule = (fields: object): KubernetesObject & { readonly spec: object } => ({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'mathmill', namespace: 'mathmill' },
      spec: { groups: [{ name: 'mathmill', rules: [{ alert: 'Any', ...fields }] }] },
    });
    assert.deepEqual(checkSchema(rule({ expr: 'up == 0', for: '5m' })), []);
    assert.ok(checkSchema(rule({})).some((problem) => problem.includes('expr')));
    assert.ok(checkSchema(rule({ expr: 'up == 0', sevrity: 'page' })).some((problem) => problem.includes('sevrity')));
  });
});

describe('planted violations of rules', { skip }, () => {
  const pod = 'spec.template.spec';
  const container = `${pod}.containers.0`;
  const client = 'Deployment client-application';
  const server = 'Deployment server-application';
  type Objects = KubernetesObject[];
  const clientOf = (objects: Objects): KubernetesObject => pick(objects, 'Deployment', 'client-application');
  const serverOf = (objects: Objects): KubernetesObject => pick(objects, 'Deployment', 'server-application');
  const settingsOf = (objects: Objects, name: string): Loose => at(pick(objects, 'ConfigMap', name), 'data');
  const without = (objects: Objects, kind: keyof Kinds, name: string): void => {
    objects.splice(objects.indexOf(pick(objects, kind, name)), 1);
  };

  const planted: [rule: string, object: string, change: (objects: Objects) => unknown][] = [
    ['probes', client, (objects) => delete at(clientOf(objects), container)['startupProbe']],
    ['probes', client, (objects) => delete at(clientOf(objects), container)['livenessProbe']],
    ['probes', server, (objects) => (at(serverOf(objects), `${container}.readinessProbe.httpGet`)['path'] = '/health')],
    ['probes', server, (objects) => (at(serverOf(objects), `${container}.ports.0`)['containerPort'] = 8081)],
    ['probes', server, (objects) => (at(serverOf(objects), `${container}.startupProbe`)['failureThreshold'] = 3)],
    ['probes', server, (objects) => (at(serverOf(objects), `${container}.readinessProbe`)['timeoutSeconds'] = 1)],
    ['stop', client, (objects) => (at(clientOf(objects), pod)['terminationGracePeriodSeconds'] = 30)],
    ['stop', client, (objects) => delete at(clientOf(objects), container)['lifecycle']],
    ['stop', server, (objects) => (at(serverOf(objects), pod)['terminationGracePeriodSeconds'] = 25)],
    ['rollout', client, (objects) => (at(clientOf(objects), 'spec.strategy.rollingUpdate')['maxUnavailable'] = 1)],
    ['rollout', server, (objects) => delete at(serverOf(objects), 'spec')['strategy']],
    ['disruption', client, (objects) => without(objects, 'PodDisruptionBudget', 'client-application')],
    [
      'disruption',
      server,
      (objects) =>
        (at(pick(objects, 'PodDisruptionBudget', 'server-application'), 'spec.selector.matchLabels')['app'] = 'x'),
    ],
    ['spread', client, (objects) => (at(clientOf(objects), pod)['topologySpreadConstraints'] = [])],
    ['resources', client, (objects) => delete at(clientOf(objects), `${container}.resources`)['limits']],
    ['resources', client, (objects) => (at(clientOf(objects), `${container}.resources.limits`)['cpu'] = '1')],
    ['resources', client, (objects) => (at(clientOf(objects), `${container}.resources.requests`)['memory'] = '256Mi')],
    ['resources', server, (objects) => (settingsOf(objects, 'server-application')['EVALUATOR_THREADS'] = '8')],
    [
      'resources',
      server,
      (objects) => (settingsOf(objects, 'server-application')['NODE_OPTIONS'] = '--max-old-space-size=2048'),
    ],
    ['privileges', client, (objects) => (at(clientOf(objects), `${pod}.securityContext`)['runAsUser'] = 0)],
    ['privileges', client, (objects) => delete at(clientOf(objects), `${pod}.securityContext`)['seccompProfile']],
    ['privileges', server, (objects) => delete at(serverOf(objects), container)['securityContext']],
    [
      'privileges',
      server,
      (objects) => (at(serverOf(objects), `${container}.securityContext`)['readOnlyRootFilesystem'] = false),
    ],
    ['privileges', server, (objects) => (at(serverOf(objects), pod)['hostNetwork'] = true)],
    ['privileges', server, (objects) => (at(serverOf(objects), `${pod}.volumes.0`)['emptyDir'] = {})],
    ['account', client, (objects) => (at(clientOf(objects), pod)['serviceAccountName'] = 'default')],
    ['account', client, (objects) => delete at(clientOf(objects), pod)['automountServiceAccountToken']],
    ['account', server, (objects) => without(objects, 'ServiceAccount', 'server-application')],
    ['network', client, (objects) => without(objects, 'NetworkPolicy', 'default-deny')],
    ['network', client, (objects) => without(objects, 'NetworkPolicy', 'client-application')],
    [
      'network',
      client,
      (objects) => delete at(pick(objects, 'NetworkPolicy', 'client-application'), 'spec.ingress.0')['from'],
    ],
    [
      'network',
      server,
      (objects) => delete at(pick(objects, 'NetworkPolicy', 'server-application'), 'spec.egress.0')['to'],
    ],
    [
      'network',
      server,
      (objects) => (at(pick(objects, 'NetworkPolicy', 'server-application'), 'spec.egress.0.ports.0')['port'] = 27017),
    ],
    [
      'network',
      server,
      (objects) => (at(pick(objects, 'NetworkPolicy', 'server-application'), 'spec')['ingress'] = [{}]),
    ],
    ['settings', client, (objects) => (settingsOf(objects, 'client-application')['EVALUATOR_THREADS'] = '1')],
    ['settings', server, (objects) => (settingsOf(objects, 'server-application')['RETENTION_DAYS'] = '1')],
    ['settings', server, (objects) => (settingsOf(objects, 'server-application')['LOG_LEVEL'] = 'loud')],
    ['settings', server, (objects) => (settingsOf(objects, 'server-application')['INSTANCE_ID'] = 'one')],
    ['settings', server, (objects) => (settingsOf(objects, 'server-application')['OTEL_SERVICE_NAME'] = 'other')],
    ['identity', server, (objects) => (at(serverOf(objects), container)['env'] = [])],
    ['secrets', client, (objects) => (at(clientOf(objects), `${container}.env.1`)['valueFrom'] = {})],
    [
      'secrets',
      client,
      (objects) => (settingsOf(objects, 'client-application')['MONGODB_URI'] = 'mongodb://mongo/mathmill'),
    ],
    [
      'program',
      server,
      (objects) => (at(serverOf(objects), container)['command'] = ['node', 'dist/client-application.js']),
    ],
    [
      'images',
      client,
      (objects) => (at(clientOf(objects), container)['image'] = 'registry.example.com/mathmill:latest'),
    ],
    ['images', client, (objects) => (at(clientOf(objects), container)['image'] = 'registry.example.com:5000/mathmill')],
    ['replicas', client, (objects) => (at(clientOf(objects), 'spec')['replicas'] = 3)],
    ['replicas', server, (objects) => without(objects, 'ScaledObject', 'server-application')],
    [
      'scaling',
      'ScaledObject server-application',
      (objects) => (triggerOf(objects)['topic'] = defaultKafkaNames.responseTopic),
    ],
    ['scaling', 'ScaledObject server-application', (objects) => (triggerOf(objects)['consumerGroup'] = 'other')],
    [
      'scaling',
      'ScaledObject server-application',
      (objects) => (triggerOf(objects)['bootstrapServers'] = 'other:9092'),
    ],
    [
      'scaling',
      'ScaledObject server-application',
      (objects) => (at(pick(objects, 'ScaledObject'), 'spec')['minReplicaCount'] = 0),
    ],
    [
      'scaling',
      'ScaledObject server-application',
      (objects) => (at(pick(objects, 'ScaledObject'), 'spec')['maxReplicaCount'] = 8),
    ],
    ['namespace', 'Namespace mathmill', (objects) => delete at(pick(objects, 'Namespace'), 'metadata')['labels']],
    [
      'namespace',
      'Service client-application',
      (objects) => delete at(pick(objects, 'Service'), 'metadata')['namespace'],
    ],
    ['shape', 'overlay', (objects) => without(objects, 'Deployment', 'server-application')],
  ];

  function triggerOf(objects: Objects): Loose {
    const { spec } = pick(objects, 'ScaledObject');
    return spec?.triggers[0]?.metadata as Loose;
  }

  for (const [index, [rule, object, change]] of planted.entries()) {
    it(`${index + 1}: ${rule} of ${object}`, () => {
      const objects = objectsOf('overlays/production');
      change(objects);
      const findings = checkOverlay(objects);
      assert.ok(
        findings.some((finding) => finding.rule === rule && finding.object === object),
        `not found; found ${JSON.stringify(findings)}`,
      );
    });
  }
});
