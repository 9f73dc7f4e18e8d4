import { createMemoryBus } from '../../../src/bus/memory/index.ts';
import { testOperationBus } from '../../conformance/operation-bus.ts';

testOperationBus('memory', {
  async open() {
    const bus = createMemoryBus({ redeliveryMs: 1 });
    await bus.start();
    return { bus, close: () => bus.stop() };
  },
});
