import { testInstanceRegistry } from '../../conformance/instance-registry.ts';
import { createStore, useMongoServer } from './harness.ts';

const server = useMongoServer();

testInstanceRegistry('mongo', {
  async open() {
    const store = createStore(server.newUri());
    await store.start();
    return { registry: store, close: () => store.stop() };
  },
});
