export { addAudit } from './audit.ts';
export { addAccessControl, identityOf, type AccessControl, type RouteAccess } from './access-control.ts';
export { clearedSessionCookie, writeSessionCookie } from './session-cookie.ts';
