/** Access tokens from a token endpoint, by client credentials (RFC 6749, section 4.4). */
import { createSecretReader } from './secret-file.ts';
import type { TokenLogin } from './settings.ts';

const requestTimeoutMs = 5_000;
/** A token is replaced when this share of its life is left. The client logs in again after 80 % of a session's life. */
const renewalShare = 0.25;
/** The life of a token that comes without `expires_in`, which RFC 6749 permits. */
const lifeSecondsDefault = 300;
/** The most of a reply that goes into a message. */
const reasonCharactersMax = 200;

interface Token {
  readonly text: string;
  readonly renewAt: number;
  readonly endsAt: number;
}

/** Gives a token that is valid for a while. While the endpoint fails, the last token is given until it ends. */
export function createTokenSource(login: TokenLogin, now: () => number = Date.now): () => Promise<string> {
  const readSecret = createSecretReader(login.clientSecret);
  let token: Token | undefined;
  let asking: Promise<Token> | undefined;

  async function renew(): Promise<Token> {
    asking ??= requestToken(login, readSecret(), now).finally(() => {
      asking = undefined;
    });
    return asking;
  }

  return async () => {
    if (token !== undefined && now() < token.renewAt) return token.text;
    try {
      token = await renew();
    } catch (error) {
      if (token === undefined || now() >= token.endsAt) throw error;
    }
    return token.text;
  };
}

async function requestToken(login: TokenLogin, clientSecret: string, now: () => number): Promise<Token> {
  const askedAt = now();
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (login.scope !== undefined) form.set('scope', login.scope);
  const credentials = [login.clientId, clientSecret].map(encodeForm).join(':');
  const response = await post(login.tokenEndpoint, form, `Basic ${Buffer.from(credentials).toString('base64')}`);
  const reply = parseReply(await response.text());
  if (!response.ok) throw tokenError(`it responded with ${response.status}${describeReason(reply)}`);
  const { access_token: text, expires_in: life } = reply;
  if (typeof text !== 'string' || text === '') throw tokenError('its response has no access_token');
  const lifeMs = (Number(life) > 0 ? Number(life) : lifeSecondsDefault) * 1_000;
  return { text, renewAt: askedAt + lifeMs * (1 - renewalShare), endsAt: askedAt + lifeMs };
}

/** Required by RFC 6749, section 2.3.1. */
function encodeForm(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice('='.length);
}

async function post(url: string, body: URLSearchParams, authorization: string): Promise<Response> {
  try {
    const headers = { authorization, accept: 'application/json' };
    return await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(requestTimeoutMs) });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw tokenError(cause instanceof Error ? cause.message : String(cause));
  }
}

function parseReply(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** The error code of RFC 6749, section 5.2, such as `invalid_client`; nothing else of a reply, which may hold secrets. */
function describeReason({ error }: Readonly<Record<string, unknown>>): string {
  return typeof error === 'string' ? ` (${error.slice(0, reasonCharactersMax)})` : '';
}

/** No message names what was sent. */
function tokenError(reason: string): Error {
  return new Error(`no access token from KAFKA_SASL_TOKEN_ENDPOINT: ${reason}`);
}
