export { addAudit } from './audit.ts';
export { addAccessControl, identityOf } from './access-control.ts';
export { clearedSessionCookie, writeSessionCookie } from './session-cookie.ts';
