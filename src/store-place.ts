import type { MigrationConfig } from './config.ts';

/** The store that a command opens without a server. */
export type StorePlace =
  | { readonly kind: 'cluster'; readonly settings: MigrationConfig }
  /** The data folder of a standalone server. */
  | { readonly kind: 'standalone'; readonly dataDirectory: string };
