export * from './basics.ts';
export { createAuditLog, type AuditEvent, type AuditLog } from './audit-log.ts';
export type { TokenRecord, TokenStore } from './token-store.ts';
export { parseToken, writeToken } from './token-text.ts';
export { createAuthenticator, type Authenticator, type Identity } from './authenticator.ts';
export { createOperatorToken, type OperatorToken } from './operator-token.ts';
export { createTokenService, sessionMs, type NewToken, type TokenService } from './token-service.ts';
