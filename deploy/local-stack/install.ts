/** Everything that the stack needs on this machine, fetched and built once. */
import { programsForKafka } from './install-kafka.ts';
import { installMongoStandIn, programsForMongoStandIn } from './install-mongo-stand-in.ts';
import { installTrainedKafka } from './kafka.ts';
import { requirePrograms } from './programs.ts';

export async function install(report: (message: string) => void): Promise<void> {
  await requirePrograms([...programsForKafka(), ...programsForMongoStandIn()]);
  await installTrainedKafka(report);
  await installMongoStandIn(report);
}
