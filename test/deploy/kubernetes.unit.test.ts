/** The files of deploy/kubernetes render, would be taken by Kubernetes and its operators, and keep the rules. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { readRuleGroups, runbookBase } from '../../deploy/prometheus/alert-rules.ts';
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
/** With TLS and logins. */
const secureOverlay = 'overlays/production-secure';
const references = [
  'references/alerts',
  'references/kafka',
  'references/kafka-development',
  'references/kafka-secure',
  'references/mongodb',
  'references/mongodb-development',
  'references/mongodb-restore',
];

const rendered = new Map<string, string>();

/** A copy of the objects for each caller, since many callers change them. */
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
    assert.deepEqual(folders.sort(), [...overlays, secureOverlay, ...references]);
  });

  for (const folder of [...overlays, secureOverlay, ...references]) {
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

  for (const folder of [...overlays, secureOverlay]) {
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
      // Without two other brokers, nothing can be replicated.
      const isOfReplication = (name: string): boolean =>
        /replication\.factor$|min\.(?:isr|insync\.replicas)$/.test(name);
      assert.deepEqual(
        different.filter(([name, value]) => replicas === 3 || !isOfReplication(name) || value !== 1),
        [],
      );
      assert.equal(config['message.max.bytes'], messageBytesMax);
    });
  }

  it('has a user and a listener with TLS and a login for production-secure', { skip }, () => {
    const kafka = pick(objectsOf('references/kafka-secure'), 'Kafka');
    const listener = at(kafka, 'spec.kafka.listeners.1');
    assert.deepEqual([listener['tls'], listener['authentication']], [true, { type: 'scram-sha-512' }]);
    const address = `${kafka.metadata.name}-kafka-bootstrap.${kafka.metadata.namespace}.svc:${String(listener['port'])}`;
    const user = pick(objectsOf('references/kafka-secure'), 'KafkaUser');
    for (const name of ['client-application', 'server-application']) {
      const { data } = pick(objectsOf(secureOverlay), 'ConfigMap', name);
      assert.equal(data?.['KAFKA_URI'], address);
      assert.equal(data['KAFKA_SASL_USERNAME'], user.metadata.name);
    }
    // The listener that the network alone protects is for the brokers themselves.
    assert.deepEqual(at(kafka, 'spec.kafka.listeners.0')['networkPolicyPeers'], [
      { podSelector: { matchLabels: { 'strimzi.io/cluster': kafka.metadata.name } } },
    ]);
  });

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

        const backup = at(mongodb, 'spec.users.1');
        assert.equal(backup['name'], constant('backupUserName'));
        assert.deepEqual([backup['db'], backup['roles']], ['admin', [{ name: 'backup', db: 'admin' }]]);
        assert.match(script, /role: 'backup', db: 'admin'/);

        const { metadata, spec } = pick(objectsOf(overlays[0] ?? ''), 'Deployment', 'client-application');
        const uri = spec?.template.spec?.containers[0]?.env?.find(({ name }) => name === 'MONGODB_URI');
        assert.equal(uri?.valueFrom?.secretKeyRef?.name, user['connectionStringSecretName']);
        assert.equal(metadata.namespace, user['connectionStringSecretNamespace']);

        // The address as the operator writes it: the user's database stands behind the members.
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

