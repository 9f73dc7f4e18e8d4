/** The alert rules keep the contract of the metrics, each has its tests and its page; and each of these checks can fail. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import {
  linkRunbooks,
  listRuleFiles,
  readAlertRules,
  readRecordingRules,
  runbookBase,
  type AlertRule,
} from '../../deploy/prometheus/alert-rules.ts';
import { metricContract, type MetricName } from '../../src/telemetry/index.ts';
import { checkQuery } from './check-query.ts';
import { checkAlertRule, readAlertCases, toRunbookPath } from './alert-rule-policy.ts';
import { listPanels, readDashboards } from './dashboard-policy.ts';
import { findUnknownSeries } from './series-names.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const rules = readAlertRules();
const cases = readAlertCases();
const names = Object.keys(metricContract) as MetricName[];

function ruleOf(alert: string): AlertRule {
  const rule = rules.find((one) => one.alert === alert);
  assert.ok(rule, `no rule ${alert}`);
  return rule;
}

describe('the alert rules', () => {
  for (const rule of rules) it(rule.alert, () => assert.deepEqual(checkAlertRule(rule, cases), []));

  it('have names of their own', () => {
    assert.ok(rules.length > 10);
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  });

  it('are asked for in tests by names that exist', () => {
    const known = new Set(rules.map(({ alert }) => alert));
    assert.deepEqual(
      cases.filter(({ alertname }) => !known.has(alertname)),
      [],
    );
  });

  it('name only series that are emitted, and would fail for a metric that is renamed', () => {
    const text = listRuleFiles()
      .map((name) => read(`deploy/prometheus/rules/${name}`))
      .join('\n');
    assert.deepEqual(findUnknownSeries(text), []);
    for (const name of ['mathmill.evaluator.failures', 'consumer.messages.lag', 'mathmill.chunks'] as const) {
      const left = names.filter((other) => other !== name);
      assert.equal(findUnknownSeries(text, left).length, 1, name);
      assert.ok(
        rules.some((rule) => checkAlertRule(rule, cases, left).length > 0),
        name,
      );
    }
  });

  it('are loaded by the shipped Prometheus', () => {
    const { rule_files: files } = parse(read('deploy/prometheus/prometheus.yml')) as { rule_files: string[] };
    assert.deepEqual(files, ['rules/*.yml']);
    assert.ok(listRuleFiles().every((name) => name.endsWith('.yml')));
  });

  it('have the address of the runbooks that is set in one place', () => {
    for (const name of listRuleFiles()) {
      const text = read(`deploy/prometheus/rules/${name}`);
      assert.equal(linkRunbooks(text), text, `${name}: run make docs`);
    }
    const moved = linkRunbooks('runbook_url: https://elsewhere.example.com/job-stuck.md\n');
    assert.equal(moved, `runbook_url: ${runbookBase}/job-stuck.md\n`);
  });
});

describe('the recording rules', () => {
  const recorded = readRecordingRules();

  for (const { record, expr, labels } of recorded)
    it(`${record} ${Object.values(labels ?? {}).join()}`, () => {
      assert.match(record, /^mathmill:[a-z_]+:[a-z0-9_]+$/);
      assert.deepEqual(checkQuery(expr).problems, []);
    });

  it('would fail for a metric that is renamed', () => {
    const left = names.filter((name) => name !== 'mathmill.job.duration');
    assert.equal(recorded.filter(({ expr }) => checkQuery(expr, left).problems.length > 0).length, 2);
  });

  it('are each used', () => {
    const uses = [
      ...rules,
      ...recorded,
      ...readDashboards()
        .flatMap(listPanels)
        .flatMap(({ targets = [] }) => targets),
    ];
    for (const { record } of recorded)
      assert.ok(
        uses.some(({ expr }) => expr.includes(record)),
        record,
      );
  });
});

describe('the runbooks', () => {
  const pages = readdirSync(new URL('docs/runbooks/', root)).filter((name) => name !== 'README.md');

  it('are one for each alert', () => {
    assert.deepEqual(
      pages.map((name) => `docs/runbooks/${name}`),
      Array.from(new Set(rules.map(({ alert }) => toRunbookPath(alert)))).sort(),
    );
  });

  for (const page of pages) {
    it(`${page} has all that is needed at night`, () => {
      const text = read(`docs/runbooks/${page}`).replaceAll(/^```[\s\S]*?^```$/gm, '');
      const headings = Array.from(text.matchAll(/^#+ (.*)$/gm), ([, heading]) => heading);
      assert.deepEqual(headings.slice(1), ['Causes', 'Diagnosis', 'Remediation', 'Recovery']);
      assert.equal(toRunbookPath(headings[0] ?? ''), `docs/runbooks/${page}`);
      assert.match(text, /^# .*\n\nSeverity `(?:page|ticket|none)`.*?\. Data at risk: (?:no|yes)\b/s);
      for (const alert of rules.filter((rule) => toRunbookPath(rule.alert) === `docs/runbooks/${page}`)) {
        const severity = `\`${alert.labels['severity']}\``;
        assert.ok(text.split('\n\n')[1]?.includes(severity), `${alert.alert} is ${severity}`);
      }
    });
  }
});

describe('planted violations', () => {
  const stalled = ruleOf('ConsumerStalled');
  const planted: [problem: RegExp, rule: AlertRule][] = [
    [
      /consumer_messages_lags is in no contract/,
      withExpression('sum by (job, instance, topic) (consumer_messages_lags) > 0'),
    ],
    [/does not parse/, withExpression('sum by (job, instance, topic (consumer_messages_lag) > 0')],
    [/consumer_messages_lag has no label queue/, withExpression('consumer_messages_lag{queue="a"} > 0')],
    [/state of mathmill_chunks_total is never lost/, withExpression('mathmill_chunks_total{state="lost"} > 0')],
    [
      /state of mathmill_chunks_total is never los/,
      withExpression('mathmill_chunks_total{state=~"los[st]|missed"} > 0'),
    ],
    [/topic of .* is never operation.request/, withExpression('consumer_messages_lag{topic="operation.request"} > 0')],
    [/job of .* is never server$/, withExpression('consumer_messages_lag{job="server"} > 0')],
    [
      /an aggregation has no label queue/,
      withExpression('sum by (job, instance, topic, queue) (consumer_messages_lag) > 0'),
    ],
    [/one side only has .*topic/, withExpression('consumer_messages_lag > mathmill_window_limit')],
    [
      /the right side has no label topic/,
      withExpression('consumer_messages_lag > on (topic) sum(mathmill_window_limit)'),
    ],
    [
      /histogram_quantile has no label le/,
      withExpression(
        'histogram_quantile(0.9, sum by (job, instance) (rate(mathmill_store_commit_duration_seconds_bucket[5m]))) > 1',
      ),
    ],
    [
      /mathmill_store_commit_duration_seconds is in no contract/,
      withExpression('rate(mathmill_store_commit_duration_seconds[5m]) > 1'),
    ],
    [/selects series without naming them/, withExpression('{__name__="consumer_messages_lag"} > 0')],
    [/too few pushes/, withExpression('rate(consumer_messages_received_total[1m]) > 0')],
    [/its texts name the label topic/, withExpression('sum by (job, instance) (consumer_messages_lag) > 0')],
    [/severity/, { ...stalled, labels: { severity: 'critical' } }],
    [/no summary/, { ...stalled, annotations: { ...stalled.annotations, summary: '' } }],
    [/value/, { ...stalled, annotations: { ...stalled.annotations, description: 'It hangs.' } }],
    [
      /not named after it/,
      { ...stalled, annotations: { ...stalled.annotations, runbook_url: `${runbookBase}/job-stuck.md` } },
    ],
    [/is not there/, { ...stalled, annotations: { ...stalled.annotations, runbook_url: `${runbookBase}/absent.md` } }],
    [
      /is no link/,
      { ...stalled, annotations: { ...stalled.annotations, runbook_url: 'docs/runbooks/consumer-stalled.md' } },
    ],
    [/slo of mathmill:slo_burn:rate5m is never api$/, withExpression('mathmill:slo_burn:rate5m{slo="api"} > 1')],
    [/no test sees it fire/, { ...stalled, alert: 'ConsumerAsleep' }],
  ];

  function withExpression(expr: string): AlertRule {
    return { ...stalled, expr };
  }

  for (const [index, [problem, rule]] of planted.entries()) {
    it(`${index + 1}: ${problem.source}`, () => {
      const problems = checkAlertRule(rule, cases);
      assert.ok(
        problems.some((found) => problem.test(found)),
        `not found; found ${JSON.stringify(problems)}`,
      );
    });
  }

  it('an alert that no test sees quiet', () => {
    const firing = cases.filter(({ exp_alerts: wanted = [] }) => wanted.length > 0);
    assert.deepEqual(checkAlertRule(stalled, firing), ['no test sees it quiet']);
  });
});
