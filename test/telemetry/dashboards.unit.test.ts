/** The dashboards keep the contract of the metrics, are what their generator makes, and are found by what is provisioned. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { dashboards, toDashboardPath } from '../../deploy/grafana/dashboards.ts';
import { readThreshold } from '../../deploy/prometheus/alert-rules.ts';
import { describeMetric, metricContract, type MetricName } from '../../src/telemetry/index.ts';
import { checkDashboard, listPanels, readDashboards, type DashboardFile, type PanelFile } from './dashboard-policy.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const readDashboard = (name: string): DashboardFile =>
  JSON.parse(read(`deploy/grafana/dashboards/${name}`)) as DashboardFile;
const files = readdirSync(new URL('deploy/grafana/dashboards/', root));
const names = Object.keys(metricContract) as MetricName[];

const { datasources } = parse(read('deploy/grafana/provisioning/datasources/mathmill.yml')) as {
  datasources: readonly { uid: string; type: string; url: string; jsonData?: { timeInterval?: string } }[];
};
const sources = new Set(datasources.map(({ uid }) => uid));

describe('the dashboards', () => {
  for (const name of files) {
    it(name, () => assert.deepEqual(checkDashboard(readDashboard(name), sources), []));
  }

  it('are those that the generator makes, and no others', () => {
    assert.deepEqual(
      dashboards.map((dashboard) => toDashboardPath(dashboard)).sort(),
      files.map((name) => `deploy/grafana/dashboards/${name}`),
    );
    for (const dashboard of dashboards)
      assert.deepEqual(JSON.parse(read(toDashboardPath(dashboard))), JSON.parse(JSON.stringify(dashboard)));
  });

  it('show every metric, and would fail for any that is renamed', () => {
    const all = readDashboards();
    // An old name is shown under the new one.
    for (const name of names.filter((one) => describeMetric(one).replacedBy === undefined)) {
      const left = names.filter((other) => other !== name);
      assert.ok(
        all.some((dashboard) => checkDashboard(dashboard, sources, left).length > 0),
        name,
      );
    }
  });
});

describe('the thresholds', () => {
  it('are those of the alerts', () => {
    const shown = readDashboards()
      .flatMap(listPanels)
      .flatMap(({ fieldConfig }) => fieldConfig?.defaults.thresholds?.steps.map(({ value }) => value) ?? []);
    for (const alert of ['JobStuck', 'StoreCommitSlow', 'EventLoopDelayHigh', 'StoreUnavailable', 'StandaloneDown'])
      assert.ok(shown.includes(readThreshold(alert)), alert);
    assert.ok(shown.length > 20);
    assert.throws(() => readThreshold('ApiAvailabilityBurnFast'), /no single threshold/);
  });
});

describe('what Grafana is given', () => {
  const compose = parse(read('docker-compose.yml'), { merge: true }) as {
    services: Record<string, { volumes: string[]; environment: Record<string, string> }>;
  };
  const { volumes = [], environment = {} } = compose.services['grafana'] ?? {};

  it('finds the dashboards where they are mounted', () => {
    const { providers } = parse(read('deploy/grafana/provisioning/dashboards/mathmill.yml')) as {
      providers: readonly { allowUiUpdates: boolean; options: { path: string } }[];
    };
    const [{ allowUiUpdates, options } = { allowUiUpdates: true, options: { path: '' } }] = providers;
    assert.equal(providers.length, 1);
    assert.equal(allowUiUpdates, false);
    assert.ok(volumes.includes(`./deploy/grafana/dashboards:${options.path}:ro`));
    const home = environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '';
    assert.ok(files.includes(home.slice(options.path.length + 1)), home);
  });

  it('reaches Prometheus and Jaeger by their names and ports', () => {
    assert.deepEqual(
      datasources.map(({ type, url }) => [type, url]),
      [
        ['prometheus', 'http://prometheus:9090'],
        ['jaeger', 'http://jaeger:16686'],
      ],
    );
  });

  it('takes rates over as many pushes as the applications are told to make', () => {
    const interval = compose.services['client-application-1']?.environment['OTEL_METRIC_EXPORT_INTERVAL'];
    assert.equal(interval, '${OTEL_METRIC_EXPORT_INTERVAL:-30000}');
    assert.equal(datasources[0]?.jsonData?.timeInterval, '30s');
  });
});

describe('planted violations', () => {
  type Change = (panel: { -readonly [Key in keyof PanelFile]: PanelFile[Key] }) => void;
  const [target] = listPanels(readDashboard('mathmill-pipeline.json'))[0]?.targets ?? [];
  assert.ok(target);
  const expr =
    (text: string): Change =>
    (panel) =>
      (panel.targets = [{ ...target, expr: text, legendFormat: 'all' }]);
  const planted: [problem: RegExp, change: Change][] = [
    [
      /consumer_messages_taken_total is in no contract/,
      expr('sum(consumer_messages_taken_total{instance=~"$instance"})'),
    ],
    [/an aggregation has no label queue/, expr('sum by (queue) (consumer_messages_lag{instance=~"$instance"})')],
    [/does not parse/, expr('sum(consumer_messages_lag{instance=~"$instance"}')],
    [/does not know the variable instance/, expr('sum(consumer_messages_lag)')],
    [/does not follow \$__rate_interval/, expr('sum(rate(consumer_messages_error_total{instance=~"$instance"}[1m]))')],
    [/its legend names the label mode/, (panel) => (panel.targets = [{ ...target, legendFormat: '{{mode}}' }])],
    [/a query has no legend/, (panel) => (panel.targets = [{ ...target, legendFormat: '' }])],
    [/asks a source that is not there/, (panel) => (panel.datasource = { type: 'prometheus', uid: 'other' })],
    [/asks nothing/, (panel) => (panel.targets = [])],
    [/has no unit/, (panel) => (panel.fieldConfig = { defaults: {} })],
    [/does not say what it shows/, (panel) => (panel.description = '')],
    [/has no legend/, (panel) => (panel.options = { legend: { showLegend: false } })],
    [
      /thresholds that are not in order/,
      (panel) =>
        (panel.fieldConfig = {
          defaults: {
            unit: 's',
            thresholds: {
              steps: [
                { value: 2, color: 'red' },
                { value: 1, color: 'green' },
              ],
            },
          },
        }),
    ],
    [/two panels have one number/, (panel) => (panel.id = 1)],
  ];
  for (const [index, [problem, change]] of planted.entries()) {
    it(`${index + 1}: ${problem.source}`, () => {
      const dashboard = readDashboard('mathmill-pipeline.json');
      const [panel] = listPanels(dashboard);
      assert.ok(panel);
      change(panel);
      const problems = checkDashboard(dashboard, sources);
      assert.ok(
        problems.some((found) => problem.test(found)),
        `not found; found ${JSON.stringify(problems)}`,
      );
    });
  }

  it('a dashboard that does not mark alerts', () => {
    const dashboard = readDashboard('mathmill-pipeline.json');
    assert.ok(checkDashboard({ ...dashboard, annotations: { list: [] } }, sources).includes('does not mark alerts'));
  });

  it('a variable that asks for nothing', () => {
    const dashboard = readDashboard('mathmill-pipeline.json');
    const [variable] = dashboard.templating.list;
    assert.ok(variable);
    const changed = {
      ...dashboard,
      templating: { list: [{ ...variable, query: 'label_values(mathmill_gone, instance)' }] },
    };
    assert.ok(checkDashboard(changed, sources).includes('mathmill_gone is in no contract'));
  });
});
