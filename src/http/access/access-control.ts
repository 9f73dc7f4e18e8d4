/**
 * Decides who may send which request. Each route under /api names the role that it needs; where no tokens are needed,
 * everybody has all roles. The routes get a service that knows only the jobs that the sender of the request may see.
 */
import type { FastifyRequest } from 'fastify';
import { AccessDenied, anyone, isAtLeast, type Identity, type Role } from '../../access/index.ts';
import { StoreError, withNewJobsOf, withTenant, type JobService } from '../../engine/index.ts';
import { isOwnOrigin } from '../origin-guard.ts';
import { Problem } from '../problems.ts';
import { readRequestedHost } from '../requested-host.ts';
import type { AccessControl, RouteAccess } from '../route-access.ts';
import type { App } from '../route-context.ts';
import { finish } from './finish.ts';
import { readSessionCookie } from './session-cookie.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The least role that may send the request; `open`: everyone, without a token. Required for each route under /api. */
    access?: 'open' | Role;
  }
  interface FastifyRequest {
    /** Undefined for routes that are open. */
    identity: Identity | undefined;
  }
}

/** How often it is checked whether the sender of an endless response may still see it. */
const watchMs = 10_000;
/** Tenants that sent requests: more of them only cost some reads. */
const servicesMax = 1_000;
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);
const challenge = { 'www-authenticate': 'Bearer' } as const;

/** The identity of everybody where no tokens are needed. */
const everyone: Identity = { principal: anyone, tokenId: '', sessionOf: undefined, expiresAt: undefined };

/** Adds the check to the routes that are added after it. */
export function addAccessControl(app: App, service: JobService, control: AccessControl | undefined): RouteAccess {
  app.decorateRequest('identity');
  app.addHook('onRoute', requireRule);
  app.addHook('onRequest', (request, _reply, done) => {
    const { access = 'open' } = request.routeOptions.config;
    if (access === 'open') return done();
    if (control !== undefined) return void finish(admit(request, access, control), done);
    request.identity = everyone;
    done();
  });
  const serviceFor = createServices(service);

  return {
    control,
    serviceOf: (request) => (control === undefined ? service : serviceFor(identityOf(request))),
    async mayKnow(request, jobId) {
      return control === undefined || (await serviceFor(identityOf(request)).findTenant(jobId)) !== undefined;
    },
    watch(request, end) {
      if (control === undefined) return () => {};
      const timer = setInterval(() => {
        void isStillValid(request, control).then((isValid) => {
          if (!isValid) end();
        });
      }, watchMs).unref();
      return () => clearInterval(timer);
    },
  };
}

/** A new route without a rule fails the first start, and so each test. */
function requireRule({ url, config }: { readonly url: string; readonly config?: { readonly access?: unknown } }): void {
  if (url.startsWith('/api/') && config?.access === undefined) throw new Error(`${url} does not say who may use it`);
}

export function identityOf({ identity, url }: FastifyRequest): Identity {
  if (identity === undefined) throw new Error(`the route of ${url} is open, so its senders are not identified`);
  return identity;
}

async function admit(request: FastifyRequest, needed: Role, control: AccessControl): Promise<void> {
  const identity = await identifyOrDeny(request, control);
  if (identity === undefined) throw new Problem('UNAUTHENTICATED', undefined, challenge);
  request.identity = identity;
  const { role } = identity.principal;
  if (!isAtLeast(role, needed)) {
    throw new Problem('FORBIDDEN_ROLE', `This needs the role ${needed}; the token has the role ${role}.`);
  }
}

/** While that cannot be found out, what was begun continues. */
async function isStillValid(request: FastifyRequest, control: AccessControl): Promise<boolean> {
  try {
    return (await identify(request, control)) !== undefined;
  } catch (error) {
    return error instanceof StoreError;
  }
}

async function identifyOrDeny(request: FastifyRequest, control: AccessControl): Promise<Identity | undefined> {
  try {
    return await identify(request, control);
  } catch (error) {
    throw error instanceof AccessDenied ? new Problem('FORBIDDEN_ROLE', error.message) : error;
  }
}

async function identify(request: FastifyRequest, { authenticator }: AccessControl): Promise<Identity | undefined> {
  const bearer = readBearer(request.headers.authorization);
  if (bearer !== undefined) return authenticator.identify(bearer);
  const session = readSessionCookie(request.headers.cookie);
  if (session === undefined) return undefined;
  requireOwnPage(request);
  return authenticator.identify(session);
}

/** Other schemes are for a proxy in front. */
function readBearer(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

/** A browser sends the cookie with each request, whichever page caused it; only the server's own page may change something with it. */
function requireOwnPage(request: FastifyRequest): void {
  const { origin } = request.headers;
  if (safeMethods.has(request.method)) return;
  if (origin !== undefined && isOwnOrigin(origin, readRequestedHost(request.raw))) return;
  throw new Problem('FORBIDDEN_ORIGIN', 'With a session of the page, only the page itself may change something.');
}

function createServices(service: JobService): (identity: Identity) => JobService {
  const services = new Map<string, JobService>();
  return ({ principal: { tenant, role } }) => {
    if (role === 'operator') return withNewJobsOf(service, tenant);
    const known = services.get(tenant);
    if (known !== undefined) return known;
    if (services.size >= servicesMax) services.clear();
    const created = withTenant(service, tenant);
    services.set(tenant, created);
    return created;
  };
}