describe('backups of references/mongodb', () => {
  const cronJobOf = (objects: KubernetesObject[]) => pick(objects, 'CronJob').spec?.jobTemplate.spec?.template;
  const jobOf = (objects: KubernetesObject[]) => pick(objects, 'Job').spec?.template;
  const cases = [
    ['references/mongodb', cronJobOf, 'backup', 'back-up.sh'],
    ['references/mongodb-restore', jobOf, 'restore', 'restore.sh'],
  ] as const;

  for (const [folder, templateOf, user, script] of cases) {
    it(`${folder} runs ${script} as the user ${user}, with its URI in a file and no rights beyond`, { skip }, () => {
      const objects = objectsOf(folder);
      const template = templateOf(objects);
      const container = template?.spec?.containers[0];
      const volumes = new Map(template?.spec?.volumes?.map((volume) => [volume.name, volume]));
      const users = at(pick(objects, 'MongoDBCommunity'), 'spec')['users'] as Loose[];
      const own = users.find(({ name }) => name === user);
      assert.equal(volumes.get('credentials')?.secret?.secretName, own?.['connectionStringSecretName']);
      assert.deepEqual(own?.['roles'], [{ name: user, db: 'admin' }]);
      assert.equal(container?.command?.[1], `/scripts/${script}`);
      const scripts = pick(objects, 'ConfigMap', 'mongodb-backup');
      assert.equal(volumes.get('scripts')?.configMap?.name, scripts.metadata.name);
      assert.equal(scripts.data?.[script], readText(`deploy/mongo/backup/${script}`));
      assert.match(readText('docker-compose.yml'), new RegExp(`image: ${container?.image}\\b`));
      assert.doesNotMatch(JSON.stringify(template), /mongodb:\/\//);
      assert.equal(template?.spec?.automountServiceAccountToken, false);
      assert.equal(template?.spec?.securityContext?.runAsNonRoot, true);
      assert.deepEqual(container?.securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    });

    it(`${folder} lets the pod of ${script} reach the members and nobody else`, { skip }, () => {
      const objects = objectsOf(folder);
      const labels = templateOf(objects)?.metadata?.labels;
      const policies = listKind(objects, 'NetworkPolicy');
      const own = policies.find(({ metadata }) => metadata.name === 'mathmill-backup')?.spec;
      assert.deepEqual(own?.podSelector?.matchLabels, labels);
      assert.deepEqual([own?.policyTypes, own?.ingress], [['Ingress', 'Egress'], undefined]);
      assert.deepEqual(
        own?.egress?.map(({ ports }) => ports?.map(({ port }) => port)),
        [[27_017], [53, 53]],
      );
      const members = policies.find(({ metadata }) => metadata.name === 'mathmill')?.spec;
      const peers = members?.ingress?.[0]?.from?.map(({ podSelector }) => podSelector?.matchLabels);
      assert.ok(peers?.some((peer) => JSON.stringify(peer) === JSON.stringify(labels)));
      assert.deepEqual(own?.egress?.[0]?.to?.[0]?.podSelector?.matchLabels, members?.podSelector?.matchLabels);
    });
  }

  it('have a user who can write only while a restore is applied', { skip }, () => {
    const users = (folder: string): unknown =>
      (at(pick(objectsOf(folder), 'MongoDBCommunity'), 'spec')['users'] as Loose[]).map(({ name }) => name);
    assert.deepEqual(users('references/mongodb'), ['mathmill', 'backup']);
    assert.deepEqual(users('references/mongodb-restore'), ['mathmill', 'backup', 'restore']);
  });

  it('are not the only protection: nodes that are drained take one member at a time', { skip }, () => {
    const objects = objectsOf('references/mongodb');
    const { spec } = pick(objects, 'PodDisruptionBudget');
    assert.equal(spec?.maxUnavailable, 1);
    const members = listKind(objects, 'NetworkPolicy').find(({ metadata }) => metadata.name === 'mathmill');
    assert.deepEqual(spec?.selector?.matchLabels, members?.spec?.podSelector?.matchLabels);
    // A budget for a single member would keep its node from ever being drained.
    assert.deepEqual(listKind(objectsOf('references/mongodb-development'), 'PodDisruptionBudget'), []);
  });
});

describe('references/alerts', () => {
  const rulesOf = (name: string) =>
    readFile(`references/alerts/${name}.yaml`).flatMap((object) => {
      assert.deepEqual(checkSchema(object), []);
      return (at(object, 'spec')['groups'] as ReturnType<typeof readRuleGroups>).flatMap(({ rules }) => rules);
    });
  const shipped = readRuleGroups().flatMap(({ rules }) => rules);

  it('has the alerts and the recordings of deploy/prometheus', () => {
    assert.deepEqual(
      rulesOf('alerts'),
      shipped.filter((rule) => 'alert' in rule),
    );
    assert.deepEqual(
      rulesOf('recordings'),
      shipped.filter((rule) => 'record' in rule),
    );
  });

  it('puts the address of runbooks.yaml before each runbook', { skip }, () => {
    const [runbooks] = readFile('references/alerts/runbooks.yaml');
    assert.ok(runbooks);
    const { base } = at(runbooks, 'data');
    const objects = objectsOf('references/alerts');
    assert.ok(!objects.some(({ kind }) => kind === 'ConfigMap'), 'the address itself is not sent');
    const alerts = objects.find(({ metadata }) => metadata.name === 'mathmill-alerts');
    assert.ok(alerts);
    const groups = at(alerts, 'spec')['groups'] as ReturnType<typeof readRuleGroups>;
    const links = groups.flatMap(({ rules }) =>
      rules.map((rule) => ('alert' in rule ? (rule.annotations['runbook_url'] ?? '') : '')),
    );
    assert.equal(links.length, shipped.filter((rule) => 'alert' in rule).length);
    for (const link of links) assert.match(link, new RegExp(`^${String(base)}/docs/runbooks/[a-z-]+\\.md$`));
    assert.equal(`${String(base)}/docs/runbooks`, runbookBase);
  });

  it('finds the metrics that references/kafka turns on', () => {
    const [kafka] = readFile('references/kafka/kafka.yaml');
    const [metrics] = readFile('references/kafka/metrics.yaml');
    assert.ok(kafka && metrics);
    const { name, key } = at(kafka, 'spec.kafka.metricsConfig.valueFrom.configMapKeyRef');
    assert.equal(metrics.metadata.name, name);
    const { rules } = parse(String(at(metrics, 'data')[String(key)])) as { rules: readonly { pattern: string }[] };
    const beans = ['UnderReplicatedPartitions', 'UnderMinIsrPartitionCount'];
    for (const bean of beans) {
      const text = `kafka.server<type=ReplicaManager, name=${bean}><>Value`;
      const rule = rules.find(({ pattern }) => new RegExp(`^${pattern}$`).test(text));
      assert.ok(rule, bean);
      const used = `kafka_server_replicamanager_${bean.toLowerCase()}`;
      assert.ok(
        shipped.some(({ expr }) => expr.includes(used)),
        used,
      );
    }
    const [monitor] = readFile('references/alerts/kafka-pod-monitor.yaml');
    assert.ok(monitor);
    assert.equal(at(monitor, 'spec.selector.matchLabels')['strimzi.io/cluster'], kafka.metadata.name);
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
      'a login that Strimzi does not have',
      'references/kafka-secure/user.yaml',
      'KafkaUser',
      (object) => (at(object, 'spec.authentication')['type'] = 'plain'),
      /authentication/,
    ],
    [
      'an unknown field of the login of KEDA',
      'components/kafka-login/trigger-authentication.yaml',
      'TriggerAuthentication',
      (object) => (at(object, 'spec.secretTargetRef.0')['secret'] = 'x'),
      /secret is no field/,
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

describe('the Prometheus of docs/kubernetes.md', () => {
  const [, text = ''] = /^```yaml\n(.*kind: Prometheus\n[\s\S]*?)^```$/ms.exec(readText('docs/kubernetes.md')) ?? [];
  const prometheus = parse(text) as KubernetesObject & { readonly spec: Loose };

  it('would be taken by the operator', () => assert.deepEqual(checkSchema(prometheus), []));

  it('stores what is pushed as the Prometheus of Compose does', () => {
    const compose = parse(readText('deploy/prometheus/prometheus.yml')) as { otlp: Loose; storage: { tsdb: Loose } };
    const { otlp, tsdb, retention } = prometheus.spec as { otlp: Loose; tsdb: Loose; retention: string };
    assert.deepEqual(otlp, {
      promoteResourceAttributes: compose.otlp['promote_resource_attributes'],
      translationStrategy: compose.otlp['translation_strategy'],
    });
    assert.equal(tsdb['outOfOrderTimeWindow'], compose.storage.tsdb['out_of_order_time_window']);
    assert.equal(retention, (compose.storage.tsdb['retention'] as Loose)['time']);
  });
});

describe('planted violations of rules', { skip }, () => {
  const pod = 'spec.template.spec';
  const container = `${pod}.containers.0`;
  const client = 'Deployment client-application';
  const server = 'Deployment server-application';
  const scaled = 'ScaledObject server-application';
  type Objects = KubernetesObject[];
  const clientOf = (objects: Objects): KubernetesObject => pick(objects, 'Deployment', 'client-application');
  const serverOf = (objects: Objects): KubernetesObject => pick(objects, 'Deployment', 'server-application');
  const settingsOf = (objects: Objects, name: string): Loose => at(pick(objects, 'ConfigMap', name), 'data');
  const without = (objects: Objects, kind: keyof Kinds, name: string): void => {
    objects.splice(objects.indexOf(pick(objects, kind, name)), 1);
  };

  /** In overlays/production, and in overlays/production-secure. */
  type Planted = [rule: string, object: string, change: (objects: Objects) => unknown];
  const plantedSecure: Planted[] = [
    ['secrets', server, (objects) => (settingsOf(objects, 'server-application')['KAFKA_SASL_PASSWORD'] = 'example')],
    ['files', server, (objects) => (at(serverOf(objects), pod)['volumes'] as unknown[]).pop()],
    ['files', server, (objects) => (settingsOf(objects, 'server-application')['KAFKA_TLS_CA_FILE'] = '/ca.crt')],
    ['files', client, (objects) => delete at(clientOf(objects), `${container}.volumeMounts.1`)['readOnly']],
    [
      'privileges',
      client,
      (objects) => (at(clientOf(objects), pod)['volumes'] = [{ name: 'x', hostPath: { path: '/' } }]),
    ],
    [
      'network',
      server,
      (objects) => (at(pick(objects, 'NetworkPolicy', 'server-application'), 'spec.egress.0.ports.0')['port'] = 9092),
    ],
    ['scaling', scaled, (objects) => without(objects, 'TriggerAuthentication', 'kafka-login')],
    ['scaling', scaled, (objects) => delete triggerOf(objects)['sasl']],
    ['scaling', scaled, (objects) => delete triggerOf(objects)['tls']],
    ['scaling', scaled, (objects) => (at(pick(objects, 'TriggerAuthentication'), 'spec')['secretTargetRef'] = [])],
  ];
  const planted: Planted[] = [
    ['probes', client, (objects) => delete at(clientOf(objects), container)['startupProbe']],
    ['probes', client, (objects) => delete at(clientOf(objects), container)['livenessProbe']],
    ['probes', server, (objects) => (at(serverOf(objects), `${container}.readinessProbe.httpGet`)['path'] = '/health')],
    ['probes', server, (objects) => (at(serverOf(objects), `${container}.ports.0`)['containerPort'] = 8081)],
    ['probes', client, (objects) => (at(clientOf(objects), `${container}.ports.1`)['containerPort'] = 8080)],
    ['probes', client, (objects) => (at(clientOf(objects), `${container}.livenessProbe.httpGet`)['port'] = 'http')],
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

  const all = [
    ...planted.map((each) => ['overlays/production', ...each] as const),
    ...plantedSecure.map((each) => [secureOverlay, ...each] as const),
  ];
  for (const [index, [folder, rule, object, change]] of all.entries()) {
    it(`${index + 1}: ${rule} of ${object} in ${folder}`, () => {
      const objects = objectsOf(folder);
      change(objects);
      const findings = checkOverlay(objects);
      assert.ok(
        findings.some((finding) => finding.rule === rule && finding.object === object),
        `not found; found ${JSON.stringify(findings)}`,
      );
    });
  }
});
