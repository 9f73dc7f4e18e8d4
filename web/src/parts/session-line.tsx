import { useState } from 'preact/hooks';
import { describeError } from '../api/errors.ts';
import { sessionState } from '../api/session.ts';
import { signOut } from '../api/sign-in.ts';
import { UserText } from './user-text.tsx';

/** Who is signed in. Nothing where the server requires no tokens. */
export function SessionLine() {
  const [problem, setProblem] = useState('');
  const state = sessionState.value;
  if (state.kind !== 'signed-in' || state.session.authentication === 'none') return null;
  const { name, tenant, role } = state.session;
  const leave = async (): Promise<void> => {
    setProblem('');
    await signOut().catch((error: unknown) => setProblem(describeError(error)));
  };
  return (
    <section class="session-line" aria-label="Session">
      {problem !== '' && (
        <span class="problem" role="alert">
          {problem}
        </span>
      )}
      <span>
        <UserText text={name} />
        {tenant !== 'default' && (
          <span class="muted">
            {' · '}tenant <UserText text={tenant} />
          </span>
        )}
        <span class="muted">
          {' · '}role {role}
        </span>
      </span>
      <button type="button" class="small secondary outline" onClick={() => void leave()}>
        Sign out
      </button>
    </section>
  );
}
