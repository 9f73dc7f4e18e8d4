/**
 * The kinds of Strimzi and of MongoDB Controllers for Kubernetes, for which npm has no models: the part of them that is
 * used here. A field that they have and this does not is refused until somebody looks it up and adds it.
 *
 * Sources: the API `kafka.strimzi.io/v1` of Strimzi 1.x (its custom resource definitions 040, 043, 044 and 045 and its examples
 * for 4.3.x), and the definition of `mongodbcommunity.mongodb.com/v1` of MongoDB Controllers for Kubernetes 1.x.
 */
import { Type, type TProperties, type TSchema } from 'typebox';

function strict<Properties extends TProperties>(properties: Properties) {
  return Type.Object(properties, { additionalProperties: false });
}

const texts = Type.Record(Type.String(), Type.String());
/** Checked as what Kubernetes itself has of that name. */
const embedded = Type.Unknown();
const quantity = Type.String({ pattern: '^\\d+(?:Mi|Gi|Ti)$' });
const heap = Type.String({ pattern: '^\\d+[kmg]$' });

function metadata(labels: TSchema) {
  return strict({
    name: Type.String({ pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' }),
    namespace: Type.Optional(Type.String()),
    annotations: Type.Optional(texts),
    labels,
  });
}

/** Without this label no operator looks at the object. */
const ofCluster = metadata(
  Type.Object({ 'strimzi.io/cluster': Type.String() }, { additionalProperties: Type.String() }),
);
const anyMetadata = metadata(Type.Optional(texts));

const kafkaNodePool = strict({
  apiVersion: Type.Literal('kafka.strimzi.io/v1'),
  kind: Type.Literal('KafkaNodePool'),
  metadata: ofCluster,
  spec: strict({
    replicas: Type.Integer({ minimum: 0 }),
    roles: Type.Array(Type.Union([Type.Literal('controller'), Type.Literal('broker')]), { minItems: 1 }),
    storage: strict({
      type: Type.Literal('jbod'),
      volumes: Type.Array(
        strict({
          id: Type.Integer({ minimum: 0 }),
          type: Type.Literal('persistent-claim'),
          size: quantity,
          class: Type.Optional(Type.String()),
          deleteClaim: Type.Optional(Type.Boolean()),
          kraftMetadata: Type.Optional(Type.Literal('shared')),
        }),
        { minItems: 1 },
      ),
    }),
    resources: Type.Optional(embedded),
    jvmOptions: Type.Optional(strict({ '-Xms': Type.Optional(heap), '-Xmx': Type.Optional(heap) })),
    template: Type.Optional(
      strict({
        pod: strict({
          terminationGracePeriodSeconds: Type.Optional(Type.Integer({ minimum: 0 })),
          topologySpreadConstraints: Type.Optional(embedded),
        }),
      }),
    ),
  }),
});

/** Settings of brokers that Strimzi makes itself, by their beginnings; what is given of them is ignored. */
const ownedByStrimzi =
  'listeners|advertised\\.|broker\\.|listener\\.|host\\.name|port|inter\\.broker\\.listener\\.name|sasl\\.|ssl\\.|' +
  'security\\.|password\\.|log\\.dir|authorizer\\.|super\\.user|node\\.id|process\\.roles|controller\\.|metadata\\.log\\.dir';

/** Of clients that Strimzi makes users for. */
const login = Type.Union([Type.Literal('scram-sha-512'), Type.Literal('tls')]);
const operator = strict({ resources: Type.Optional(embedded) });

const kafka = strict({
  apiVersion: Type.Literal('kafka.strimzi.io/v1'),
  kind: Type.Literal('Kafka'),
  metadata: anyMetadata,
  spec: strict({
    kafka: strict({
      version: Type.Optional(Type.String({ pattern: '^\\d+\\.\\d+\\.\\d+$' })),
      metadataVersion: Type.Optional(Type.String({ pattern: '^\\d+\\.\\d+(?:-IV\\d+)?$' })),
      listeners: Type.Array(
        strict({
          name: Type.String({ pattern: '^[a-z0-9]{1,11}$' }),
          port: Type.Integer({ minimum: 9092 }),
          type: Type.Union(
            ['internal', 'route', 'loadbalancer', 'nodeport', 'ingress', 'cluster-ip'].map((name) =>
              Type.Literal(name),
            ),
          ),
          tls: Type.Boolean(),
          authentication: Type.Optional(strict({ type: login })),
          networkPolicyPeers: Type.Optional(embedded),
        }),
        { minItems: 1 },
      ),
      metricsConfig: Type.Optional(
        strict({
          type: Type.Literal('jmxPrometheusExporter'),
          valueFrom: strict({ configMapKeyRef: strict({ name: Type.String(), key: Type.String() }) }),
        }),
      ),
      config: Type.Optional(
        Type.Record(
          Type.String({ pattern: `^(?!(?:${ownedByStrimzi}))[a-z0-9.]+$` }),
          Type.Union([Type.String(), Type.Number(), Type.Boolean()]),
          { additionalProperties: false },
        ),
      ),
    }),
    entityOperator: Type.Optional(
      strict({ topicOperator: Type.Optional(operator), userOperator: Type.Optional(operator) }),
    ),
  }),
});

const kafkaTopic = strict({
  apiVersion: Type.Literal('kafka.strimzi.io/v1'),
  kind: Type.Literal('KafkaTopic'),
  metadata: ofCluster,
  spec: strict({
    topicName: Type.Optional(Type.String()),
    partitions: Type.Optional(Type.Integer({ minimum: 1 })),
    replicas: Type.Optional(Type.Integer({ minimum: 1, maximum: 32_767 })),
    config: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
  }),
});

const kafkaUser = strict({
  apiVersion: Type.Literal('kafka.strimzi.io/v1'),
  kind: Type.Literal('KafkaUser'),
  metadata: ofCluster,
  spec: strict({ authentication: strict({ type: login }) }),
});

const mongodbCommunity = strict({
  apiVersion: Type.Literal('mongodbcommunity.mongodb.com/v1'),
  kind: Type.Literal('MongoDBCommunity'),
  metadata: anyMetadata,
  spec: strict({
    type: Type.Literal('ReplicaSet'),
    members: Type.Integer({ minimum: 0, maximum: 50 }),
    version: Type.String(),
    security: strict({
      authentication: strict({
        modes: Type.Array(
          Type.Union(['SCRAM', 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'X509'].map((mode) => Type.Literal(mode))),
        ),
      }),
    }),
    users: Type.Array(
      strict({
        name: Type.String(),
        db: Type.Optional(Type.String()),
        passwordSecretRef: strict({ name: Type.String(), key: Type.Optional(Type.String()) }),
        roles: Type.Array(strict({ name: Type.String(), db: Type.String() })),
        scramCredentialsSecretName: Type.String({ pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' }),
        connectionStringSecretName: Type.Optional(Type.String()),
        connectionStringSecretNamespace: Type.Optional(Type.String()),
        additionalConnectionStringConfig: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
      }),
    ),
    additionalMongodConfig: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    statefulSet: Type.Optional(strict({ spec: embedded })),
  }),
});

/** By apiVersion and kind. */
export const operatorSchemas: Readonly<Record<string, TSchema>> = {
  'kafka.strimzi.io/v1 KafkaNodePool': kafkaNodePool,
  'kafka.strimzi.io/v1 Kafka': kafka,
  'kafka.strimzi.io/v1 KafkaTopic': kafkaTopic,
  'kafka.strimzi.io/v1 KafkaUser': kafkaUser,
  'mongodbcommunity.mongodb.com/v1 MongoDBCommunity': mongodbCommunity,
};
