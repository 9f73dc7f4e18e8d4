import type { Principal } from './principal.ts';

/** Who sends a request, and by which token. */
export interface Identity {
  readonly principal: Principal;
  readonly tokenId: string;
  /** A session of the web page: the token that it was opened with. */
  readonly sessionOf: string | undefined;
  /** Undefined: never. */
  readonly expiresAt: number | undefined;
}
