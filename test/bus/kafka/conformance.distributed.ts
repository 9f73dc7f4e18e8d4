import { after, before } from 'node:test';
import { testOperationBus } from '../../conformance/operation-bus.ts';
import { createInstallation, openBus, startCluster, type Cluster } from './kafka-fixture.ts';

let cluster: Cluster;
before(async () => {
  cluster = await startCluster(1);
});
after(() => cluster.stop());

testOperationBus('kafka', {
  async open() {
    const names = await createInstallation(cluster);
    const bus = await openBus(cluster, names);
    return { bus, close: () => bus.stop() };
  },
});
