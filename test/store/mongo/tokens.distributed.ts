import { testTokenStore } from '../../conformance/token-store.ts';
import { openMongoStore, useMongoServer } from './harness.ts';

const server = useMongoServer();

testTokenStore('mongo', { open: () => openMongoStore(server) });
