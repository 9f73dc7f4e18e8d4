/**
 * Whether Kubernetes and the operators would take an object: types and required fields by the models that are generated
 * from their definitions, and unknown fields, which those models let pass. A field that a server would drop is an error here.
 */
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { TriggerAuthentication } from '@kubernetes-models/keda/keda.sh/v1alpha1/TriggerAuthentication';
import { PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor';
import { Prometheus } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/Prometheus';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { CronJob } from 'kubernetes-models/batch/v1/CronJob';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { PersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import { Pod } from 'kubernetes-models/v1/Pod';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { Value } from 'typebox/value';
import type { KubernetesObject } from './kubernetes-objects.ts';
import { operatorSchemas } from './operator-schemas.ts';

interface Model {
  readonly prototype: { validate(): void };
}

const models: Readonly<Record<string, Model>> = {
  'v1 ConfigMap': ConfigMap,
  'v1 Namespace': Namespace,
  'v1 PersistentVolumeClaim': PersistentVolumeClaim,
  'v1 Service': Service,
  'v1 ServiceAccount': ServiceAccount,
  'apps/v1 Deployment': Deployment,
  'batch/v1 CronJob': CronJob,
  'batch/v1 Job': Job,
  'autoscaling/v2 HorizontalPodAutoscaler': HorizontalPodAutoscaler,
  'keda.sh/v1alpha1 ScaledObject': ScaledObject,
  'keda.sh/v1alpha1 TriggerAuthentication': TriggerAuthentication,
  'monitoring.coreos.com/v1 PodMonitor': PodMonitor,
  'monitoring.coreos.com/v1 Prometheus': Prometheus,
  'monitoring.coreos.com/v1 PrometheusRule': PrometheusRule,
  'networking.k8s.io/v1 NetworkPolicy': NetworkPolicy,
  'policy/v1 PodDisruptionBudget': PodDisruptionBudget,
};

interface ValidationError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly message?: string;
}

/** The value; every path of it that is read is added to `read`. */
function watchReads<Watched extends object>(value: Watched, path: string, read: Set<string>): Watched {
  return new Proxy(value, {
    get(target, key): unknown {
      const found: unknown = Reflect.get(target, key);
      const below = `${path}/${String(key)}`;
      read.add(below);
      return typeof found === 'object' && found !== null ? watchReads(found, below, read) : found;
    },
  });
}

function listUnread(value: unknown, path: string, read: ReadonlySet<string>): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    const here = `${path}/${key}`;
    return read.has(here) ? listUnread(below, here, read) : [`${here} is no field`];
  });
}

/**
 * Checks by the model. Its validator is generated code that reads each field of the schema, so a field that was not read
 * is unknown; the schema itself is not in the package.
 */
function checkByModel(model: Model, object: object, isPartial = false): string[] {
  const read = new Set<string>();
  try {
    model.prototype.validate.call(watchReads(object, '', read));
  } catch (error) {
    if (!(error instanceof Error && 'errors' in error)) throw error;
    const errors = (error.errors as readonly ValidationError[]).filter(
      ({ keyword }) => !(isPartial && keyword === 'required'),
    );
    if (errors.length > 0) return errors.map(({ instancePath, message = '' }) => `${instancePath} ${message}`);
  }
  return listUnread(object, '', read);
}

/** The parts of the objects of operators for which Kubernetes itself has a type. */
interface OperatorSpec {
  readonly resources?: unknown;
  readonly template?: { readonly pod?: { readonly topologySpreadConstraints?: unknown } };
  readonly kafka?: { readonly listeners: readonly { readonly networkPolicyPeers?: unknown }[] };
  readonly entityOperator?: Readonly<
    Partial<Record<'topicOperator' | 'userOperator', { readonly resources?: unknown }>>
  >;
  readonly statefulSet?: { readonly spec: unknown };
}

function checkEmbedded(spec: OperatorSpec): string[] {
  const pods = [
    { resources: spec.resources, spread: spec.template?.pod?.topologySpreadConstraints },
    { resources: spec.entityOperator?.topicOperator?.resources, spread: undefined },
    { resources: spec.entityOperator?.userOperator?.resources, spread: undefined },
  ].map(({ resources, spread }) =>
    withoutUndefined({
      apiVersion: 'v1',
      kind: 'Pod',
      spec: { containers: [{ name: 'any', resources }], topologySpreadConstraints: spread },
    }),
  );
  const policies = (spec.kafka?.listeners ?? []).map(({ networkPolicyPeers: from }) =>
    withoutUndefined({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      spec: { podSelector: {}, ingress: [{ from }] },
    }),
  );
  const sets = spec.statefulSet === undefined ? [] : [spec.statefulSet];
  return [
    ...pods.flatMap((pod) => checkByModel(Pod, pod)),
    ...policies.flatMap((policy) => checkByModel(NetworkPolicy, policy)),
    // The operator fills in missing fields.
    ...sets.flatMap(({ spec: set }) =>
      checkByModel(StatefulSet, { apiVersion: 'apps/v1', kind: 'StatefulSet', spec: set }, true),
    ),
  ];
}

function withoutUndefined(value: object): object {
  return JSON.parse(JSON.stringify(value)) as object;
}

/** The problems of the object, one string each; a kind without a schema is a problem, too. */
export function checkSchema(object: KubernetesObject): string[] {
  const key = `${object.apiVersion} ${object.kind}`;
  const model = models[key];
  if (model !== undefined) return checkByModel(model, object);
  const schema = operatorSchemas[key];
  if (schema === undefined) return [`there is no schema for ${key}`];
  const problems = Value.Errors(schema, object).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
  return problems.length > 0 ? problems : checkEmbedded((object as unknown as { spec: OperatorSpec }).spec);
}
