export * from './principal.ts';
export type { TokenRecord, TokenStore } from './token-store.ts';
