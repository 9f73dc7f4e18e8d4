/** A part of the index that loads fast. */
export * from './principal.ts';
