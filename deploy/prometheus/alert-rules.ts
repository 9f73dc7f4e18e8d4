/** The alert rules as they are shipped, for who checks them and writes about them. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** How long it must hold; at once when absent. */
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RuleFile {
  readonly groups: readonly {
    readonly name: string;
    readonly interval: string;
    readonly rules: readonly AlertRule[];
  }[];
}

export const alertRulesFile = new URL('rules/mathmill.yml', import.meta.url);

export function readAlertGroups(): RuleFile['groups'] {
  return (parse(readFileSync(alertRulesFile, 'utf8')) as RuleFile).groups;
}

export function readAlertRules(): readonly AlertRule[] {
  return readAlertGroups().flatMap(({ rules }) => rules);
}
