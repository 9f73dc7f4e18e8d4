/** Everything that the stack needs on this machine, fetched and built once. */
import { installJaeger, programsForJaeger } from './install-jaeger.ts';
import { programsForKafka } from './install-kafka.ts';
import { installMongoStandIn, programsForMongoStandIn } from './install-mongo-stand-in.ts';
import { installPrometheus, programsForPrometheus } from './install-prometheus.ts';
import { installTrainedKafka } from './kafka.ts';
import { requirePrograms } from './programs.ts';

export interface InstallOptions {
  /** Whether Prometheus and Jaeger are wanted too, which take longer to build than all the rest. */
  readonly isObservable: boolean;
}

export async function install(report: (message: string) => void, { isObservable }: InstallOptions): Promise<void> {
  const forObservability = isObservable ? [...programsForPrometheus(), ...programsForJaeger()] : [];
  await requirePrograms([...programsForKafka(), ...programsForMongoStandIn(), ...forObservability]);
  await installTrainedKafka(report);
  await installMongoStandIn(report);
  if (!isObservable) return;
  await installPrometheus(report);
  await installJaeger(report);
}
