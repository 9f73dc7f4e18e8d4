import { testJobStore } from '../conformance/job-store.ts';
import { MemoryJobStore } from './memory-job-store.ts';

testJobStore('memory', {
  async open() {
    const store = new MemoryJobStore();
    return { store, close: () => store.stop() };
  },
  skip: {
    'after a restart everything is there': 'it keeps nothing',
    'a job has its tenant after a restart, and lists of tenants are as before': 'it keeps nothing',
    'a deletion goes on after a restart': 'it keeps nothing',
    'a table is there after a restart, with its totals': 'it keeps nothing',
  },
});
