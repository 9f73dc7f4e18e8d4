/** The rules as they are shipped, for who checks them and writes about them. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** How long it must hold; immediately when absent. */
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RecordingRule {
  /** The series that it records, with `labels` over those that `expr` leaves. */
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly (AlertRule | RecordingRule)[];
}

/**
 * Where you publish docs/runbooks: a page of your Git server, for example. The default is an address that nobody can own, since
 * people follow these links in an emergency. `make docs` writes a change into the rules; on Kubernetes
 * deploy/kubernetes/references/alerts/kustomization.yaml replaces it.
 */
export const runbookBase = 'https://mathmill.example.com/docs/runbooks';

export const ruleFolder = new URL('rules/', import.meta.url);

/** Names of files; Prometheus loads all of them. */
export function listRuleFiles(): readonly string[] {
  return readdirSync(ruleFolder).sort();
}

export function readRuleGroups(): readonly RuleGroup[] {
  return listRuleFiles().flatMap((name) => {
    const { groups } = parse(readFileSync(new URL(name, ruleFolder), 'utf8')) as { groups: readonly RuleGroup[] };
    return groups;
  });
}

export function readAlertRules(): readonly AlertRule[] {
  return readRuleGroups().flatMap(({ rules }) => rules.filter((rule) => 'alert' in rule));
}

/** In the order in which they are evaluated. */
export function readRecordingRules(): readonly RecordingRule[] {
  return readRuleGroups().flatMap(({ rules }) => rules.filter((rule) => 'record' in rule));
}

/** The text of a rule file with the address of each runbook below `runbookBase`. */
export function linkRunbooks(text: string): string {
  return text.replaceAll(/(?<=runbook_url: )\S+\/(?=[\w-]+\.md$)/gm, `${runbookBase}/`);
}

/** The bound of an alert: the number that its value is compared with. Throws where there is not exactly one. */
export function readThreshold(alert: string): number {
  const rule = readAlertRules().find((one) => one.alert === alert);
  const bounds = Array.from((rule?.expr ?? '').matchAll(/(?:>=|<=|>|<) ([\d.]+)/g), ([, bound]) => Number(bound));
  const [bound, ...others] = new Set(bounds);
  if (bound === undefined || others.length > 0) throw new Error(`${alert} has no single threshold`);
  return bound;
}
