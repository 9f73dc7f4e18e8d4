/** The settings of who may use a server. */
import { fileVariable, InvalidValue, readFolder, type Variable } from './config-values.ts';
import { isLoopback } from './loopback.ts';

const kinds = ['none', 'tokens'] as const;
export type Authentication = (typeof kinds)[number];

export const accessVariables = {
  authentication: {
    name: 'AUTHENTICATION',
    description:
      'Who may use the API: `none` serves everybody who can connect, `tokens` only requests with a token (`mathmill token create`). Without it, a server starts only on a loopback address.',
    unit: '',
    defaultText: '`none` where `HTTP_HOST` is a loopback address; else it must be set',
    fallback: () => undefined,
    read: (text): Authentication | undefined => readAuthentication(text),
  },
  operatorTokenFile: fileVariable(
    'OPERATOR_TOKEN_FILE',
    'File with a token of the operator, of at least 32 characters, such as the output of `openssl rand -hex 32`. It is valid besides those in the store, and read again every 10 s. Only with `AUTHENTICATION=tokens`.',
  ),
  auditLog: {
    name: 'AUDIT_LOG',
    description:
      'Where to write who changed or downloaded what, one JSON object per line: the path of a file, or `stdout`. A change that cannot be written down is rejected with 503.',
    unit: '',
    defaultText: 'none',
    fallback: () => undefined,
    read: (text): string | undefined => (text === 'stdout' ? text : readFolder(text)),
  },
} as const satisfies Record<string, Variable<unknown>>;

function readAuthentication(text: string): Authentication {
  const kind = kinds.find((known) => known === text);
  if (kind !== undefined) return kind;
  throw new InvalidValue(`must be one of ${kinds.join(', ')}`);
}

export interface AccessSettings {
  readonly authentication: Authentication | undefined;
  readonly operatorTokenFile: string | undefined;
}

/** What is wrong with the settings together: a forgotten line opens no server to the world. */
export function checkAccessConfig(settings: AccessSettings & { readonly httpHost: string }): readonly string[] {
  const { httpHost, authentication, operatorTokenFile } = settings;
  if (authentication === undefined && !isLoopback(httpHost)) {
    return [
      `HTTP_HOST ${httpHost} lets other machines connect, and AUTHENTICATION is not set: set AUTHENTICATION=tokens to accept only requests with a token, or AUTHENTICATION=none to serve everybody who can connect`,
    ];
  }
  if (operatorTokenFile === undefined || authentication === 'tokens') return [];
  return [
    'OPERATOR_TOKEN_FILE is set, and AUTHENTICATION is not tokens: set AUTHENTICATION=tokens, or remove OPERATOR_TOKEN_FILE',
  ];
}
