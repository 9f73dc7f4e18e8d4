/** Rules for an overlay that are in no schema. Each rule reports its problems, and the object of each. */
import type { IScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { isDeepStrictEqual } from 'node:util';
import { defaultKafkaNames } from '../../src/bus/kafka/index.ts';
import { partitionsDefault } from '../../src/bus/kafka/topics.ts';
import { describeConfig, readClientApplicationConfig, readServerApplicationConfig } from '../../src/config.ts';
import { stopMs } from '../../src/run-application.ts';
import { listKind, nameOf, type KubernetesObject } from './kubernetes-objects.ts';

export interface Finding {
  readonly rule: string;
  readonly object: string;
  readonly problem: string;
}

type Application = 'client-application' | 'server-application';
type PodSpec = NonNullable<NonNullable<IDeployment['spec']>['template']['spec']>;
type Container = PodSpec['containers'][number];

/** One Deployment, its parts, and all other objects. */
interface Workload {
  readonly application: Application;
  readonly deployment: IDeployment;
  readonly pod: PodSpec;
  readonly container: Container;
  /** The environment by plain values: those of the ConfigMap and of the container. */
  readonly settings: Readonly<Record<string, string>>;
  /** All names that the environment has, with those that come from elsewhere. */
  readonly names: readonly string[];
  readonly objects: Objects;
}

type Objects = readonly KubernetesObject[];

/** One problem for each condition that does not hold. */
function require(conditions: Readonly<Record<string, boolean>>): string[] {
  return Object.keys(conditions).filter((problem) => conditions[problem] !== true);
}

/** Ports that an application connects to, other than those of the brokers, of name servers and telemetry. */
const mongodbPort = 27_017;
const reach: Readonly<Record<Application, { readonly to: readonly number[]; readonly isReached: boolean }>> = {
  'client-application': { to: [mongodbPort], isReached: true },
  'server-application': { to: [], isReached: false },
};
/** How KEDA names the mechanisms of a login. */
const kedaMechanisms: Readonly<Record<string, string>> = {
  PLAIN: 'plaintext',
  'SCRAM-SHA-256': 'scram_sha256',
  'SCRAM-SHA-512': 'scram_sha512',
};

/** How the pods of a version are replaced: the API never lacks a pod, consumers come and go one by one. */
const rollout: Readonly<Record<Application, object>> = {
  'client-application': { maxUnavailable: 0, maxSurge: 1 },
  'server-application': { maxUnavailable: 1, maxSurge: 0 },
};

/** An application gives up by itself when brokers and store are away for longer than a minute each. */
const startupSecondsMin = 150;
/** `/health/ready` names the dependencies that do not respond within 3 s. */
const readinessSecondsMin = 4;
/** V8 keeps more than its heap. */
const heapShare = 0.75;

const readers = {
  'client-application': readClientApplicationConfig,
  'server-application': readServerApplicationConfig,
} as const;

type Rule = (workload: Workload) => string[];
type Volume = NonNullable<PodSpec['volumes']>[number];

function isOfSecrets({ secret, projected }: Volume): boolean {
  const sources = projected?.sources ?? [];
  return secret !== undefined || (sources.length > 0 && sources.every((source) => source.secret !== undefined));
}

/** The files of a volume's secrets, at the place where it is mounted. */
function filesOf({ secret, projected }: Volume, mountPath: string): string[] {
  const sources = [secret, ...(projected?.sources ?? []).map((source) => source.secret)];
  return sources.flatMap((source) => source?.items?.map(({ path }) => `${mountPath}/${path}`) ?? []);
}

function mebibytes(quantity: unknown): number {
  const match = /^(\d+)(Mi|Gi)$/.exec(String(quantity));
  return match === null ? Number.NaN : Number(match[1]) * (match[2] === 'Gi' ? 1024 : 1);
}

function cores(quantity: unknown): number {
  const text = String(quantity);
  return text.endsWith('m') ? Number(text.slice(0, -1)) / 1000 : Number(text);
}

function selectorOf({ spec }: IDeployment): Readonly<Record<string, string>> {
  return spec?.selector.matchLabels ?? {};
}

function selects(
  labels: Readonly<Record<string, string>> = {},
  selector: Readonly<Record<string, string>> = {},
): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}

