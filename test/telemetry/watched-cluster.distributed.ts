/**
 * A cluster under the eyes of a real Prometheus: every query of the dashboards and of the alerts has an answer, and the
 * right alerts come when server-applications are killed or the store hangs, and go when they are back.
 *
 * The applications push ten times as often as they do by default, and all times of the shipped rules are divided by ten
 * (shorten-rules.ts), or the test would take half an hour.
 */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPrometheus, type Prometheus } from '../../deploy/local-stack/prometheus.ts';
import { readAlertRules, readRecordingRules } from '../../deploy/prometheus/alert-rules.ts';
import { startCluster, type Cluster } from '../cluster/cluster.ts';
import { postJob, waitForJob } from '../e2e/server-process.ts';
import { listSelectors } from './check-query.ts';
import { fillQuery, listLegendLabels, listPanels, readDashboards } from './dashboard-policy.ts';
import { askUntil, queryPrometheus } from './observability-api.ts';
import { findQueries } from './page-queries.ts';
import { shortenRules } from './shorten-rules.ts';

const divisor = 10;
const pushMs = 30_000 / divisor;
/** Several pushes, as in real life. */
const window = '30s';

/** Parts of queries that may have no series on a healthy cluster, and why. All other queries must have one. */
const rightlyAbsent: Readonly<Record<string, string>> = {
  'http_response_status_code=~"5.."': 'no response of the API was an error: the store is not down yet',
};

/** Whether a query is for an absent exporter or for a standalone server. */
function isElsewhere(query: string): boolean {
  return /\b(?:kubelet_|kafka_server_|mongodb_mongod_|mathmill_store_(?:size|free|reserved))|standalone\)\?"|\?standalone"/.test(
    query,
  );
}

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

const directory = mkdtempSync(join(tmpdir(), 'mathmill-watched-'));
const shipped = resolve(import.meta.dirname, '../../deploy/prometheus');
let prometheus: Prometheus;
let cluster: Cluster;
let users: { stop(): Promise<void> };
let isStoreAway = false;

before(async () => {
  mkdirSync(join(directory, 'rules'));
  copyFileSync(join(shipped, 'prometheus.yml'), join(directory, 'prometheus.yml'));
  writeFileSync(join(directory, 'rules/mathmill.yml'), shortenRules(divisor));
  prometheus = await startPrometheus({
    directory: join(directory, 'prometheus'),
    configFile: join(directory, 'prometheus.yml'),
  });
  cluster = await startCluster({
    environment: {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: prometheus.metricsEndpoint,
      OTEL_METRIC_EXPORT_INTERVAL: String(pushMs),
    },
  });
  users = startSmallUsers();
});

after(async () => {
  await users?.stop();
  await cluster?.stop();
  await prometheus?.kill();
  rmSync(directory, { recursive: true, force: true });
});

