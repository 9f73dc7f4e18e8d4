/**
 * The shipped alert rules with every time divided by one number, so that a test sees in seconds what takes minutes. What is
 * divided: the intervals of the groups, `for`, the windows in brackets, and the bounds that are seconds (of silence, of the
 * age of a job). Nothing else is changed; who pushes as many times faster gets the same alerts as many times sooner. The
 * look-back of Prometheus stays at 5 minutes, so a dead instance is answered for relatively longer.
 */
import { stringify } from 'yaml';
import { readRuleGroups } from '../../deploy/prometheus/alert-rules.ts';

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
/** Comparisons of seconds: the names of the series that they are about are in the same expression. */
const secondsBound = /(> |<= )(90|900)(?=\s|\)|$)/g;

export function shortenRules(divisor: number): string {
  const shorten = (duration: string): string =>
    duration.replaceAll(/(\d+)([smhd])/g, (_whole, count: string, unit: string) => {
      return `${(Number(count) * (secondsOf[unit] ?? Number.NaN) * 1_000) / divisor}ms`;
    });
  return stringify({
    groups: readRuleGroups().map((group) => ({
      ...group,
      interval: shorten(group.interval),
      rules: group.rules.map((rule) => ({
        ...rule,
        ...('for' in rule && rule.for !== undefined ? { for: shorten(rule.for) } : {}),
        expr: rule.expr
          .replaceAll(/\[[^\]]*\d[smhd]\]/g, shorten)
          .replaceAll(
            secondsBound,
            (_whole, comparison: string, seconds: string) => `${comparison}${Number(seconds) / divisor}`,
          ),
      })),
    })),
  });
}
