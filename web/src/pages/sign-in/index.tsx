import { useEffect, useRef, useState } from 'preact/hooks';
import { describeError } from '../../api/errors.ts';
import { session } from '../../api/session.ts';
import { signIn } from '../../api/sign-in.ts';

const title = 'Sign in';
const problemId = 'sign-in-problem';

/** Shown in place of every other page while the user is signed out. */
export function SignInPage() {
  const field = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  useTitle();
  useEffect(() => field.current?.focus(), []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setProblem('');
    setBusy(true);
    const failure = await trySignIn(field.current?.value.trim() ?? '');
    setBusy(false);
    setProblem(failure);
    if (failure !== '') field.current?.select();
  };
  return (
    <main class="page sign-in">
      <form class="card" aria-labelledby="sign-in-heading" onSubmit={(event) => void submit(event)}>
        <h1 id="sign-in-heading" tabIndex={-1}>
          {title}
        </h1>
        <p>
          {session.value === undefined ? 'This server requires a token.' : 'Your session has ended.'} Ask the operator
          of this server for one, or run <code>mathmill token create</code> there.
        </p>
        <label>
          Token
          <input
            ref={field}
            type="password"
            name="token"
            autocomplete="current-password"
            spellcheck={false}
            required
            aria-invalid={problem === '' ? undefined : true}
            aria-describedby={problem === '' ? undefined : problemId}
          />
        </label>
        {problem !== '' && (
          <p id={problemId} class="problem" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" disabled={isBusy} aria-busy={isBusy}>
          {title}
        </button>
      </form>
    </main>
  );
}

/** What is wrong, or nothing. */
async function trySignIn(token: string): Promise<string> {
  try {
    return (await signIn(token)) ? '' : 'The token is not valid: it is mistyped, expired or revoked.';
  } catch (error) {
    return describeError(error);
  }
}

/** The page that comes back has a title of its own. */
function useTitle(): void {
  useEffect(() => {
    const { title: before } = document;
    document.title = `${title} · Mathmill`;
    return () => {
      document.title = before;
    };
  }, []);
}
