/**
 * Who uses the page, and what they may do. The page keeps no token: the server answers a sign-in with a cookie that scripts
 * cannot read. A request that the server rejects because the user is signed out waits for the next sign-in (client.ts), so that
 * pages continue where they were.
 */
import { computed, signal } from '@preact/signals';
import { ConnectionLostError, ProblemError } from './errors.ts';
import type { Session } from './types.ts';

export type SessionState =
  /** The server has not answered yet. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'signed-in'; readonly session: Session }
  /** `last`: whose session ended while the page was open. */
  | { readonly kind: 'signed-out'; readonly last?: Session };

export const sessionState = signal<SessionState>({ kind: 'unknown' });

/** The last session that was valid; its pages stay, hidden, while the user is signed out. */
export const session = computed<Session | undefined>(() => {
  const state = sessionState.value;
  if (state.kind === 'unknown') return undefined;
  return state.kind === 'signed-in' ? state.session : state.last;
});

/** Whether the role may create and change jobs. The server decides; the page only leaves out what would fail. */
export const maySubmit = computed(() => session.value !== undefined && session.value.role !== 'reader');
export const isOperator = computed(() => session.value?.role === 'operator');

/** The tenant of a job, where it is another one than the user's; undefined: it need not be shown. */
export function foreignTenant({ tenant = 'default' }: { readonly tenant?: string }): string | undefined {
  return tenant === session.value?.tenant ? undefined : tenant;
}

/** The server has found no valid session in a request. */
export function noteSignedOut(): void {
  if (sessionState.value.kind === 'signed-out') return;
  const last = session.value;
  sessionState.value = { kind: 'signed-out', ...(last !== undefined && { last }) };
}

/** The pages show what the first user may see, and their requests were that user's: for another one the page is loaded again. */
export function noteSignedIn(next: Session): void {
  const last = session.value;
  if (last !== undefined && !isSameUser(last, next)) {
    location.reload();
    return;
  }
  sessionState.value = { kind: 'signed-in', session: next };
}

function isSameUser(one: Session, other: Session): boolean {
  return (['authentication', 'tenant', 'name', 'role'] as const).every((member) => one[member] === other[member]);
}

export function isUnauthenticated(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'UNAUTHENTICATED';
}

/** The server is down or busy; a retry gives the same answer in all other cases. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionLostError) return true;
  return error instanceof ProblemError && (error.status >= 500 || error.status === 429);
}

/** Resolves immediately unless the user is signed out; then at the next sign-in. Rejects when the signal aborts. */
export async function untilSignedIn(signal?: AbortSignal): Promise<void> {
  if (sessionState.value.kind !== 'signed-out') return;
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      stop();
      reject(signal?.reason as Error);
    };
    const stop = sessionState.subscribe(({ kind }) => {
      // The first call comes immediately, while the user is signed out.
      if (kind === 'signed-out') return;
      stop();
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
  });
}
