/**
 * The view of a cluster for its users: each instance that reports, the lag of the topics, and whether store
 * and bus can serve. Names and numbers only: the reason of a failing part may name addresses, so it goes to the log.
 */
import type { InstanceReport, TopicLag } from './instance-report.ts';
import { reportMsMax } from './instance-reports.ts';
import type { Logger } from './logger.ts';
import type { InstanceRegistry, JobStore, OperationBus } from './ports.ts';
import { pause, type Time } from './time.ts';

export type PartStatus = 'UP' | 'DOWN';

export interface ClusterPart {
  /** Which adapter it is, such as `sqlite`. */
  readonly kind: string;
  readonly status: PartStatus;
}

export interface ClusterView {
  readonly instances: readonly InstanceReport[];
  /** By name; `messages` is the sum over the instances. */
  readonly topics: readonly TopicLag[];
  readonly store: ClusterPart;
  readonly bus: ClusterPart;
}

/** A part that has not answered by then is shown as DOWN: those who look want an answer. */
const answerMs = 3_000;

export interface ClusterViewDependencies {
  readonly store: Pick<JobStore, 'checkHealth'>;
  readonly bus: Pick<OperationBus, 'checkHealth'>;
  readonly time: Time;
  readonly logger: Logger;
  /** This instance, now. */
  readonly describeSelf: () => InstanceReport;
  /** Where the others report; undefined: there are no others. */
  readonly registry: InstanceRegistry | undefined;
}

export interface ClusterViewOptions {
  readonly storeKind: string;
  readonly busKind: string;
}

export function createClusterView(dependencies: ClusterViewDependencies, options: ClusterViewOptions) {
  const { store, bus, time, logger, describeSelf, registry } = dependencies;

  /** The response; undefined if there is none in time. */
  async function ask<Answer>(part: string, answer: Promise<Answer>): Promise<Answer | undefined> {
    const expiry = new AbortController();
    try {
      return await Promise.race([answer, pause(time, answerMs, expiry.signal).then(() => undefined)]);
    } catch (error) {
      logger.debug({ part, err: error }, 'a part of the cluster cannot serve');
      return undefined;
    } finally {
      expiry.abort();
    }
  }

  async function check(part: 'store' | 'bus', kind: string): Promise<ClusterPart> {
    const health = (part === 'store' ? store : bus).checkHealth().then(() => true);
    return { kind, status: (await ask(part, health)) === true ? 'UP' : 'DOWN' };
  }

  async function readOthers(): Promise<readonly InstanceReport[]> {
    if (registry === undefined) return [];
    return (await ask('store', registry.readInstances(time.now() - reportMsMax))) ?? [];
  }

  return async function readCluster(): Promise<ClusterView> {
    const [ofStore, ofBus, reports] = await Promise.all([
      check('store', options.storeKind),
      check('bus', options.busKind),
      readOthers(),
    ]);
    const self = describeSelf();
    const others = reports.filter(({ role, id }) => role !== self.role || id !== self.id);
    const instances = [self, ...others].toSorted(compareInstances);
    return { instances, topics: sumLags(instances), store: ofStore, bus: ofBus };
  };
}

function compareInstances(left: InstanceReport, right: InstanceReport): number {
  if (left.role !== right.role) return left.role < right.role ? -1 : 1;
  if (left.id === right.id) return 0;
  return left.id < right.id ? -1 : 1;
}

/** Each instance knows the messages that wait for itself. */
function sumLags(instances: readonly InstanceReport[]): readonly TopicLag[] {
  const sums = new Map<string, number>();
  for (const { topic, messages } of instances.flatMap(({ lags }) => lags)) {
    sums.set(topic, (sums.get(topic) ?? 0) + messages);
  }
  return Array.from(sums, ([topic, messages]) => ({ topic, messages })).toSorted((left, right) =>
    left.topic < right.topic ? -1 : 1,
  );
}
