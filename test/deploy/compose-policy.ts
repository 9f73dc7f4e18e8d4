/** Rules for the compose file that no linter checks. Each rule reports its problems, and the service of each. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describeConfig, type ConfigReader } from '../../src/config.ts';

export interface Service {
  image?: string;
  build?: string;
  command?: string[];
  profiles?: string[];
  user?: string;
  init?: boolean;
  restart?: string;
  read_only?: boolean;
  privileged?: boolean;
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  stop_grace_period?: string;
  network_mode?: string;
  networks?: string[];
  ports?: string[];
  volumes?: string[];
  tmpfs?: string[];
  environment?: Record<string, string | null>;
  logging?: { options?: Record<string, string> };
  healthcheck?: Record<string, unknown>;
  depends_on?: Record<string, { condition: string }>;
  deploy?: { resources?: { limits?: Record<string, string | number> } };
}

export interface Compose {
  name?: string;
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean } | null>;
  volumes: Record<string, null>;
}

export interface Finding {
  readonly rule: string;
  readonly service: string;
  readonly problem: string;
}

/** The value that a text of the file has in an environment that sets nothing. */
function interpolate(text: string): string {
  return text.replaceAll(/\$\{\w+(?::?-([^}]*))?\}/g, (_match, fallback: string | undefined) => fallback ?? '');
}

type Rule = (service: Service, name: string, compose: Compose, root: string) => string[];

/** One problem for each condition that does not hold. */
function require(conditions: Readonly<Record<string, boolean>>): string[] {
  return Object.keys(conditions).filter((problem) => conditions[problem] !== true);
}

function isOneShot(service: Service): boolean {
  return service.restart === undefined;
}

function kindOf(name: string): string {
  return name.replace(/-\d+$/, '');
}

/** The published ports: all of them to this machine alone. */
const published: Readonly<Record<string, string>> = {
  'client-application-1': '127.0.0.1:8080:8080',
  'client-application-2': '127.0.0.1:8081:8080',
  'client-application-3': '127.0.0.1:8082:8080',
  prometheus: '127.0.0.1:9090:9090',
  jaeger: '127.0.0.1:16686:16686',
  grafana: '127.0.0.1:3000:3000',
};

/** The networks of each kind of service: no service is in one that it does not need. */
const reach: Readonly<Record<string, readonly string[]>> = {
  'client-application': ['bus', 'front', 'store'],
  'server-application': ['bus', 'front'],
  kafka: ['bus'],
  'init-topics': ['bus'],
  mongo: ['store'],
  'init-replica-set': ['store'],
  'make-secrets': [],
  backup: ['store'],
  prometheus: ['front'],
  jaeger: ['front'],
  grafana: ['front'],
};

/** Services that start only on request; all others make up the cluster and are in no profile. */
const profiles: Readonly<Record<string, readonly string[]>> = {
  grafana: ['observability'],
  backup: ['backup'],
};

/** Volumes that the images declare: each one not covered leaves a nameless volume behind at every start. */
const imageVolumes: Readonly<Record<string, readonly string[]>> = {
  'apache/kafka': ['/var/lib/kafka/data', '/etc/kafka/secrets', '/mnt/shared/config'],
  mongo: ['/data/db', '/data/configdb'],
  'prom/prometheus': ['/prometheus'],
};

const openTelemetryNames = new Set([
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
  'OTEL_METRIC_EXPORT_INTERVAL',
  'OTEL_METRIC_EXPORT_TIMEOUT',
  'OTEL_RESOURCE_ATTRIBUTES',
  'OTEL_SDK_DISABLED',
  'OTEL_SERVICE_NAME',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
]);

function applicationOf(name: string): ConfigReader | undefined {
  return (['client-application', 'server-application'] as const).find((application) => kindOf(name) === application);
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || folder.startsWith(`${path}/`);
}

