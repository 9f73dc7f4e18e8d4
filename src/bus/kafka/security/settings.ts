/** How connections to the brokers are encrypted and how this process logs in, as plain values. */

/** A secret string: as given, or in a file that is read for each login, so that it may change. */
export type Secret = { readonly text: string } | { readonly file: string };

/** Names of PEM files. Without `caFile` the authorities of Node.js count. */
export interface TlsSettings {
  readonly caFile: string | undefined;
  readonly certificateFile: string | undefined;
  readonly keyFile: string | undefined;
}

export const passwordMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
export const saslMechanisms = [...passwordMechanisms, 'OAUTHBEARER'] as const;
export type SaslMechanism = (typeof saslMechanisms)[number];

export interface PasswordLogin {
  readonly mechanism: (typeof passwordMechanisms)[number];
  readonly username: string;
  readonly password: Secret;
}

/** Client credentials (RFC 6749, section 4.4): the token endpoint gives a token for the id and secret of a client. */
export interface TokenLogin {
  readonly mechanism: 'OAUTHBEARER';
  readonly tokenEndpoint: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly scope: string | undefined;
  /** SASL extensions that go with the token (RFC 7628), such as `logicalCluster`. */
  readonly extensions: Readonly<Record<string, string>>;
}

export interface KafkaSecurity {
  /** Undefined: connections are not encrypted. */
  readonly tls: TlsSettings | undefined;
  /** Undefined: this process does not log in. */
  readonly login: PasswordLogin | TokenLogin | undefined;
}

export const noSecurity: KafkaSecurity = { tls: undefined, login: undefined };
