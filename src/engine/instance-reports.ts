/**
 * The reports of the instances of a cluster. Each client-application writes its own into the store. A server-application
 * has no store: it sends its report over the bus, and the client-application that gets it writes it.
 */
import type { InstanceReport } from './instance-report.ts';
import type { Logger } from './logger.ts';
import type { InstanceRegistry, Service } from './ports.ts';
import { createPeriodicTask, type Time } from './time.ts';

const reportMs = 5_000;
/** An instance that has not reported for so long is not shown any more. */
export const reportMsMax = 60_000;

export interface InstanceReporterDependencies {
  readonly time: Time;
  readonly logger: Logger;
  readonly describe: () => Promise<InstanceReport>;
  readonly send: (report: InstanceReport) => Promise<void>;
}

/**
 * Sends a report again and again. One that fails is not repeated: the next one says more. A stop does not wait for one that
 * is in flight, which can take a minute while no broker accepts it.
 */
export function createInstanceReporter(dependencies: InstanceReporterDependencies): Service {
  const { time, logger, describe, send } = dependencies;
  const stopped = Promise.withResolvers<void>();
  const onFailure = (error: unknown): void => logger.debug({ err: error }, 'could not report what this instance does');

  async function report(): Promise<void> {
    await send(await describe());
  }

  const task = createPeriodicTask(time, reportMs, () => Promise.race([report(), stopped.promise]), onFailure);
  return {
    async start() {
      task.start();
    },
    async stop() {
      stopped.resolve();
      await task.stop();
    },
  };
}

/** Keeps what another instance has sent. Reports that waited for a reader too long say nothing of now. */
export function createReportKeeper(dependencies: {
  readonly registry: InstanceRegistry;
  readonly time: Time;
  readonly logger: Logger;
}): (report: InstanceReport) => Promise<void> {
  const { registry, time, logger } = dependencies;
  return async (report) => {
    const now = time.now();
    if (Math.abs(now - report.seenAt) > reportMsMax) return;
    try {
      await registry.reportInstance({ ...report, seenAt: now }, now - reportMsMax);
    } catch (error) {
      logger.debug({ err: error }, 'could not keep the report of an instance');
    }
  };
}