const rules: Readonly<Record<string, Rule>> = {
  privileges: (service) =>
    require({
      'the root file system can be written': service.read_only === true,
      'not all capabilities are dropped': service.cap_drop?.includes('ALL') === true,
      'capabilities are added': service.cap_add === undefined,
      'privileges can be gained': service.security_opt?.includes('no-new-privileges:true') === true,
      'it is privileged': service.privileged !== true,
      'the user is not a number other than 0': /^[1-9]\d*:[1-9]\d*$/.test(service.user ?? ''),
    }),

  bounds: (service) =>
    require({
      'no limit of cpus': service.deploy?.resources?.limits?.['cpus'] !== undefined,
      'no limit of memory': service.deploy?.resources?.limits?.['memory'] !== undefined,
      'no limit of processes': service.deploy?.resources?.limits?.['pids'] !== undefined,
      'its log has no bound': ['max-size', 'max-file'].every(
        (option) => service.logging?.options?.[option] !== undefined,
      ),
    }),

  life: (service, name, { services }) => {
    if (isOneShot(service)) {
      const waits = Object.values(services).some(
        (other) => other.depends_on?.[name]?.condition === 'service_completed_successfully',
      );
      // A service in a profile is started by a person, who waits.
      return require({ 'it runs once and nobody waits for it': waits || profiles[name] !== undefined });
    }
    const settings = ['test', 'interval', 'timeout', 'retries', 'start_period'];
    return require({
      'it is not restarted': service.restart === 'unless-stopped',
      'nothing collects the processes that it leaves': service.init === true,
      'no health check, or not all of its settings': settings.every((key) => service.healthcheck?.[key] !== undefined),
      'no time to stop': service.stop_grace_period !== undefined,
    });
  },

  profiles: (service, name, { services }) => {
    const wanted = profiles[name] ?? [];
    const needed = Object.entries(services).filter(
      ([other, { depends_on: targets = {} }]) => Object.hasOwn(targets, name) && profiles[other] === undefined,
    );
    return require({
      [`is in the profiles ${JSON.stringify(service.profiles ?? [])}, not ${JSON.stringify(wanted)}`]:
        JSON.stringify(service.profiles ?? []) === JSON.stringify(wanted),
      'others need it that are always started': wanted.length === 0 || needed.length === 0,
    });
  },

  ports: (service, name) => {
    const wanted = published[name] === undefined ? [] : [published[name]];
    return require({
      [`publishes ${JSON.stringify(service.ports ?? [])}, not ${JSON.stringify(wanted)}`]:
        JSON.stringify((service.ports ?? []).map(interpolate)) === JSON.stringify(wanted),
    });
  },

  networks: (service, name, compose) => {
    const wanted = reach[kindOf(name)];
    const problems = require({
      [`is on ${service.networks?.join(', ') ?? 'the default network'}`]:
        wanted?.length === 0
          ? service.network_mode === 'none' && service.networks === undefined
          : JSON.stringify(service.networks) === JSON.stringify(wanted),
    });
    const open = (service.networks ?? []).filter(
      (network) => network !== 'front' && compose.networks[network]?.internal !== true,
    );
    return [...problems, ...open.map((network) => `the network ${network} has a way out`)];
  },

  mounts: (service, _name, compose, root) => {
    const mounts = (service.volumes ?? []).map((mount) => mount.split(':'));
    const problems = mounts.flatMap(([source = '', target = '', mode]) =>
      source.startsWith('.')
        ? require({
            [`${source} does not exist`]: existsSync(join(root, source)),
            [`${source} can be written`]: mode === 'ro',
          })
        : require({ [`the volume of ${target} is not named below`]: Object.hasOwn(compose.volumes, source) }),
    );
    const targets = [
      ...mounts.map(([, target = '']) => target),
      ...(service.tmpfs ?? []).map((mount) => mount.split(':')[0] ?? ''),
    ];
    const image = (service.image ?? '').split(':')[0] ?? '';
    const uncovered = (imageVolumes[image] ?? []).filter(
      (volume) => !targets.some((target) => isWithin(target, volume)),
    );
    return [...problems, ...uncovered.map((volume) => `${volume} becomes a nameless volume`)];
  },

  dependencies: (service, _name, { services }) =>
    Object.entries(service.depends_on ?? {}).flatMap(([target, { condition }]) => {
      const other = services[target];
      if (other === undefined) return [`waits for ${target}, which does not exist`];
      const wanted = isOneShot(other) ? 'service_completed_successfully' : 'service_healthy';
      return require({ [`waits for ${target} to be ${condition}, not ${wanted}`]: condition === wanted });
    }),

  secrets: (service) =>
    Object.entries(service.environment ?? {}).flatMap(([name, value]) =>
      require({
        [`${name} holds a secret`]: !/(PASSWORD|SECRET|TOKEN|KEY)$/.test(name),
        [`${name} holds a URI with a password`]: !/\/\/[^/@]*:[^/@]+@/.test(value ?? ''),
      }),
    ),

  images: (service) =>
    service.build === undefined
      ? require({
          [`${service.image} is not pinned by its full version`]: /:v?\d+\.\d+\.\d+$/.test(service.image ?? ''),
        })
      : [],

  /** A secret that can come from a file is read from there, never from the environment. */
  settings: (service, name) => {
    const application = applicationOf(name);
    if (application === undefined) return [];
    const own = describeConfig().filter(({ readBy }) => readBy.includes(application));
    const known = new Set([...own.map((row) => row.name), ...openTelemetryNames, 'NODE_OPTIONS']);
    const given = service.environment ?? {};
    return [
      ...Object.keys(given)
        .filter((key) => !known.has(key))
        .map((key) => `${key} is no setting of the ${application}`),
      ...[...known]
        .filter((key) => !Object.hasOwn(given, key) && !known.has(`${key}_FILE`))
        .map((key) => `${key} cannot be set`),
      ...require({ 'INSTANCE_ID is not the name of the service': given['INSTANCE_ID'] === name }),
    ];
  },

  program: (service, name, _compose, root) => {
    const application = applicationOf(name);
    if (application === undefined) return [];
    return require({
      [`runs ${service.command?.at(-1)}`]: service.command?.at(-1) === `dist/${application}.js`,
      [`src/${application}.ts does not exist`]: existsSync(join(root, 'src', `${application}.ts`)),
    });
  },

  quorum: (service, name, { services }) => {
    if (kindOf(name) !== 'kafka') return [];
    const voters = Object.keys(services)
      .filter((other) => kindOf(other) === 'kafka')
      .map((other) => `${services[other]?.environment?.['BROKER_ID']}@${other}:9093`);
    return require({
      'its name for others is not its own': service.environment?.['BROKER_HOST'] === name,
      'it does not vote with all brokers': service.environment?.['QUORUM_VOTERS'] === voters.toSorted().join(','),
      'its number is not that of its name': name === `kafka-${service.environment?.['BROKER_ID']}`,
    });
  },
};

