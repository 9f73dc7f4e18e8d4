/** Sessions and tokens. */
import { Type, type Static } from 'typebox';
import { roles, tenantLengthMax } from '../../access/index.ts';
import { component, oneOf, refer, strict, time } from './parts.ts';

/** UTF-16 units of a token's name. */
const tokenNameLengthMax = 200;
const nameDescription = 'For people: what the token is for.';
const tenant = Type.String({ description: 'The tenant whose jobs it can use.' });
const role = oneOf(roles, {
  description:
    '`reader`: list, read and download jobs, and evaluate. `submitter`: also create, repair, cancel and delete them. `admin`: also manage the tokens of the tenant. `operator`: everything in every tenant.',
});

export const sessionSchema = component(
  'Session',
  Type.Object({
    authentication: oneOf(['none', 'tokens'], { description: 'Whether requests need a token (AUTHENTICATION).' }),
    tenant,
    name: Type.String({ description: 'The name of the token.' }),
    role,
    expires_at: Type.Optional(time('When the session or the token becomes invalid.')),
  }),
);
export type SessionBody = Static<typeof sessionSchema>;

const tokenMembers = {
  id: Type.String({ description: 'Identifies the token. It is a part of the token, and no secret.' }),
  tenant,
  role,
  name: Type.String({ description: nameDescription }),
  created_at: time('When it was created.'),
  expires_at: Type.Optional(time('When it becomes invalid. Absent: never.')),
  revoked_at: Type.Optional(time('When it was revoked.')),
  used_at: Type.Optional(time('The minute of its last use.')),
};

export const tokenSchema = component('Token', Type.Object(tokenMembers));
export type TokenBody = Static<typeof tokenSchema>;

export const createdTokenSchema = component(
  'CreatedToken',
  Type.Object({
    ...tokenMembers,
    token: Type.String({ description: 'The token itself. It is shown only here: Mathmill keeps a hash of it.' }),
  }),
);

export const tokenListSchema = component('TokenList', Type.Object({ tokens: Type.Array(refer(tokenSchema)) }));

export const newTokenSchema = component(
  'NewToken',
  Type.Object(
    {
      name: Type.String({ minLength: 1, maxLength: tokenNameLengthMax, description: nameDescription }),
      role,
      tenant: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: tenantLengthMax,
          pattern: '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$',
          description: 'Default: that of the caller. Only an operator may name another. It need not exist before.',
        }),
      ),
      expires_at: Type.Optional(
        Type.String({
          maxLength: 40,
          description:
            'When it becomes invalid: an RFC 3339 time with its zone, such as `2027-01-31T12:00:00Z`. Default: never.',
        }),
      ),
    },
    strict,
  ),
);

export const tokenParameters = Type.Object({ token_id: Type.String({ description: 'The `id` of the token.' }) });
