import { connection } from '../api/connection.ts';

/** Says that the server cannot be reached. It disappears on its own, see `connection`. */
export function ConnectionNotice() {
  return (
    <div class="connection-notice" role="alert">
      {connection.value === 'lost' && <p>The connection to the server is lost. Trying again …</p>}
    </div>
  );
}
