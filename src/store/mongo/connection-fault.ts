/**
 * Faults of connections that only an operator can fix: what is wrong, then what to do. The driver nests them in causes, and
 * when no server could be used, in what it knows of each server.
 */
import { MongoServerSelectionError } from 'mongodb';

interface Fault {
  /** One of these is the `code` (Node.js) or a part of the message of an error or a cause. */
  readonly signs: readonly string[];
  readonly message: string;
  /** It is also what a server shows that restarts, so that it says something only where nothing else worked before. */
  readonly isUncertain?: boolean;
}

/** The first that matches counts. */
const faults: readonly Fault[] = [
  {
    signs: ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'],
    message:
      'the certificate of the MongoDB server is expired or not valid yet: renew it, and check the clock of this machine',
  },
  {
    signs: ['ERR_TLS_CERT_ALTNAME_INVALID'],
    message:
      'the certificate of the MongoDB server does not contain its host name: use a name that it contains in MONGODB_URI and in the configuration of the replica set',
  },
  {
    signs: [
      'SELF_SIGNED_CERT_IN_CHAIN',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'CERT_SIGNATURE_FAILURE',
    ],
    message:
      'the certificate of the MongoDB server is signed by an unknown authority: set MONGODB_TLS_CA_FILE to the certificate of that authority',
  },
  {
    signs: [
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
      'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
      'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN',
      'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
      'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
    ],
    message:
      'the MongoDB server rejects the certificate of this process: set MONGODB_TLS_CERT_FILE and MONGODB_TLS_KEY_FILE to a valid one that the server trusts',
  },
  {
    signs: ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG'],
    message:
      'the MongoDB server does not use TLS at this port: use its TLS port, or remove the MONGODB_TLS_… settings and tls=true',
  },
  {
    signs: ['reports maximum wire version'],
    message: 'the MongoDB server is too old: Mathmill needs the protocol of MongoDB 4.4 or later',
  },
  {
    signs: ['disconnected before secure TLS connection was established'],
    message:
      'the MongoDB server ends connections that begin with TLS: it may not use TLS at this port (then remove the MONGODB_TLS_… settings and tls=true), or may be restarting',
    isUncertain: true,
  },
  {
    signs: [' closed'],
    message:
      'the MongoDB server closes the connection: it may expect TLS at this port (set tls=true in MONGODB_URI, or MONGODB_TLS_CA_FILE), or may be restarting',
    isUncertain: true,
  },
];

/** The fault that an operator has to fix; undefined for faults that pass, such as a server that is down. */
export function findConnectionFault(error: unknown): Pick<Fault, 'message' | 'isUncertain'> | undefined {
  const signs = Array.from(readSigns(error));
  return faults.find((fault) => fault.signs.some((sign) => signs.some((text) => text.includes(sign))));
}

/** Codes and messages of an error and of all that caused it. */
function* readSigns(error: unknown): Generator<string> {
  if (!(error instanceof Error)) return;
  const { code } = error as { readonly code?: unknown };
  yield* [code, error.message].filter((sign) => typeof sign === 'string');
  yield* readSigns(error.cause);
  if (!(error instanceof MongoServerSelectionError)) return;
  for (const server of error.reason?.servers?.values() ?? []) yield* readSigns(server.error);
}