function checkShape(compose: Compose): Finding[] {
  const counts = new Map<string, number>();
  for (const name of Object.keys(compose.services)) counts.set(kindOf(name), (counts.get(kindOf(name)) ?? 0) + 1);
  const threefold = new Set(['client-application', 'server-application', 'kafka', 'mongo']);
  const kinds = new Set([...Object.keys(reach), ...counts.keys()]);
  return Array.from(kinds, (kind) => ({ kind, wanted: Object.hasOwn(reach, kind) ? (threefold.has(kind) ? 3 : 1) : 0 }))
    .filter(({ kind, wanted }) => (counts.get(kind) ?? 0) !== wanted)
    .map(({ kind, wanted }) => ({
      rule: 'shape',
      service: kind,
      problem: `${counts.get(kind) ?? 0} of it, not ${wanted}`,
    }));
}

function checkVolumes(compose: Compose): Finding[] {
  const used = new Map<string, string[]>();
  for (const [name, service] of Object.entries(compose.services)) {
    for (const mount of service.volumes ?? []) {
      const source = mount.split(':')[0] ?? '';
      used.set(source, [...(used.get(source) ?? []), name]);
    }
  }
  // The volume `secrets` is for all services that need it; all others belong to one service.
  return Object.keys(compose.volumes)
    .filter((volume) => (volume === 'secrets' ? !used.has(volume) : used.get(volume)?.length !== 1))
    .map((volume) => ({
      rule: 'volumes',
      service: volume,
      problem: `used by ${used.get(volume)?.join(', ') ?? 'nobody'}`,
    }));
}

/** All problems of the file; `root` is the folder that its paths start from. */
export function checkCompose(compose: Compose, root: string): Finding[] {
  const findings = Object.entries(compose.services).flatMap(([name, service]) =>
    Object.entries(rules).flatMap(([rule, check]) =>
      check(service, name, compose, root).map((problem) => ({ rule, service: name, problem })),
    ),
  );
  return [...checkShape(compose), ...checkVolumes(compose), ...findings];
}
