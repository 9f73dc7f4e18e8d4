import { describeError, ProblemError } from '../api/errors.ts';
import { UserText } from './user-text.tsx';

/** The failure of a request, in the words of the server. */
export function ErrorBox({ error }: { readonly error: unknown }) {
  return (
    <div class="fault-box" role="alert">
      <p>
        {error instanceof ProblemError && <strong>{error.problem.title}: </strong>}
        <UserText text={describeError(error)} />
      </p>
    </div>
  );
}
