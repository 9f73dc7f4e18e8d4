import type { Cluster } from '../../api/types.ts';
import { PageHeading } from '../../parts/page-heading.tsx';
import { usePolled } from '../../parts/use-polled.ts';
import { ClusterSummary } from './cluster-summary.tsx';
import { InstanceTable } from './instance-table.tsx';
import { TopicTable } from './topic-table.tsx';

/** The running instances, the work of each, and the health of their dependencies. */
export function ClusterPage() {
  const { body, atMs, message } = usePolled<Cluster>('api/cluster');
  return (
    <>
      <PageHeading title="Cluster" />
      {message !== undefined && (
        <p role="alert" class="error-text">
          {message}
        </p>
      )}
      {body !== undefined && (
        <>
          <ClusterSummary cluster={body} />
          <InstanceTable instances={body.instances} nowMs={atMs} />
          <TopicTable cluster={body} />
        </>
      )}
    </>
  );
}
