/** Who sends a request, and what they may do. */
import { defaultTenant } from '../jobs/index.ts';

/** From the least to the most: each role may do what those before it may. */
export const roles = ['reader', 'submitter', 'admin', 'operator'] as const;
/**
 * `reader`: lists, reads and downloads the jobs of its tenant, and evaluates. `submitter`: creates, repairs, cancels and
 * deletes them, too. `admin`: manages the tokens of its tenant, too. `operator`: everything in every tenant.
 */
export type Role = (typeof roles)[number];

export interface Principal {
  /** Its jobs, idempotency keys and tokens are its own. */
  readonly tenant: string;
  /** For people: what the token was called when it was created. */
  readonly name: string;
  readonly role: Role;
}

/** The only principal where no tokens are needed. */
export const anyone: Principal = Object.freeze({ tenant: defaultTenant, name: 'anyone', role: 'operator' });

export function isAtLeast(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

/** Characters of the name of a tenant. */
export const tenantLengthMax = 63;

/** Lower-case letters, digits and hyphens, and no hyphen at either end: it fits into names of files, labels and hosts. */
export function isTenant(text: string): boolean {
  return text.length <= tenantLengthMax && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(text);
}