function policiesOf({ deployment, objects }: Workload): readonly INetworkPolicy[] {
  const labels = deployment.spec?.template.metadata?.labels;
  return listKind(objects, 'NetworkPolicy').filter(({ spec }) => selects(labels, spec?.podSelector?.matchLabels));
}

const workloadRules: Readonly<Record<string, Rule>> = {
  probes: ({ container, settings }) => {
    const { startupProbe, livenessProbe, readinessProbe } = container;
    const portOf = (wanted: string) =>
      String(container.ports?.find(({ name }) => name === wanted)?.containerPort ?? '');
    // Users can fill the port that they reach.
    const asked = settings['PROBE_PORT'] === undefined ? 'http' : 'probes';
    const start = (startupProbe?.periodSeconds ?? 10) * (startupProbe?.failureThreshold ?? 3);
    return require({
      'no startup probe of /health': startupProbe?.httpGet?.path === '/health',
      'no liveness probe of /health': livenessProbe?.httpGet?.path === '/health',
      'no readiness probe of /health/ready': readinessProbe?.httpGet?.path === '/health/ready',
      'a probe asks another port': [startupProbe, livenessProbe, readinessProbe].every(
        (probe) => probe?.httpGet?.port === asked,
      ),
      'the port is not the one of HTTP_PORT': portOf('http') === settings['HTTP_PORT'],
      'the port is not the one of PROBE_PORT': portOf('probes') === (settings['PROBE_PORT'] ?? ''),
      [`it has ${start} s to start`]: start >= startupSecondsMin,
      'readiness is not waited for': (readinessProbe?.timeoutSeconds ?? 1) >= readinessSecondsMin,
    });
  },

  stop: ({ application, pod, container }) => {
    const pause = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
    return require({
      'it is killed before its own stop ends': (pod.terminationGracePeriodSeconds ?? 30) > pause + stopMs / 1000,
      'it stops while requests still come': pause > 0 || !reach[application].isReached,
    });
  },

  rollout: ({ application, deployment }) =>
    require({
      'another way of rolling out': isDeepStrictEqual(deployment.spec?.strategy?.rollingUpdate, rollout[application]),
    }),

  disruption: ({ deployment, objects }) =>
    require({
      'no budget that lets one go': listKind(objects, 'PodDisruptionBudget').some(
        ({ spec }) =>
          spec?.maxUnavailable === 1 && isDeepStrictEqual(spec.selector?.matchLabels, selectorOf(deployment)),
      ),
    }),

  spread: ({ deployment, pod }) => {
    const spread = (pod.topologySpreadConstraints ?? []).filter(
      ({ maxSkew, labelSelector }) =>
        maxSkew === 1 && isDeepStrictEqual(labelSelector?.matchLabels, selectorOf(deployment)),
    );
    return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname']
      .filter((key) => !spread.some(({ topologyKey }) => topologyKey === key))
      .map((key) => `not spread over ${key}`);
  },

  resources: ({ container: { resources }, settings }) => {
    const memory = mebibytes(resources?.limits?.['memory']);
    const heap = Number(/^--max-old-space-size=(\d+)$/.exec(settings['NODE_OPTIONS'] ?? '')?.[1]);
    const processors = cores(resources?.requests?.['cpu']);
    return require({
      'no limit of memory': memory > 0,
      'another request of memory than its limit': mebibytes(resources?.requests?.['memory']) === memory,
      'no request of processors': processors > 0,
      'a limit of processors': resources?.limits?.['cpu'] === undefined,
      [`a heap of ${heap} MiB`]: heap === memory * heapShare,
      'another number of threads than of processors':
        settings['EVALUATOR_THREADS'] === undefined || Number(settings['EVALUATOR_THREADS']) === Math.ceil(processors),
    });
  },

  privileges: ({ pod, container: { securityContext } }) =>
    require({
      'it may run as root': pod.securityContext?.runAsNonRoot === true,
      'not the user of the image': pod.securityContext?.runAsUser === 1000 && pod.securityContext.runAsGroup === 1000,
      'no seccomp profile': pod.securityContext?.seccompProfile?.type === 'RuntimeDefault',
      'privileges can be gained': securityContext?.allowPrivilegeEscalation === false,
      'the root file system can be written': securityContext?.readOnlyRootFilesystem === true,
      'not all capabilities are dropped': isDeepStrictEqual(securityContext?.capabilities, { drop: ['ALL'] }),
      'it is privileged': securityContext?.privileged === undefined,
      'it shares something with its node':
        pod.hostNetwork === undefined && pod.hostPID === undefined && pod.hostIPC === undefined,
      'a volume that is neither bounded nor of secrets': (pod.volumes ?? []).every(
        (volume) => volume.emptyDir?.sizeLimit !== undefined || isOfSecrets(volume),
      ),
    }),

  files: ({ pod, container, settings }) => {
    const mounts = container.volumeMounts ?? [];
    const pathsOf = (volume: Volume): string[] =>
      mounts.filter(({ name }) => name === volume.name).flatMap(({ mountPath }) => filesOf(volume, mountPath));
    const present = new Set((pod.volumes ?? []).flatMap(pathsOf));
    const wanted = Object.entries(settings).filter(([name, path]) => name.endsWith('_FILE') && path !== '');
    const secret = new Set((pod.volumes ?? []).filter(isOfSecrets).map(({ name }) => name));
    return [
      ...wanted.flatMap(([name, path]) => (present.has(path) ? [] : [`${name} names ${path}, which no secret holds`])),
      ...mounts.flatMap(({ name, readOnly }) =>
        secret.has(name) && readOnly !== true ? [`the secrets of ${name} can be written`] : [],
      ),
    ];
  },

  account: ({ application, pod, objects }) =>
    require({
      'no account of its own': pod.serviceAccountName === application,
      'its account does not exist': listKind(objects, 'ServiceAccount').some(
        (account) => account.metadata.name === application && account.automountServiceAccountToken === false,
      ),
      'it gets a token': pod.automountServiceAccountToken === false,
      'it gets the addresses of all services': pod.enableServiceLinks === false,
    }),

  network: (workload) => {
    const policies = policiesOf(workload);
    const shared = policies.filter(({ spec }) => isDeepStrictEqual(spec?.podSelector, {}));
    const own = policies.filter((policy) => !shared.includes(policy));
    const { to, isReached } = reach[workload.application];
    const brokerPort = Number(workload.settings['KAFKA_URI']?.split(':').at(-1));
    const egress = own.flatMap(({ spec }) => spec?.egress ?? []);
    const ingress = own.flatMap(({ spec }) => spec?.ingress ?? []);
    return require({
      'nothing is denied by default': shared.some(
        ({ spec }) =>
          isDeepStrictEqual(spec?.policyTypes, ['Ingress', 'Egress']) &&
          spec?.ingress === undefined &&
          spec?.egress === undefined,
      ),
      'it does not find names': shared.some(({ spec }) =>
        spec?.egress?.some(({ ports }) => ports?.every(({ port }) => port === 53)),
      ),
      'all may come in': shared.every(({ spec }) => spec?.ingress === undefined),
      [`it may connect to ${egress.flatMap(({ ports }) => ports?.map(({ port }) => port)).join(', ')}`]:
        isDeepStrictEqual(
          egress.flatMap(({ ports }) => ports?.map(({ port }) => port) ?? ['any']),
          [brokerPort, ...to],
        ),
      'it may connect to everyone': [...egress, ...shared.flatMap(({ spec }) => spec?.egress ?? [])].every(
        ({ to: peers }) => (peers?.length ?? 0) > 0,
      ),
      'not who should may come in': isReached
        ? ingress.length > 0 && ingress.every(({ from, ports }) => from?.length === 1 && ports?.[0]?.port === 'http')
        : ingress.length === 0,
    });
  },

  settings: ({ application, settings, names }) => {
    const known = new Set(
      describeConfig()
        .filter(({ readBy }) => readBy.includes(application))
        .map(({ name }) => name),
    );
    const unknown = names.filter((name) => !known.has(name) && name !== 'NODE_OPTIONS');
    const twice = names.filter((name, index) => names.indexOf(name) !== index);
    const reading = readers[application]({
      ...settings,
      INSTANCE_ID: `${application}-7d9c5b8f6d-x2x4k`,
      MONGODB_URI: 'mongodb://mathmill-0.mathmill-svc.mongodb.svc.cluster.local:27017/mathmill',
    });
    return [
      ...unknown.map((name) => `${name} is no setting of the ${application}`),
      ...twice.map((name) => `${name} is set twice`),
      ...(reading.kind === 'invalid' ? reading.problems : []),
      ...require({ 'OTEL_SERVICE_NAME is another': settings['OTEL_SERVICE_NAME'] === application }),
    ];
  },

  identity: ({ container }) =>
    require({
      'INSTANCE_ID is not the name of the pod':
        container.env?.find(({ name }) => name === 'INSTANCE_ID')?.valueFrom?.fieldRef?.fieldPath === 'metadata.name',
    }),

  secrets: ({ application, container, settings, names }) => {
    const uri = container.env?.find(({ name }) => name === 'MONGODB_URI');
    return [
      ...Object.entries(settings).flatMap(([name, value]) =>
        require({
          [`${name} holds a secret`]: !/(?:PASSWORD|SECRET|TOKEN)(?!.*_FILE$)|MONGODB_URI/.test(name),
          [`${name} holds a URI with a password`]: !/\/\/[^/@]*:[^/@]+@/.test(value),
        }),
      ),
      ...require({
        'the store is not told by a secret': names.includes('MONGODB_URI')
          ? uri?.valueFrom?.secretKeyRef !== undefined
          : application === 'server-application',
      }),
    ];
  },

  program: ({ application, container }) =>
    require({
      [`runs ${container.command?.join(' ')}`]: isDeepStrictEqual(container.command, [
        'node',
        `dist/${application}.js`,
      ]),
    }),

  images: ({ container: { image = '' } }) =>
    require({
      [`${image} is not pinned`]: /(?::[\w.-]+|@sha256:[0-9a-f]{64})$/.test(image) && !image.endsWith(':latest'),
    }),

  replicas: ({ application, deployment, objects }) => {
    const scalers = [...listKind(objects, 'HorizontalPodAutoscaler'), ...listKind(objects, 'ScaledObject')].filter(
      ({ spec }) => spec?.scaleTargetRef.name === application,
    );
    return require({
      [`${scalers.length} autoscalers`]: scalers.length <= 1,
      'the number of replicas is nobody’s or two ones’':
        (deployment.spec?.replicas === undefined) === (scalers.length === 1),
    });
  },
};

