/** A MongoDB stand-in that demands TLS and a login: its certificate and user. Made at the start, never committed. */
import type { MongoSecurity } from '../../src/store/mongo/index.ts';
import { createAuthority, type Authority, type Certificate } from './certificates.ts';
import { createUser, type User } from './users.ts';

export interface StoreSecurityChoice {
  /** Certificates and passwords; the same again as long as they are there. */
  readonly directory: string;
  /** Whether the server demands a certificate of its clients. */
  readonly isMutual?: boolean;
}

export interface StoreSecurity {
  readonly authority: Authority;
  readonly isMutual: boolean;
  readonly certificate: Certificate;
  readonly user: User;
  /** How the user connects. */
  readonly connection: MongoSecurity;
}

export async function createStoreSecurity({
  directory,
  isMutual = false,
}: StoreSecurityChoice): Promise<StoreSecurity> {
  const authority = await createAuthority(directory);
  const certificate = await authority.issue('mongo');
  const user = await createUser(directory, 'mathmill', 'mongo-mathmill');
  const noCertificate = { certificateFile: undefined, keyFile: undefined };
  const clientCertificate = isMutual ? await authority.issue('mongo-client') : noCertificate;
  return {
    authority,
    isMutual,
    certificate,
    user,
    connection: {
      tls: { caFile: authority.caFile, ...clientCertificate },
      login: { username: user.name, passwordFile: user.passwordFile },
    },
  };
}

/** The settings of an application that connects so. */
export function storeSecurityEnvironment({ tls, login }: MongoSecurity): Record<string, string> {
  const settings = {
    MONGODB_TLS_CA_FILE: tls?.caFile,
    MONGODB_TLS_CERT_FILE: tls?.certificateFile,
    MONGODB_TLS_KEY_FILE: tls?.keyFile,
    MONGODB_USERNAME: login?.username,
    MONGODB_PASSWORD_FILE: login?.passwordFile,
  };
  const given = Object.entries(settings).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(given);
}
