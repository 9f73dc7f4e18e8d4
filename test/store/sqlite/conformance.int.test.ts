import { testJobStore } from '../../conformance/job-store.ts';
import { openSqliteStore } from './sqlite-folder.ts';

testJobStore('sqlite', { open: openSqliteStore });
