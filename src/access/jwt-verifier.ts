/**
 * Tokens of an OpenID Connect provider (JWTs, RFC 7519): signed by one of its keys (provider-keys.ts), for this server, and not
 * expired.
 */
import { createHash } from 'node:crypto';
import { jwtVerify, type JWTPayload } from 'jose';
import { StoreError } from '../engine/index.ts';
import { defaultTenant } from '../jobs/index.ts';
import { AccessDenied } from './access-denied.ts';
import type { Identity } from './identity.ts';
import { isTenant, roles, type Principal, type Role } from './principal.ts';
import { ProviderKeys, type KeyLocation, type ProviderKeysDependencies } from './provider-keys.ts';

/** `issuer`: as the claim `iss` has it. */
export interface ProviderSettings extends KeyLocation {
  /** One that the claim `aud` must contain. */
  readonly audience: string;
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

/** Signatures with public keys alone: with a secret one, the public key itself could be used as the secret. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const clockToleranceSeconds = 60;
/** More than any provider sends; less than headers may have. */
const tokenLengthMax = 12_000;
const nameLengthMax = 200;
const idPrefix = 'jwt-';
/** In lists, which may hold roles of other programs. */
const rolePrefix = 'mathmill-';

export function createJwtVerifier(settings: ProviderSettings, dependencies: ProviderKeysDependencies): JwtVerifier {
  const { time, logger } = dependencies;
  const keys = new ProviderKeys(settings, dependencies);

  async function readPayload(token: string): Promise<JWTPayload | undefined> {
    try {
      const { payload } = await jwtVerify(token, (header, input) => keys.find(header, input), {
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
      logger.debug({ err: error }, 'a token of the identity provider is not valid');
      return undefined;
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
