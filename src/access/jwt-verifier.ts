/**
 * Tokens of an OpenID Connect provider (JWTs, RFC 7519): signed by one of its keys, for this server, and not expired. The keys are
 * fetched when the first token arrives, and again for a key that is unknown, at most once a minute.
 */
import { createHash } from 'node:crypto';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload } from 'jose';
import { StoreError, type Logger, type Time } from '../engine/index.ts';
import { defaultTenant } from '../jobs/index.ts';
import { AccessDenied } from './access-denied.ts';
import type { Identity } from './identity.ts';
import { isTenant, roles, type Principal, type Role } from './principal.ts';

export interface ProviderSettings {
  /** As the claim `iss` has it. */
  readonly issuer: string;
  /** One that the claim `aud` must contain. */
  readonly audience: string;
  /** Where the keys are. Undefined: as the provider's configuration says (OpenID Connect Discovery). */
  readonly jwksUri: string | undefined;
  /** Undefined: everybody belongs to the tenant `default`. */
  readonly tenantClaim: string | undefined;
  readonly roleClaim: string;
}

export interface JwtVerifier {
  /**
   * Undefined: no token of the provider, or not valid. Throws `AccessDenied` when it is valid and names no tenant or role, and a
   * `StoreError` when the provider cannot be reached.
   */
  verify(token: string): Promise<Identity | undefined>;
  /** Whether a session was opened with such a token. */
  isOrigin(tokenId: string): boolean;
}

export interface JwtVerifierDependencies {
  readonly time: Pick<Time, 'now'>;
  readonly logger: Logger;
}

/** Signatures with public keys alone: with a secret one, the public key itself could be used as the secret. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const clockToleranceSeconds = 60;
const refreshMs = 60_000;
const fetchMs = 5_000;
/** After a failure the provider is left alone for this time. */
const failureMs = 5_000;
/** More than any provider sends; less than headers may have. */
const tokenLengthMax = 12_000;
const nameLengthMax = 200;
const idPrefix = 'jwt-';
/** In lists, which may hold roles of other programs. */
const rolePrefix = 'mathmill-';

type Keys = ReturnType<typeof createRemoteJWKSet>;

export function createJwtVerifier(settings: ProviderSettings, { time, logger }: JwtVerifierDependencies): JwtVerifier {
  let keys: Promise<Keys> | undefined;
  let failedAt = -Infinity;

  async function findKeys(): Promise<Keys> {
    if (time.now() - failedAt < failureMs) throw unavailable();
    keys ??= locate(settings).then((url) =>
      createRemoteJWKSet(url, { cooldownDuration: refreshMs, timeoutDuration: fetchMs }),
    );
    return keys;
  }

  function noteFailure(error: unknown): void {
    keys = undefined;
    failedAt = time.now();
    logger.warn({ err: error, issuer: settings.issuer }, 'the keys of the identity provider cannot be fetched');
  }

  async function readPayload(token: string): Promise<JWTPayload | undefined> {
    try {
      const { payload } = await jwtVerify(token, await findKeys(), {
        issuer: settings.issuer,
        audience: settings.audience,
        algorithms,
        clockTolerance: clockToleranceSeconds,
        currentDate: new Date(time.now()),
        requiredClaims: ['exp', 'sub'],
      });
      return payload;
    } catch (error) {
      if (error instanceof StoreError) throw error;
      if (isInvalid(error)) return undefined;
      noteFailure(error);
      throw unavailable(error);
    }
  }

  return {
    isOrigin: (tokenId) => tokenId.startsWith(idPrefix),
    async verify(token) {
      if (token.length > tokenLengthMax || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined;
      const payload = await readPayload(token);
      return payload === undefined ? undefined : toIdentity(payload, settings);
    },
  };
}

/** Errors of the token; all others are of the provider or the network. */
function isInvalid(error: unknown): boolean {
  const ofProvider = [errors.JWKSTimeout, errors.JWKSInvalid];
  if (ofProvider.some((type) => error instanceof type)) return false;
  // A response other than 200 is an error without a type of its own.
  return error instanceof errors.JOSEError && error.code !== errors.JOSEError.code;
}

function unavailable(cause?: unknown): StoreError {
  return new StoreError('unavailable', 'the keys of the identity provider cannot be fetched', { cause });
}

async function locate({ issuer, jwksUri }: ProviderSettings): Promise<URL> {
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

function toIdentity(payload: JWTPayload, settings: ProviderSettings): Identity {
  const { sub = '', exp = 0 } = payload;
  const subject = createHash('sha256').update(`${settings.issuer}\n${sub}`).digest('hex');
  return {
    principal: toPrincipal(payload, settings),
    tokenId: idPrefix + subject.slice(0, 16),
    sessionOf: undefined,
    expiresAt: exp * 1_000,
  };
}

function toPrincipal(payload: JWTPayload, { tenantClaim, roleClaim }: ProviderSettings): Principal {
  const tenant = tenantClaim === undefined ? defaultTenant : readClaim(payload, tenantClaim);
  if (typeof tenant !== 'string' || !isTenant(tenant)) {
    throw new AccessDenied(`The token is valid, and its claim "${tenantClaim}" names no tenant.`);
  }
  const role = readRole(readClaim(payload, roleClaim));
  if (role === undefined) throw new AccessDenied(`The token is valid, and its claim "${roleClaim}" names no role.`);
  return { tenant, role, name: readName(payload).slice(0, nameLengthMax) };
}

/** A name with dots leads into objects, such as `realm_access.roles`, unless there is a claim of the whole name. */
function readClaim(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name];
  return name.split('.').reduce<unknown>((value, key) => {
    const isOwn = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
    return isOwn ? (value as Record<string, unknown>)[key] : undefined;
  }, payload);
}

/** A role, or a list that contains roles with the prefix; the greatest of them counts. */
function readRole(claim: unknown): Role | undefined {
  if (typeof claim === 'string') return roles.find((role) => role === claim || rolePrefix + role === claim);
  if (!Array.isArray(claim)) return undefined;
  return roles.findLast((role) => claim.includes(rolePrefix + role));
}

function readName({ preferred_username: username, email, sub }: JWTPayload): string {
  return String([username, email, sub].find((name) => typeof name === 'string' && name !== ''));
}
