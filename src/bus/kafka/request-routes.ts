/**
 * Where requests go and where their responses are to come back.
 *
 * A response comes to a partition that the sending instance reads, so that the owner of the job learns of it immediately and
 * not by asking the store. A request that is sent again takes another way than before in both directions, if there is
 * one: away from the broker that perhaps hangs. Both are preferences; a message arrives on any partition.
 */
import type { RequestMessage } from '../../engine/index.ts';

export interface RoutePlan {
  /** Undefined: wherever it goes soonest. */
  readonly partition: number | undefined;
  readonly replyPartition: number | undefined;
  /** Called with the partition that the request went to. */
  readonly onPlaced: (partition: number) => void;
}

/** The brokers and partitions as they are now. */
export interface RouteMap {
  /** The leader of each partition. */
  readonly requestLeaders: readonly number[];
  readonly responseLeaders: readonly number[];
  /** Those that this instance reads. */
  readonly replyPartitions: readonly number[];
}

/** Requests whose way is remembered: above the chunks that an instance has in flight; a forgotten one is sent as if it were new. */
const remembered = 8_192;

interface Route {
  partition: number | undefined;
  readonly replyPartition: number | undefined;
}

export class RequestRoutes {
  /** In the order in which they were sent. */
  readonly #routes = new Map<string, Route>();
  #turn = 0;

  /**
   * From here on responses come back to the next partition in turn. Called once for requests that are sent together, so
   * that their responses gather in the sends of an evaluator: one message a send costs the brokers many times as much.
   */
  advance(): void {
    this.#turn += 1;
  }

  plan({ jobId, firstLine, attempt }: RequestMessage, map: RouteMap): RoutePlan {
    const key = `${jobId}:${firstLine}`;
    const before = attempt > 1 ? this.#routes.get(key) : undefined;
    const route: Route = {
      partition: before && this.#pick([...map.requestLeaders.keys()], before.partition, map.requestLeaders),
      replyPartition: this.#pick(map.replyPartitions, before?.replyPartition, map.responseLeaders),
    };
    this.#remember(key, route);
    return {
      ...route,
      onPlaced: (partition) => {
        route.partition = partition;
      },
    };
  }

  #remember(key: string, route: Route): void {
    this.#routes.delete(key);
    this.#routes.set(key, route);
    for (const oldest of this.#routes.keys()) {
      if (this.#routes.size <= remembered) break;
      this.#routes.delete(oldest);
    }
  }

  /** The next one in turn: of another leader than `avoided`, or else another partition, or else any. */
  #pick(partitions: readonly number[], avoided: number | undefined, leaders: readonly number[]): number | undefined {
    const count = partitions.length;
    const inTurn = Array.from({ length: count }, (_, index) => partitions[(this.#turn + index) % count] ?? 0);
    if (avoided === undefined) return inTurn[0];
    return (
      inTurn.find((partition) => leaders[partition] !== leaders[avoided]) ??
      inTurn.find((partition) => partition !== avoided) ??
      inTurn[0]
    );
  }
}
