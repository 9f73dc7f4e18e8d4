/**
 * The public keys of an OpenID Connect provider. Keys that were fetched once stay in use while the provider cannot be reached, and
 * a token that names an unknown key costs no other user anything.
 */
import { createRemoteJWKSet, errors, type FlattenedJWSInput, type JWTHeaderParameters } from 'jose';
import { StoreError, type Logger, type Time } from '../engine/index.ts';

export interface KeyLocation {
  readonly issuer: string;
  /** Undefined: as the provider's configuration says (OpenID Connect Discovery). */
  readonly jwksUri: string | undefined;
}

export interface ProviderKeysDependencies {
  readonly time: Pick<Time, 'now'>;
  readonly logger: Logger;
}

type KeySet = ReturnType<typeof createRemoteJWKSet>;

/** Keys that the provider has removed are used no longer than this. */
const refreshMs = 600_000;
/** How often the keys are fetched for one that is unknown. */
const unknownKeyMs = 60_000;
const fetchMs = 5_000;
/** After a failure the provider is not called for this time. */
const failureMs = 5_000;

export class ProviderKeys {
  readonly #location: KeyLocation;
  readonly #dependencies: ProviderKeysDependencies;
  #keySet: Promise<KeySet> | undefined;
  #refreshedAt = 0;
  #failedAt = -Infinity;

  constructor(location: KeyLocation, dependencies: ProviderKeysDependencies) {
    this.#location = location;
    this.#dependencies = dependencies;
  }

  /** Throws an error of jose when the token names no key of the provider, and a `StoreError` when that cannot be found out. */
  async find(header: JWTHeaderParameters, token: FlattenedJWSInput) {
    const keySet = await this.#open();
    this.#refresh(keySet);
    if (!hasKey(keySet, header)) this.#requireNoFailure();
    try {
      return await keySet(header, token);
    } catch (error) {
      throw isOfToken(error) ? error : this.#fail(error);
    }
  }

  async #open(): Promise<KeySet> {
    if (this.#keySet === undefined) this.#requireNoFailure();
    this.#keySet ??= locate(this.#location).then((url) =>
      createRemoteJWKSet(url, { cooldownDuration: unknownKeyMs, cacheMaxAge: Infinity, timeoutDuration: fetchMs }),
    );
    try {
      return await this.#keySet;
    } catch (error) {
      this.#keySet = undefined;
      throw this.#fail(error);
    }
  }

  /** In the background: the keys that are known stay valid meanwhile. */
  #refresh(keySet: KeySet): void {
    const now = this.#dependencies.time.now();
    if (now - this.#refreshedAt < refreshMs) return;
    this.#refreshedAt = now;
    if (keySet.jwks() !== undefined) keySet.reload().catch((error: unknown) => void this.#fail(error));
  }

  #requireNoFailure(): void {
    if (this.#dependencies.time.now() - this.#failedAt < failureMs) throw unavailable();
  }

  #fail(error: unknown): StoreError {
    const { time, logger } = this.#dependencies;
    this.#failedAt = time.now();
    const { issuer } = this.#location;
    logger.warn({ err: error, issuer }, 'the keys of the identity provider cannot be fetched');
    return unavailable(error);
  }
}

function hasKey(keySet: KeySet, { kid }: JWTHeaderParameters): boolean {
  return keySet.jwks()?.keys.some((key) => key.kid === kid) === true;
}

function isOfToken(error: unknown): boolean {
  const types = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];
  return types.some((type) => error instanceof type);
}

function unavailable(cause?: unknown): StoreError {
  return new StoreError('unavailable', 'the keys of the identity provider cannot be fetched', { cause });
}

async function locate({ issuer, jwksUri }: KeyLocation): Promise<URL> {
  if (jwksUri !== undefined) return new URL(jwksUri);
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(fetchMs),
    redirect: 'error',
  });
  if (!response.ok) throw new Error(`the configuration of the provider responds with ${response.status}`);
  const configuration = (await response.json()) as { readonly issuer?: unknown; readonly jwks_uri?: unknown };
  if (configuration.issuer !== issuer) throw new Error('the configuration of the provider names another issuer');
  return new URL(String(configuration.jwks_uri));
}