function checkScaledObject(object: IScaledObject, objects: Objects): string[] {
  const { requestGroup, requestTopic } = defaultKafkaNames;
  const { minReplicaCount = 0, maxReplicaCount = 100, triggers } = object.spec ?? {};
  const lag = triggers?.find(({ type }) => type === 'kafka')?.metadata;
  const target = listWorkloads(objects).find(({ application }) => application === object.spec?.scaleTargetRef.name);
  return require({
    'its target is not there': target !== undefined,
    'no trigger by lag': lag !== undefined,
    [`the group ${lag?.['consumerGroup']}`]: lag?.['consumerGroup'] === requestGroup,
    [`the topic ${lag?.['topic']}`]: lag?.['topic'] === requestTopic,
    'other brokers than the application': lag?.['bootstrapServers'] === target?.settings['KAFKA_URI'],
    ...checkTriggerLogin(object, target?.settings ?? {}, objects),
    'no threshold': Number(lag?.['lagThreshold']) > 0,
    'it may go below 3': minReplicaCount >= 3,
    'partitions cannot be shared equally': partitionsDefault % maxReplicaCount === 0,
  });
}

/** KEDA connects as the applications do. */
function checkTriggerLogin(
  { spec }: IScaledObject,
  settings: Readonly<Record<string, string>>,
  objects: Objects,
): Record<string, boolean> {
  const trigger = spec?.triggers.find(({ type }) => type === 'kafka');
  const authentication = listKind(objects, 'TriggerAuthentication').find(
    ({ metadata }) => metadata.name === trigger?.authenticationRef?.name,
  );
  const given = new Set((authentication?.spec?.secretTargetRef ?? []).map(({ parameter }) => parameter));
  const mechanism = settings['KAFKA_SASL_MECHANISM'];
  const needed = [
    ...(mechanism === undefined ? [] : ['username', 'password']),
    ...(settings['KAFKA_TLS_CA_FILE'] === undefined ? [] : ['ca']),
  ];
  return {
    'TLS otherwise than the application':
      (trigger?.metadata['tls'] === 'enable') === (settings['KAFKA_TLS'] === 'true'),
    'another login than the application': trigger?.metadata['sasl'] === kedaMechanisms[mechanism ?? ''],
    [`${needed.join(', ')} are not given to it`]: needed.every((name) => given.has(name)),
  };
}

