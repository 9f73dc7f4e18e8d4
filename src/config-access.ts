/** The settings of who may use a server. */
import { fileVariable, InvalidValue, readFolder, readText, type Variable } from './config-values.ts';
import { isLoopback } from './loopback.ts';

const kinds = ['none', 'tokens', 'oidc'] as const;
export type Authentication = (typeof kinds)[number];

export const accessVariables = {
  authentication: {
    name: 'AUTHENTICATION',
    description:
      'Who may use the API: `none` serves everybody who can connect, `tokens` only requests with a token (`mathmill token create`), `oidc` also requests with a token of an OpenID Connect provider. Without it, a server starts only on a loopback address.',
    unit: '',
    defaultText: '`none` where `HTTP_HOST` is a loopback address; else it must be set',
    fallback: () => undefined,
    read: (text): Authentication | undefined => readAuthentication(text),
  },
  operatorTokenFile: fileVariable(
    'OPERATOR_TOKEN_FILE',
    'File with a token of the operator, of at least 32 characters, such as the output of `openssl rand -hex 32`. It is valid besides those in the store, and read again every 10 s. Only with `AUTHENTICATION=tokens` or `oidc`.',
  ),
  authIssuer: {
    name: 'AUTH_ISSUER',
    description:
      'The OpenID Connect provider, as the claim `iss` of its tokens names it, such as `https://login.example.com/realms/main`.',
    unit: '',
    defaultText: 'none',
    fallback: () => undefined,
    read: readProviderUrl,
  },
  authAudience: string(
    'AUTH_AUDIENCE',
    'What the claim `aud` of a token must contain: the name of this server at the provider.',
  ),
  authJwksUri: {
    name: 'AUTH_JWKS_URI',
    description: 'Where the keys of the provider are.',
    unit: '',
    defaultText: 'as its `/.well-known/openid-configuration` says',
    fallback: () => undefined,
    read: readProviderUrl,
  },
  authTenantClaim: string(
    'AUTH_TENANT_CLAIM',
    'The claim that names the tenant; dots lead into objects. Without it all users belong to the tenant `default`.',
  ),
  authRoleClaim: {
    name: 'AUTH_ROLE_CLAIM',
    description:
      'The claim that names the role; dots lead into objects, such as `realm_access.roles`. A list may hold other values too; in it the roles are `mathmill-reader`, `mathmill-submitter`, `mathmill-admin` and `mathmill-operator`.',
    unit: '',
    defaultText: 'role',
    fallback: () => 'role',
    read: readText,
  },
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

function string(name: string, description: string): Variable<string | undefined> {
  return { name, description, unit: '', defaultText: 'none', fallback: () => undefined, read: readText };
}

/** Over plain HTTP, others in the network could exchange the keys. The text stays as it is, since issuers are compared as text. */
function readProviderUrl(text: string): string | undefined {
  const url = URL.parse(text);
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (url !== null && isSafe && url.username === '' && url.hash === '') return text;
  throw new InvalidValue('must be a URL that begins with https://');
}

function readAuthentication(text: string): Authentication {
  const kind = kinds.find((known) => known === text);
  if (kind !== undefined) return kind;
  throw new InvalidValue(`must be one of ${kinds.join(', ')}`);
}

export interface AccessSettings {
  readonly authentication: Authentication | undefined;
  readonly operatorTokenFile: string | undefined;
  readonly authIssuer: string | undefined;
  readonly authAudience: string | undefined;
  readonly authJwksUri: string | undefined;
  readonly authTenantClaim: string | undefined;
  readonly authRoleClaim: string;
}

/** What is wrong with the settings together: a forgotten line opens no server to the world. */
export function checkAccessConfig(settings: AccessSettings & { readonly httpHost: string }): readonly string[] {
  const { httpHost, authentication, operatorTokenFile } = settings;
  if (authentication === undefined && !isLoopback(httpHost)) {
    return [
      `HTTP_HOST ${httpHost} lets other machines connect, and AUTHENTICATION is not set: set AUTHENTICATION=tokens to accept only requests with a token, or AUTHENTICATION=none to serve everybody who can connect`,
    ];
  }
  const problems = checkProvider(settings);
  if (operatorTokenFile !== undefined && (authentication ?? 'none') === 'none') {
    problems.push(
      'OPERATOR_TOKEN_FILE is set, and AUTHENTICATION is not tokens or oidc: set AUTHENTICATION=tokens, or remove OPERATOR_TOKEN_FILE',
    );
  }
  return problems;
}

function checkProvider({ authentication, authIssuer, authAudience }: AccessSettings): string[] {
  const given = Object.entries({ AUTH_ISSUER: authIssuer, AUTH_AUDIENCE: authAudience });
  if (authentication === 'oidc') {
    return given.flatMap(([name, value]) =>
      value === undefined ? [`${name} must be given with AUTHENTICATION=oidc`] : [],
    );
  }
  return given.flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`${name} is set, and AUTHENTICATION is not oidc: set AUTHENTICATION=oidc, or remove ${name}`],
  );
}
