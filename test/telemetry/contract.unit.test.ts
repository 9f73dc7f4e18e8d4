/** The contract of the metrics: its own rules, and that the pages name nothing else. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  describeMetric,
  metricContract,
  toPrometheusLabel,
  toPrometheusName,
  toSeriesNames,
  type MetricName,
} from '../../src/telemetry/index.ts';
import { checkQuery } from './check-query.ts';
import { findQueries } from './page-queries.ts';
import { findUnknownSeries } from './series-names.ts';

const names = Object.keys(metricContract) as MetricName[];

describe('the contract', () => {
  for (const name of names) {
    it(name, () => {
      const { instrument, unit, description, attributes, emittedBy, buckets } = describeMetric(name);
      assert.match(name, /^[a-z0-9]+(?:[._][a-z0-9]+)*$/);
      assert.match(unit, /^(?:s|By|1|\{[a-z]+\})$/);
      assert.match(description, /^[A-Z].*\.$/);
      assert.ok(emittedBy.length > 0);
      assert.equal(buckets !== undefined, instrument === 'histogram');
      assert.deepEqual(
        buckets?.toSorted((a, b) => a - b),
        buckets?.slice(),
      );
      for (const values of Object.values(attributes)) {
        if (Array.isArray(values)) assert.equal(new Set(values).size, values.length);
        else assert.ok('boundedBy' in values && values.boundedBy.length > 0);
      }
    });
  }

  it('keeps the names that users know', () => {
    const known = [
      ['consumer.messages.received', 'consumer_messages_received_total'],
      ['consumer.messages.error', 'consumer_messages_error_total'],
      ['producer.messages.sent', 'producer_messages_sent_total'],
      ['producer.messages.error', 'producer_messages_error_total'],
    ] as const;
    for (const [name, series] of known) {
      const definition = describeMetric(name);
      assert.deepEqual(toSeriesNames(name, definition), [series]);
      assert.deepEqual(Object.keys(definition.attributes), ['topic']);
    }
  });

  it('has no two metrics whose series have one name', () => {
    const series = names.flatMap((name) => toSeriesNames(name, describeMetric(name)));
    assert.equal(new Set(series).size, series.length);
  });
});

describe('the names that Prometheus gives', () => {
  const cases = [
    ['consumer.messages.received', 'counter', '{message}', 'consumer_messages_received_total'],
    ['messaging.process.duration', 'histogram', 's', 'messaging_process_duration_seconds'],
    ['nodejs.eventloop.utilization', 'gauge', '1', 'nodejs_eventloop_utilization_ratio'],
    ['v8js.memory.heap.used', 'gauge', 'By', 'v8js_memory_heap_used_bytes'],
    ['db.client.connection.count', 'gauge', '{connection}', 'db_client_connection_count'],
    ['a.total.b', 'counter', '1', 'a_b_total'],
    ['already.seconds', 'gauge', 's', 'already_seconds'],
  ] as const;
  for (const [name, instrument, unit, expected] of cases) {
    it(`${name} → ${expected}`, () => assert.equal(toPrometheusName(name, { instrument, unit }), expected));
  }

  it('of labels', () => {
    assert.equal(toPrometheusLabel('http.response.status_code'), 'http_response_status_code');
    assert.equal(toPrometheusLabel('2xx'), 'key_2xx');
  });
});

describe('the pages', () => {
  const root = new URL('../../', import.meta.url);
  const read = (page: string): string => readFileSync(new URL(page, root), 'utf8');
  const folder = readdirSync(new URL('docs/', root), { recursive: true, encoding: 'utf8' });
  const pages = ['README.md', ...folder.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];
  const renamed = names.filter((name) => name !== 'consumer.messages.received');

  for (const page of pages) {
    it(`${page} names only series that are emitted`, () => assert.deepEqual(findUnknownSeries(read(page)), []));

    it(`${page} shows only queries that can have an answer`, () => {
      for (const query of findQueries(read(page))) assert.deepEqual(checkQuery(query).problems, [], query);
    });
  }

  for (const page of ['docs/telemetry.md', 'docs/metrics.md', 'docs/runbooks/job-stuck.md']) {
    it(`${page} would fail for a metric that is renamed`, () => {
      assert.deepEqual(findUnknownSeries(read(page), renamed), ['consumer_messages_received_total']);
    });
  }

  it('have queries, each of which would fail for a metric that is renamed', () => {
    assert.ok(pages.flatMap((page) => findQueries(read(page))).length > 40);
    const query = findQueries(read('docs/runbooks/job-stuck.md')).find((text) => text.includes('received')) ?? '';
    assert.equal(checkQuery(query, renamed).problems.length, 1);
  });

  it('docs/metrics.md lists the whole contract', () => {
    const text = read('docs/metrics.md');
    for (const name of names) assert.ok(text.includes(`\`${name}\``), name);
  });
});
