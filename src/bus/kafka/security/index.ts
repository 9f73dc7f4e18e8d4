export { findConnectionFault } from './connection-fault.ts';
export { createSecurityOptions, type SecurityOptions } from './connection-options.ts';
export {
  noSecurity,
  passwordMechanisms,
  saslMechanisms,
  type KafkaSecurity,
  type PasswordLogin,
  type SaslMechanism,
  type Secret,
  type TlsSettings,
  type TokenLogin,
} from './settings.ts';