function checkNamespaces(objects: Objects): Finding[] {
  return objects.flatMap((object) => {
    const { namespace, labels } = object.metadata;
    const problems =
      object.kind === 'Namespace'
        ? require({ 'it is not restricted': labels?.['pod-security.kubernetes.io/enforce'] === 'restricted' })
        : require({ 'it is in no namespace': namespace === 'mathmill' });
    return problems.map((problem) => ({ rule: 'namespace', object: nameOf(object), problem }));
  });
}

function listWorkloads(objects: Objects): Workload[] {
  return listKind(objects, 'Deployment').flatMap((deployment) => {
    const application = (['client-application', 'server-application'] as const).find(
      (name) => name === deployment.metadata.name,
    );
    const pod = deployment.spec?.template.spec;
    const [container, ...others] = pod?.containers ?? [];
    if (application === undefined || pod === undefined || container === undefined || others.length > 0) return [];
    const maps = listKind(objects, 'ConfigMap');
    const shared = (container.envFrom ?? []).map(
      ({ configMapRef }) => maps.find(({ metadata }) => metadata.name === configMapRef?.name)?.data ?? {},
    );
    const own = container.env ?? [];
    const plain = own.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
    const settings: Record<string, string> = { ...Object.assign({}, ...shared), ...Object.fromEntries(plain) };
    const names = [...shared.flatMap(Object.keys), ...own.map(({ name }) => name)];
    return [{ application, deployment, pod, container, settings, names, objects }];
  });
}

/** All problems of the objects that an overlay renders to. */
export function checkOverlay(objects: readonly KubernetesObject[]): Finding[] {
  const workloads = listWorkloads(objects);
  const deployments = listKind(objects, 'Deployment');
  return [
    ...checkNamespaces(objects),
    ...(workloads.length === 2 && deployments.length === 2
      ? []
      : [{ rule: 'shape', object: 'overlay', problem: `${workloads.length} applications of ${deployments.length}` }]),
    ...workloads.flatMap((workload) =>
      Object.entries(workloadRules).flatMap(([rule, check]) =>
        check(workload).map((problem) => ({ rule, object: `Deployment ${workload.application}`, problem })),
      ),
    ),
    ...listKind(objects, 'ScaledObject').flatMap((object) =>
      checkScaledObject(object, objects).map((problem) => ({ rule: 'scaling', object: nameOf(object), problem })),
    ),
  ];
}