/** Jobs of a few lines, right and wrong, and requests, some for an absent job, so that everything is in use. */
function startSmallUsers(): { stop(): Promise<void> } {
  const stopping = new AbortController();
  async function use(url: string): Promise<void> {
    while (!stopping.signal.aborted) {
      const { status, body } = await postJob(url, '1 + 2\n1 / 0\n'.repeat(600));
      assert.ok(status === 201 || (status === 503 && isStoreAway), `${status}`);
      for (const path of ['/api/jobs', `/api/jobs/${body.id}`, `/api/jobs/${body.id}/operations`, '/api/jobs/absent'])
        await (await fetch(`${url}${path}`)).arrayBuffer();
      await sleep(500, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }
  const using = Promise.all(cluster.urls.map(use));
  // The caller of `stop` gets the error.
  using.catch(() => undefined);
  return {
    async stop() {
      stopping.abort();
      await using;
    },
  };
}

async function askApi<Data>(path: string): Promise<Data> {
  const { data } = (await (await fetch(`${prometheus.url}${path}`)).json()) as { readonly data: Data };
  return data;
}

/** Alerts by name, instance and topic, with their states. */
async function readAlerts(): Promise<ReadonlyMap<string, Alert['state']>> {
  const { alerts } = await askApi<{ readonly alerts: readonly Alert[] }>('/api/v1/alerts');
  return new Map(
    alerts.map(({ labels, state }) => [
      [labels['alertname'], labels['instance'], labels['topic']].filter((part) => part !== undefined).join(' '),
      state,
    ]),
  );
}

/** A machine that runs a whole cluster, and tests beside it, may well be slow. */
const aboutSlowness = /^(?:Watchdog|(?:ReadLatency|JobCompletion)Burn\w+|EventLoopDelayHigh|StoreCommitSlow)\b/;
const aboutInstances = /^(?:InstanceMissing|NoServerApplication|NoClientApplication|InstanceRestarting)\b/;

/** Reads the alerts until `isRight` holds; returns the names of all alerts about instances that were seen. */
async function watchAlerts(
  isRight: (alerts: ReadonlyMap<string, Alert['state']>) => boolean,
): Promise<readonly string[]> {
  const seen = new Set<string>();
  await askUntil(readAlerts, (alerts) => {
    for (const name of alerts.keys()) if (aboutInstances.test(name)) seen.add(name);
    return isRight(alerts);
  });
  return Array.from(seen);
}

describe('a healthy cluster', () => {
  it('answers every query of the dashboards, with the labels that the legends name', async () => {
    const targets = readDashboards().flatMap((dashboard) =>
      listPanels(dashboard).flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target }))),
    );
    assert.ok(targets.length > 40);
    for (const { title, expr, legendFormat } of targets.filter((target) => !isElsewhere(target.expr))) {
      const samples = await askUntil(
        () => queryPrometheus(prometheus.url, fillQuery(expr, window)),
        (found) => found.some(({ value }) => Number.isFinite(value)),
      ).catch((error: unknown) => assert.fail(`${title}: ${String(error)}`));
      for (const label of listLegendLabels(legendFormat))
        assert.ok(
          samples.every(({ labels }) => (labels[label] ?? '') !== ''),
          `${title}: ${label} of ${JSON.stringify(samples)}`,
        );
    }
  });

  it('has the series of every alert', async () => {
    for (const { alert, expr } of readAlertRules()) {
      for (const selector of listSelectors(expr).filter((one) => !isElsewhere(one)))
        assert.ok((await queryPrometheus(prometheus.url, selector)).length > 0, `${alert}: ${selector}`);
    }
  });

  it('answers every query of the runbooks, but for those of errors that did not happen', async () => {
    const folder = resolve(import.meta.dirname, '../../docs/runbooks');
    const queries = readdirSync(folder).flatMap((name) => findQueries(readFileSync(join(folder, name), 'utf8')));
    assert.ok(queries.length > 30);
    for (const query of new Set(queries.filter((one) => !isElsewhere(one)))) {
      const samples = await queryPrometheus(prometheus.url, query);
      if (!Object.keys(rightlyAbsent).some((part) => query.includes(part))) assert.ok(samples.length > 0, query);
    }
  });

  it('has rules that Prometheus can evaluate, and alerts of nothing but a slow machine', async () => {
    type Rule = { readonly name: string; readonly health: string; readonly lastError?: string };
    const { groups } = await askUntil(
      () => askApi<{ readonly groups: readonly { readonly rules: readonly Rule[] }[] }>('/api/v1/rules'),
      (answer) => answer.groups.every(({ rules }) => rules.every(({ health }) => health !== 'unknown')),
    );
    const rules = groups.flatMap((group) => group.rules);
    assert.equal(rules.length, readAlertRules().length + readRecordingRules().length);
    assert.deepEqual(
      rules.filter(({ health }) => health !== 'ok'),
      [],
    );
    assert.deepEqual(
      Array.from((await readAlerts()).keys()).filter((name) => !aboutSlowness.test(name)),
      [],
    );
  });
});

describe('a server-application that is killed under load', () => {
  it('is missed by name, and it alone', async () => {
    await cluster.applications.servers[1]?.kill();
    const seen = await watchAlerts((alerts) => alerts.get('InstanceMissing server-application-2') === 'firing');
    assert.deepEqual(seen, ['InstanceMissing server-application-2']);
  });

  it('is missed no more when it is back', async () => {
    await cluster.applications.servers[1]?.start();
    const seen = await watchAlerts((alerts) => !Array.from(alerts.keys()).some((name) => aboutInstances.test(name)));
    assert.deepEqual(
      seen.filter((name) => name !== 'InstanceMissing server-application-2'),
      [],
    );
  });
});

describe('a store that does not answer', () => {
  it('is a page about those who are turned away, and no error of the API', async () => {
    isStoreAway = true;
    cluster.store.pause();
    await askUntil(readAlerts, (alerts) => alerts.has('StoreUnavailable'));
    await askUntil(readAlerts, (alerts) => {
      return alerts.get('StoreUnavailable') === 'firing';
    });
  });

  it('turns nobody away when it is back', async () => {
    cluster.store.resume();
    await askUntil(readAlerts, (alerts) => {
      return !alerts.has('StoreUnavailable');
    });
    isStoreAway = false;
  });
});

describe('all server-applications killed', () => {
  it('is a page, although the API still takes jobs', async () => {
    for (const server of cluster.applications.servers) await server.kill();
    const seen = await watchAlerts((alerts) => alerts.get('NoServerApplication') === 'firing');
    assert.ok(!seen.some((name) => name.includes('client-application') || name.startsWith('NoClient')), seen.join());
  });

  it('ends with the first that is back, and nothing is lost', async () => {
    const url = cluster.urls[0] ?? '';
    const { body } = await postJob(url, '20 + 22\n');
    await Promise.all(cluster.applications.servers.map((server) => server.start()));
    await watchAlerts((alerts) => !Array.from(alerts.keys()).some((name) => aboutInstances.test(name)));
    assert.equal((await waitForJob(url, body.id)).succeeded, 1);
    await users.stop();
  });
});
