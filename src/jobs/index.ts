export * from './job.ts';
export * from './chunk.ts';
export * from './outcome-encoding.ts';
