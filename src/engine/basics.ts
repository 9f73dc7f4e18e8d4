/** Exports that other modules need before the engine is loaded, or without it; `index.ts` has all of them too. */
export * from './errors.ts';
export * from './ports.ts';
export { pause, systemTime } from './time.ts';
