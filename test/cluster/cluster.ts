/** A whole cluster of real processes: three Kafka brokers, the MongoDB stand-in, three and three applications. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApplications, type Application, type Applications } from '../../deploy/local-stack/applications.ts';
import { startKafka, type Kafka } from '../../deploy/local-stack/kafka.ts';
import { startMongoStandIn, type MongoStandIn } from '../../deploy/local-stack/mongo-stand-in.ts';

export interface Cluster {
  readonly kafka: Kafka;
  readonly store: MongoStandIn;
  readonly applications: Applications;
  /** Addresses of the client-applications. */
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly clients?: number;
  readonly servers?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** The checkout that an application is started from, read at each of its starts. Default: this one. */
  readonly checkoutOf?: (name: string) => string;
  /** Where the applications find the store, if not at the store itself. */
  readonly mongodbUri?: (store: MongoStandIn) => Promise<string>;
}

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const directory = mkdtempSync(join(tmpdir(), 'mathmill-cluster-'));
  const running: { stop(): Promise<void> }[] = [];
  async function stop(): Promise<void> {
    for (const part of running.toReversed()) await part.stop();
    rmSync(directory, { recursive: true, force: true });
  }
  try {
    const [kafka, store] = await Promise.all([
      startKafka({ directory: join(directory, 'kafka'), brokers: 3 }),
      startMongoStandIn({ directory: join(directory, 'store') }),
    ]);
    running.push({ stop: () => kafka.kill() }, { stop: () => store.kill() });
    await kafka.createTopics();
    const { mongodbUri, environment, checkoutOf, clients = 3, servers = 3 } = options;
    const applications = await startApplications({
      directory: join(directory, 'applications'),
      kafkaUri: kafka.bootstrap,
      mongodbUri: (await mongodbUri?.(store)) ?? store.uri,
      clients,
      servers,
      environment: { LOG_LEVEL: 'info', EVALUATOR_THREADS: '1', ...environment },
      ...(checkoutOf !== undefined && { checkoutOf }),
    });
    running.push(applications);
    return { kafka, store, applications, urls: applications.clients.map(({ url }) => url), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const startsMax = 3;

/**
 * Starts an application again, and once more when it ends while starting, as an init system or a container platform does:
 * a store that is busy with what a death left behind may not answer the first one in time.
 */
export async function restart(application: Application): Promise<void> {
  for (let start = 1; ; start += 1) {
    try {
      return await application.start();
    } catch (error) {
      if (start === startsMax) throw error;
      console.error(error);
    }
  }
}
