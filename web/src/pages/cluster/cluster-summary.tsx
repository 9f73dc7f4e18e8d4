import type { ComponentChildren } from 'preact';
import type { Cluster } from '../../api/types.ts';
import { formatCount, formatRate } from '../../parts/formats.ts';

/** Names of products as their makers write them. */
const names: Readonly<Record<string, string>> = {
  sqlite: 'SQLite',

  mongodb: 'MongoDB',
  kafka: 'Kafka',
  memory: 'In memory',
};

export function ClusterSummary({ cluster: { instances, topics, store, bus } }: { readonly cluster: Cluster }) {
  const workers = instances.filter(({ role }) => role !== 'client-application');
  return (
    <dl class="summary">
      <Part title="Store" part={store} />
      <Part title="Bus" part={bus} />
      <Figure title="Instances">{formatCount(instances.length)}</Figure>
      <Figure title="Unfinished jobs">{formatCount(sum(instances, ({ jobs }) => jobs))}</Figure>
      <Figure title="Operations/s">{formatRate(sum(workers, (instance) => instance.operations_per_second))}</Figure>
      {topics.length > 0 && <Figure title="Lag">{formatCount(sum(topics, ({ lag }) => lag))}</Figure>}
    </dl>
  );
}

function Part({ title, part: { kind, status } }: { readonly title: string; readonly part: Cluster['store'] }) {
  return (
    <Figure title={title}>
      {names[kind] ?? kind} <span class={`state state-${status === 'UP' ? 'good' : 'bad'}`}>{status}</span>
    </Figure>
  );
}

function Figure({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
