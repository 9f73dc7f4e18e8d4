/**
 * The tokens of a store, for the command: who may open the store may create tokens, so this needs none. Servers may be
 * running on it.
 */
import { createTokenService, type Principal, type TokenService, type TokenStore } from './access/index.ts';
import { noopLogger, type Service } from './engine/index.ts';
import { defaultTenant } from './jobs/index.ts';
import { createMongoStore, mongoSecurityOf } from './store/mongo/index.ts';
import { createSqliteTokens } from './store/sqlite/index.ts';
import type { StorePlace } from './store-place.ts';
import { keepAliveTime } from './wiring.ts';

/** Who opens the store can do everything in it. */
export const storeOwner: Principal = { tenant: defaultTenant, name: 'command', role: 'operator' };

/** Throws an error whose message a person can act on when the store cannot be opened. */
export async function withTokens<Result>(
  place: StorePlace,
  use: (tokens: TokenService) => Promise<Result>,
): Promise<Result> {
  const store = openStore(place);
  await store.start();
  try {
    return await use(createTokenService(store, keepAliveTime));
  } finally {
    await store.stop();
  }
}

function openStore(place: StorePlace): TokenStore & Service {
  if (place.kind === 'standalone') return createSqliteTokens({ directory: place.dataDirectory });
  const { settings } = place;
  return createMongoStore(
    { time: keepAliveTime, logger: noopLogger },
    { uri: settings.mongodbUri, security: mongoSecurityOf(settings) },
  );
}
