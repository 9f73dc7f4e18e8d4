import type { Cluster } from '../../api/types.ts';
import { formatCount, formatRate, formatRelativeTime, formatTime } from '../../parts/formats.ts';
import { UserText } from '../../parts/user-text.tsx';

type Instance = Cluster['instances'][number];

/** Instances report every five seconds; one that missed two reports may be gone. */
const silentMs = 12_000;

const roleNames: Readonly<Record<Instance['role'], string>> = {
  standalone: 'Standalone',
  'client-application': 'Client-application (API)',
  'server-application': 'Server-application (worker)',
};

export interface InstanceTableProps {
  readonly instances: readonly Instance[];
  readonly nowMs: number;
}

export function InstanceTable({ instances, nowMs }: InstanceTableProps) {
  return (
    <section>
      <h2 id="instances">Instances</h2>
      <div class="wide" role="region" aria-labelledby="instances" tabIndex={0}>
        <table class="compact" aria-labelledby="instances">
          <thead>
            <tr>
              <th scope="col">Instance</th>
              <th scope="col">Role</th>
              <th scope="col" class="numeric">
                Jobs
              </th>
              <th scope="col" class="numeric">
                Chunks in flight
              </th>
              <th scope="col" class="numeric">
                Operations/s
              </th>
              <th scope="col">Started</th>
              <th scope="col">Last report</th>
              <th scope="col">Version</th>
            </tr>
          </thead>
          <tbody>
            {instances.map((instance) => (
              <InstanceRow key={`${instance.role} ${instance.id}`} instance={instance} nowMs={nowMs} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function InstanceRow({ instance, nowMs }: { readonly instance: Instance; readonly nowMs: number }) {
  return (
    <tr>
      <th scope="row">
        <UserText text={instance.id} />
      </th>
      <td>{roleNames[instance.role]}</td>
      <td class="numeric">{instance.role === 'server-application' ? '–' : formatCount(instance.jobs)}</td>
      <td class="numeric">{formatCount(instance.chunks_in_flight)}</td>
      <td class="numeric">{formatRate(instance.operations_per_second)}</td>
      <td title={formatTime(instance.started_at)}>{formatRelativeTime(instance.started_at, nowMs)}</td>
      <td title={formatTime(instance.seen_at)}>
        <LastReport seenAt={instance.seen_at} nowMs={nowMs} />
      </td>
      <td>{instance.version}</td>
    </tr>
  );
}

function LastReport({ seenAt, nowMs }: { readonly seenAt: string; readonly nowMs: number }) {
  const isSilent = nowMs - Date.parse(seenAt) > silentMs;
  const text = formatRelativeTime(seenAt, nowMs);
  return isSilent ? <span class="state state-bad">{text}</span> : <>{text}</>;
}
