import { testJobStore } from '../../conformance/job-store.ts';
import { openMongoStore, useMongoServer } from './harness.ts';

const server = useMongoServer();

testJobStore('mongo', { open: () => openMongoStore(server) });
