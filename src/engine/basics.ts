/** What others need of the engine before it is loaded, or without it; `index.ts` has all of it too. */
export * from './errors.ts';
export * from './ports.ts';
export { pause, systemTime } from './time.ts';
