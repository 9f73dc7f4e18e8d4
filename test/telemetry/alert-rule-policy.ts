/** Requirements for every alert rule and its tests that promtool does not check. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { runbookBase, type AlertRule } from '../../deploy/prometheus/alert-rules.ts';
import type { MetricName } from '../../src/telemetry/index.ts';
import { checkQuery } from './check-query.ts';

/** One check in a test file of promtool: the alerts of this name at that time. */
export interface AlertCase {
  readonly alertname: string;
  readonly exp_alerts?: readonly { readonly exp_labels: object; readonly exp_annotations?: object }[];
}

/** An alert that always fires, and needs no action then. */
const watchdog = 'Watchdog';

const root = new URL('../../', import.meta.url);
const testFolder = new URL('deploy/prometheus/tests/', root);

/** Pushes come every 30 s; a rate needs some of them. */
const windowSecondsMin = 120;
const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

export function listAlertTestFiles(): readonly string[] {
  return readdirSync(testFolder).map((name) => `deploy/prometheus/tests/${name}`);
}

export function readAlertCases(): readonly AlertCase[] {
  return listAlertTestFiles().flatMap((path) => {
    const { tests } = parse(readFileSync(new URL(path, root), 'utf8')) as {
      tests: readonly { readonly alert_rule_test?: readonly AlertCase[] }[];
    };
    return tests.flatMap(({ alert_rule_test: cases = [] }) => cases);
  });
}

/** Alerts about one thing, sooner or later or more or less of it, share a runbook. */
const sharedRunbooks: Readonly<Record<string, string>> = {
  KafkaUnderMinIsr: 'KafkaUnderReplicated',
  MongodbReplicationLag: 'MongodbReplication',
  MongodbOplogWindowShort: 'MongodbReplication',
};

export function toRunbookPath(alert: string): string {
  const title = sharedRunbooks[alert] ?? alert.replace(/(?<=Filling)Soon$|(?<=Burn)(?:Fast|Slow)$/, '');
  return `docs/runbooks/${title.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}.md`;
}

/** The page in this repository that a `runbook_url` leads to. */
function toLocalPath(url: string): string {
  return url.replace(runbookBase, 'docs/runbooks');
}

/** The problems of a rule. `names`: the metrics that there are. */
export function checkAlertRule(
  { alert, expr, labels, annotations }: AlertRule,
  cases: readonly AlertCase[],
  names?: readonly MetricName[],
): readonly string[] {
  const query = checkQuery(expr, names);
  const asked = cases.filter(({ alertname }) => alertname === alert);
  const texts = Object.values(annotations).join('\n');
  const shown = Array.from(texts.matchAll(/\$labels\.(\w+)/g), ([, label = '']) => label);
  const windows = Array.from(
    expr.matchAll(/\[(\d+)([smhd])\]/g),
    ([, count, unit = '']) => Number(count) * (secondsOf[unit] ?? 0),
  );
  const runbook = annotations['runbook_url'] ?? '-';
  const problems: Readonly<Record<string, boolean>> = {
    'its severity is neither page nor ticket':
      alert !== watchdog && !['page', 'ticket'].includes(labels['severity'] ?? ''),
    'it has no summary': !/^[A-Z{].*\.$/.test(annotations['summary'] ?? ''),
    'its description does not tell the value': !/^[A-Z{].*\$value.*\.$/.test(annotations['description'] ?? ''),
    'its runbook is no link': !URL.canParse(runbook),
    'its runbook is not named after it': toLocalPath(runbook) !== toRunbookPath(alert),
    'its runbook is not there': !existsSync(new URL(toLocalPath(runbook), root)),
    'a window has too few pushes': windows.some((seconds) => seconds < windowSecondsMin),
    'no test sees it fire': !asked.some(({ exp_alerts: wanted = [] }) =>
      wanted.some(({ exp_annotations: texts }) => texts !== undefined),
    ),
    'no test sees it quiet': alert !== watchdog && !asked.some(({ exp_alerts: wanted = [] }) => wanted.length === 0),
  };
  return [
    ...query.problems,
    ...shown
      .filter((label) => !query.labels.has(label))
      .map((label) => `its texts name the label ${label}, which it has not`),
    ...Object.keys(problems).filter((problem) => problems[problem] === true),
  ];
}
