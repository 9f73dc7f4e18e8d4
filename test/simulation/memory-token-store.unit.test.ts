import { testTokenStore } from '../conformance/token-store.ts';
import { MemoryTokenStore } from './memory-token-store.ts';

testTokenStore('memory', {
  async open() {
    return { store: new MemoryTokenStore(), close: async () => {} };
  },
  skip: { 'tokens are there after a restart': 'it keeps nothing' },
});
