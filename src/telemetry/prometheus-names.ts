/**
 * How Prometheus calls a metric that comes by OTLP (strategy UnderscoreEscapingWithSuffixes, the default): the rules of its
 * own translator, so that a query can be checked without a Prometheus.
 * Source: github.com/prometheus/otlptranslator.
 */
import type { MetricDefinition } from './contract.ts';

const unitWords: Readonly<Record<string, string>> = {
  s: 'seconds',
  ms: 'milliseconds',
  By: 'bytes',
  '%': 'percent',
  '1': '',
};

/** Without the suffixes `_bucket`, `_sum` and `_count`, which a histogram has. */
export function toPrometheusName(
  name: string,
  { instrument, unit }: Pick<MetricDefinition, 'instrument' | 'unit'>,
): string {
  const tokens = name.split(/[^A-Za-z0-9:]+/).filter((token) => token !== '');
  const unitWord = unit.startsWith('{') ? '' : (unitWords[unit] ?? unit);
  if (unitWord !== '' && !tokens.includes(unitWord)) tokens.push(unitWord);
  if (instrument === 'counter') return [...tokens.filter((token) => token !== 'total'), 'total'].join('_');
  if (instrument === 'gauge' && unit === '1')
    return [...tokens.filter((token) => token !== 'ratio'), 'ratio'].join('_');
  return tokens.join('_');
}

/** The name of a series' label. */
export function toPrometheusLabel(attribute: string): string {
  const label = attribute.replaceAll(/[^A-Za-z0-9_]/g, '_');
  return /^\d/.test(label) ? `key_${label}` : label;
}

/** Every name under which the series of a metric are found. */
export function toSeriesNames(name: string, definition: MetricDefinition): readonly string[] {
  const base = toPrometheusName(name, definition);
  return definition.instrument === 'histogram' ? [`${base}_bucket`, `${base}_sum`, `${base}_count`] : [base];
}
