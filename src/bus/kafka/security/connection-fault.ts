/**
 * Faults of connections that only an operator can fix: what is wrong, then what to do. The client nests them in causes
 * of causes, as codes of Node.js (TLS), codes of Kafka's protocol, or strings of its own.
 */

interface Fault {
  /** One of these is the `code` (Node.js), the `apiId` (protocol) or a part of the message of an error or a cause. */
  readonly signs: readonly string[];
  readonly message: string;
  /** It may also pass without a change of settings. */
  readonly isUncertain?: boolean;
}

/** The first that matches counts. */
const faults: readonly Fault[] = [
  {
    signs: ['Broker requires TLS.'],
    message: 'the broker expects TLS at this port: set KAFKA_TLS=true, or use its port without TLS',
  },
  {
    signs: ['verify the broker supports TLS', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG'],
    message: 'the broker does not use TLS at this port: use its TLS port, or set KAFKA_TLS=false',
  },
  {
    signs: ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'],
    message: "the broker's certificate is expired or not valid yet: renew it, and check the clock of this machine",
  },
  {
    signs: ['ERR_TLS_CERT_ALTNAME_INVALID'],
    message:
      "the broker's certificate does not contain its host name: use a name that it contains in KAFKA_URI and advertised.listeners",
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
      "the broker's certificate is signed by an unknown authority: set KAFKA_TLS_CA_FILE to the certificate of that authority",
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
      'the broker rejects the certificate of this process: set KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE to a valid one that the broker trusts',
  },
  {
    signs: ['UNSUPPORTED_SASL_MECHANISM'],
    message: 'the broker does not offer this login mechanism: set KAFKA_SASL_MECHANISM to one that it offers',
  },
  {
    signs: ['no access token from KAFKA_SASL_TOKEN_ENDPOINT'],
    message:
      'the token endpoint gives no access token: check KAFKA_SASL_TOKEN_ENDPOINT, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
  },
  {
    signs: ['SASL_AUTHENTICATION_FAILED', 'SASL authentication failed.', 'Invalid SASL/OAUTHBEARER token.'],
    message: 'the broker rejects the login: check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM',
  },
  {
    signs: ['TOPIC_AUTHORIZATION_FAILED'],
    message: 'this user lacks a right on the topic: grant DESCRIBE and READ or WRITE',
  },
  {
    signs: ['GROUP_AUTHORIZATION_FAILED'],
    message: 'this user lacks a right on the consumer group: grant READ',
  },
  {
    signs: ['CLUSTER_AUTHORIZATION_FAILED'],
    message: 'this user lacks a right on the cluster',
  },
  {
    signs: ['Connection closed'],
    message:
      'brokers close the connection: they may expect TLS at this port (KAFKA_TLS=true), a login (KAFKA_SASL_MECHANISM), or no login',
    isUncertain: true,
  },
];

/** The fault that an operator has to fix; undefined for faults that pass, such as a broker that is down. */
export function findConnectionFault(error: unknown): Pick<Fault, 'message' | 'isUncertain'> | undefined {
  const signs = Array.from(readSigns(error));
  return faults.find((fault) => fault.signs.some((sign) => signs.some((text) => text.includes(sign))));
}

/** Codes and messages of an error and of all that caused it. */
function* readSigns(error: unknown): Generator<string> {
  if (!(error instanceof Error)) return;
  const { code, apiId } = error as { readonly code?: unknown; readonly apiId?: unknown };
  yield* [code, apiId, error.message].filter((sign) => typeof sign === 'string');
  const inner = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [];
  for (const cause of [...inner, error.cause]) yield* readSigns(cause);
}
