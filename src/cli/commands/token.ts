import { isTenant, type NewToken, type Role, type TokenRecord } from '../../access/index.ts';
import { defaultTenant } from '../../jobs/index.ts';
import { printable } from '../../printable.ts';
import { storeOwner, withTokens } from '../../tokens.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, exitCodes, type ExitCode } from '../exit-codes.ts';
import { withStorePlace, type StorePlaceOptions } from '../store-place.ts';
import { formatAge, formatTable } from '../text.ts';

export interface TokenStoreOptions extends StorePlaceOptions {
  readonly json?: boolean;
}

export interface CreateTokenOptions extends TokenStoreOptions {
  readonly role: Role;
  readonly name: string;
  readonly tenant?: string;
  /** Milliseconds from now. */
  readonly expires?: number;
}

export interface ListTokensOptions extends TokenStoreOptions {
  readonly tenant?: string;
}

/** `mathmill token create`: writes the token alone to standard output, for `>` and `$(…)`. */
export async function createTokenCommand(context: CommandContext, options: CreateTokenOptions): Promise<ExitCode> {
  const token = describeToken(options, Date.now());
  return withStorePlace(context, options, async (place) => {
    const verdict = await withTokens(place, (tokens) => tokens.create(storeOwner, token));
    if (verdict.kind === 'too-many') {
      throw new CommandFailure(
        `the tenant ${token.tenant} has ${verdict.max} tokens; revoked and expired ones count for 30 days`,
      );
    }
    if (verdict.kind === 'forbidden') throw new Error('the owner of the store may create every token');
    const { record, text } = verdict;
    await context.output.line(options.json === true ? JSON.stringify({ ...toJson(record), token: text }) : text);
    await context.messages.line(
      `mathmill: created the token ${record.id} (${describeRights(record)}). It is not shown again: keep it as a secret.`,
    );
    return exitCodes.ok;
  });
}

/** `mathmill token list`: no token can be read again, only what it is for. */
export async function listTokensCommand(context: CommandContext, options: ListTokensOptions): Promise<ExitCode> {
  return withStorePlace(context, options, async (place) => {
    const all = await withTokens(place, (tokens) => tokens.list(storeOwner));
    const tokens = all.filter(({ tenant }) => options.tenant === undefined || tenant === options.tenant);
    if (options.json === true) await context.output.line(JSON.stringify({ tokens: tokens.map(toJson) }));
    else if (tokens.length === 0) await context.messages.line('There are no tokens.');
    else await context.output.line(formatTokens(tokens, Date.now()));
    return exitCodes.ok;
  });
}

/** `mathmill token revoke`: within 10 seconds no server accepts it any more. */
export async function revokeTokenCommand(
  context: CommandContext,
  id: string,
  options: TokenStoreOptions,
): Promise<ExitCode> {
  return withStorePlace(context, options, async (place) => {
    const isRevoked = await withTokens(place, (tokens) => tokens.revoke(storeOwner, toTokenId(id)));
    if (!isRevoked)
      throw new CommandFailure('no token has this id, or it was revoked before; see "mathmill token list"');
    await context.messages.line('mathmill: revoked; within 10 seconds no server accepts the token any more');
    return exitCodes.ok;
  });
}

/** The id is a part of the token, so the token will do. */
function toTokenId(text: string): string {
  return /^mm_([0-9A-Za-z]+)_/.exec(text)?.[1] ?? text;
}

function describeToken({ role, name, tenant = defaultTenant, expires }: CreateTokenOptions, now: number): NewToken {
  if (!isTenant(tenant)) {
    throw new CommandFailure('--tenant must be lower-case letters, digits and hyphens, at most 63 of them');
  }
  return { role, name, tenant, expiresAt: expires === undefined ? undefined : now + expires };
}

function describeRights({ role, tenant, expiresAt }: TokenRecord): string {
  const end = expiresAt === undefined ? 'does not expire' : `expires ${new Date(expiresAt).toISOString()}`;
  return `${role} of the tenant ${tenant}, ${end}`;
}

function toJson({ id, tenant, role, name, createdAt, expiresAt, revokedAt, usedAt }: TokenRecord) {
  const times = { created_at: createdAt, expires_at: expiresAt, revoked_at: revokedAt, used_at: usedAt };
  const written = Object.entries(times).flatMap(([key, time]) =>
    time === undefined ? [] : [[key, new Date(time).toISOString()]],
  );
  return { id, tenant, role, name, ...Object.fromEntries(written) };
}

function formatTokens(tokens: readonly TokenRecord[], now: number): string {
  const columns = ['ID', 'TENANT', 'ROLE', 'NAME', 'AGE', 'USED', 'STATE'].map((title) => ({
    title,
    align: title === 'AGE' || title === 'USED' ? ('right' as const) : ('left' as const),
  }));
  const rows = tokens.map((token) => [
    token.id,
    token.tenant,
    token.role,
    printable(token.name),
    formatAge(now - token.createdAt),
    token.usedAt === undefined ? '-' : formatAge(now - token.usedAt),
    stateOf(token, now),
  ]);
  return formatTable(columns, rows);
}

function stateOf({ expiresAt, revokedAt }: TokenRecord, now: number): string {
  if (revokedAt !== undefined) return 'revoked';
  if (expiresAt === undefined) return 'valid';
  return expiresAt <= now ? 'expired' : `valid for ${formatAge(expiresAt - now)}`;
}
