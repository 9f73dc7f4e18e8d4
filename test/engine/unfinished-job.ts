import type { JobView } from '../../src/engine/index.ts';

/** A job of which nothing has been evaluated yet. */
export const unfinished: JobView = {
  id: 'job',
  tenant: 'default',
  name: undefined,
  status: 'InProgress',
  mode: 'decimal',
  precision: 34,
  engines: [],
  operations: 1_000,
  completed: 0,
  succeeded: 0,
  failed: 0,
  cancelled: 0,
  errors: {},
  createdAt: 0,
  finishedAt: undefined,
  expiresAt: undefined,
  isTable: false,
  repairs: undefined,
  table: undefined,
  totals: [],
};
