/** Finds out who is signed in, signs in, and signs out. */
import { requestOnce } from './client.ts';
import { isUnauthenticated, isPassing, noteSignedIn, noteSignedOut, session, sessionState } from './session.ts';
import type { Session } from './types.ts';

const path = 'api/session';
const retryMs = 2_000;
/** Timers take no longer times. A session ends after hours, but a token may be valid for years. */
const timerMsMax = 2 ** 31 - 1;

/** Of a server that has no sessions yet, such as one that is being upgraded. */
const anyone: Session = { authentication: 'none', tenant: 'default', name: 'anyone', role: 'operator' };

let timer: number | undefined;

/** Finds out who is signed in, and notices from then on when the session ends while the page sends no other requests. */
export function startSession(): void {
  void readSession();
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) void checkSession();
  });
  // Of two windows side by side, neither is ever hidden.
  addEventListener('focus', () => void checkSession());
}

async function readSession(): Promise<void> {
  try {
    take(await ask('GET'));
  } catch (error) {
    if (isUnauthenticated(error)) noteSignedOut();
    else if (isPassing(error)) timer = window.setTimeout(() => void readSession(), retryMs);
    else take(anyone);
  }
}

/** Reads the session again, which may have ended, or begun in another tab. */
export async function checkSession(): Promise<void> {
  if (sessionState.value.kind === 'unknown' || session.value?.authentication === 'none') return;
  try {
    take(await ask('GET'));
  } catch (error) {
    // Whatever else is wrong, the next request finds out.
    if (isUnauthenticated(error)) noteSignedOut();
  }
}

/** Resolves to false when the token is not valid; rejects as requests do. The token is kept nowhere. */
export async function signIn(token: string): Promise<boolean> {
  // A header cannot hold other characters.
  if (!/^[\x21-\x7e]+$/.test(token)) return false;
  try {
    take(await ask('POST', { authorization: `Bearer ${token}` }));
    return true;
  } catch (error) {
    if (isUnauthenticated(error)) return false;
    throw error;
  }
}

/** Loads the page again, so that nothing of what it has shown and of what was typed is left. */
export async function signOut(): Promise<void> {
  try {
    await requestOnce('DELETE', path);
  } catch (error) {
    // The session has ended already.
    if (!isUnauthenticated(error)) throw error;
  }
  location.reload();
}

async function ask(method: string, headers: Readonly<Record<string, string>> = {}): Promise<Session> {
  const response = await requestOnce(method, path, { headers });
  return (await response.json()) as Session;
}

function take(next: Session): void {
  noteSignedIn(next);
  clearTimeout(timer);
  if (next.expires_at === undefined) return;
  const restMs = Math.max(0, Date.parse(next.expires_at) - Date.now());
  // A moment later, so that the answer is not that it is still valid.
  if (restMs < timerMsMax) timer = window.setTimeout(() => void checkSession(), restMs + retryMs);
}
