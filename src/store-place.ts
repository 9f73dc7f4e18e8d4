import type { MongoSettings } from './store/mongo/index.ts';

/** The store that a command opens by itself. */
export type StorePlace =
  | { readonly kind: 'cluster'; readonly settings: MongoSettings }
  /** The data folder of a standalone server. */
  | { readonly kind: 'standalone'; readonly dataDirectory: string };
