/** The objects of deploy/kubernetes: as `kubectl kustomize` renders them, and as they stand in the files. */
import type { IScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import type { ITriggerAuthentication } from '@kubernetes-models/keda/keda.sh/v1alpha1/TriggerAuthentication';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob';
import type { IJob } from 'kubernetes-models/batch/v1/Job';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { INamespace } from 'kubernetes-models/v1/Namespace';
import type { IService } from 'kubernetes-models/v1/Service';
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';

export const kubernetesFolder = resolve(import.meta.dirname, '../../deploy/kubernetes');

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** The type of the objects of each kind, as far as there is one. */
export interface Kinds {
  readonly ConfigMap: IConfigMap & KubernetesObject;
  readonly CronJob: ICronJob & KubernetesObject;
  readonly Deployment: IDeployment & KubernetesObject;
  readonly HorizontalPodAutoscaler: IHorizontalPodAutoscaler & KubernetesObject;
  readonly Job: IJob & KubernetesObject;
  readonly Kafka: KubernetesObject;
  readonly KafkaNodePool: KubernetesObject;
  readonly KafkaTopic: KubernetesObject;
  readonly KafkaUser: KubernetesObject;
  readonly MongoDBCommunity: KubernetesObject;
  readonly Namespace: INamespace & KubernetesObject;
  readonly NetworkPolicy: INetworkPolicy & KubernetesObject;
  readonly PodDisruptionBudget: IPodDisruptionBudget & KubernetesObject;
  readonly ScaledObject: IScaledObject & KubernetesObject;
  readonly Service: IService & KubernetesObject;
  readonly ServiceAccount: IServiceAccount & KubernetesObject;
  readonly TriggerAuthentication: ITriggerAuthentication & KubernetesObject;
}

export function listKind<Kind extends keyof Kinds>(
  objects: readonly KubernetesObject[],
  kind: Kind,
): readonly Kinds[Kind][] {
  return objects.filter((object) => object.kind === kind) as Kinds[Kind][];
}

/** The reason why nothing can be rendered here; undefined where it can. Rendering reads local files only. */
export function whyNotRendered(): string | undefined {
  const { error, status } = spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
  return error === undefined && status === 0 ? undefined : 'kubectl, which renders, is not installed';
}

/** The objects that `kubectl apply -k` of a folder below deploy/kubernetes would send. */
export function render(folder: string): KubernetesObject[] {
  const { status, stdout, stderr, error } = spawnSync('kubectl', ['kustomize', join(kubernetesFolder, folder)], {
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`kubectl kustomize ${folder}: ${stderr}`);
  return readObjects(stdout);
}

export function readFile(path: string): KubernetesObject[] {
  return readObjects(readFileSync(join(kubernetesFolder, path), 'utf8'));
}

// Anchors are resolved into copies, so that a change of one place is not one of another.
function readObjects(text: string): KubernetesObject[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    return JSON.parse(JSON.stringify(document.toJS())) as KubernetesObject;
  });
}

export function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.name}`;
}
