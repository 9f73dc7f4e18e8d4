export * from './job.ts';
export * from './chunk.ts';
export * from './chunk-splitter.ts';
export * from './record-chunk.ts';
export * from './outcome-encoding.ts';
