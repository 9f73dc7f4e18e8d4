/** What routes know of who sends a request. */
import type { FastifyRequest } from 'fastify';
import type { Authenticator, TokenService } from '../access/index.ts';
import type { JobService } from '../engine/index.ts';

/** What a server with tokens has. */
export interface AccessControl {
  readonly authenticator: Authenticator;
  readonly tokens: TokenService;
}

export interface RouteAccess {
  /** Undefined: no tokens are needed. */
  readonly control: AccessControl | undefined;
  /** For what the sender of the request may see. */
  readonly serviceOf: (request: FastifyRequest) => JobService;
  /** Whether the sender of the request may see the job, if there is one. Costs nothing where no tokens are needed. */
  mayKnow(request: FastifyRequest, jobId: string): Promise<boolean>;
  /** Calls `end` soon after the token or session of the request has become invalid. Returns what ends the watch. */
  watch(request: FastifyRequest, end: () => void): () => void;
}
