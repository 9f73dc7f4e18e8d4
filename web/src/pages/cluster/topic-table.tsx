import type { Cluster } from '../../api/types.ts';
import { formatCount } from '../../parts/formats.ts';
import { UserText } from '../../parts/user-text.tsx';

export function TopicTable({ cluster: { topics, instances } }: { readonly cluster: Cluster }) {
  const isStandalone = instances.some(({ role }) => role === 'standalone');
  return (
    <section>
      <h2 id="topics">Topics</h2>
      <div class="wide" role="region" aria-labelledby="topics" tabIndex={0}>
        <table class="compact" aria-labelledby="topics">
          <thead>
            <tr>
              <th scope="col">Topic</th>
              <th scope="col" class="numeric">
                Lag (messages)
              </th>
            </tr>
          </thead>
          <tbody>
            {topics.map(({ name, lag }) => (
              <tr key={name}>
                <th scope="row" class="mono">
                  <UserText text={name} />
                </th>
                <td class="numeric">{formatCount(lag)}</td>
              </tr>
            ))}
            {topics.length === 0 && (
              <tr>
                <td colSpan={2} class="muted">
                  {isStandalone ? 'A standalone server has no topics.' : 'No lag of a topic is known yet.'}
                </td>
              </tr>
            )}
          </tbody>
        </table>
      </div>
    </section>
  );
}
